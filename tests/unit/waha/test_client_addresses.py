"""Whom the client talks to: the address that is set and nobody else, whatever stands in ids and answers."""

from __future__ import annotations

import socket
import ssl
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI

from balas.errors import GatewayRejected, GatewayUnavailable, SendOutcomeUnknown
from balas.simulator.app import create_simulator
from balas.simulator.faults import Chance, Faults
from balas.waha.client import WahaClient
from tests.unit.simulator.serving import free_port, raw_server, self_signed, serving
from tests.unit.waha.line import ALICE, Line, send
from tests.unit.waha.raw_answers import answers, http


def test_names_that_look_like_paths_stay_names(noweb: Line) -> None:
    for bare_id in ("../../sessions", "a/b?c=d#e", "%2e%2e", "ü 😀"):
        assert noweb.client.find_message("default", ALICE, bare_id) is None
    asked: list[str] = []

    def remember(connection: socket.socket, first: bytes) -> None:
        asked.append(first.split(b" ")[1].decode())
        connection.sendall(http(b"[]", "200 OK"))

    with raw_server(remember) as url, closing(WahaClient(f"{url}/base", "key")) as client:
        client.recent_messages("a/b", "2@lid")
        client.recent_messages("x?y", "../1@c.us", limit=5)
    assert asked == [
        "/base/api/a%2Fb/chats/2%40lid/messages?downloadMedia=false&limit=20",
        "/base/api/x%3Fy/chats/..%2F1%40c.us/messages?downloadMedia=false&limit=5",
    ]
    for name in ("..", ".", ""):
        with pytest.raises(GatewayRejected):
            noweb.client.recent_messages("default", name)


def test_a_redirect_is_not_followed_and_gets_no_key() -> None:
    seen: list[bytes] = []

    def remember(_: socket.socket, first: bytes) -> None:
        seen.append(first)

    with raw_server(remember) as elsewhere:
        moved = http(b"", "307 Temporary Redirect", f"Location: {elsewhere}/api/sendText\r\n")
        with raw_server(answers(moved)) as url, closing(WahaClient(url, "key")) as client:
            outcome = send(client)
            assert type(outcome) is GatewayUnavailable
            assert "WAHA_BASE_URL" in str(outcome)
    assert seen == []


def test_proxies_of_the_environment_are_not_used(noweb: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with closing(WahaClient(noweb.url, "key")) as client:
        client.ping()


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_address_with_a_path(slash: str) -> None:
    simulator, _ = create_simulator(api_key="key", webhook_url=None, hmac_key=None)
    product = FastAPI()
    product.mount("/simulator", simulator)
    with serving(product) as url, closing(WahaClient(f"{url}/simulator{slash}", "key")) as client:
        sent = client.send_text("default", ALICE, "x")
        assert client.find_message("default", ALICE, sent.bare_id) is not None
        simulator.set_faults(Faults(lose_response=Chance(count=1)))
        assert type(send(client)) is SendOutcomeUnknown
    simulator.close()


def test_an_address_with_https_is_verified(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def secure(connection: socket.socket, _: bytes) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(65536)
            tls.sendall(http(b'{"id":"true_12025550101@c.us_3EB0"}'))

    with raw_server(secure, read_first=False) as url:
        address = url.replace("http:", "https:")
        with closing(WahaClient(address, "key")) as client:
            assert type(send(client)) is GatewayUnavailable, "an unknown certificate gets neither key nor text"
