"""Files of messages: fetched from WAHA itself and from nobody else, and bounded."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest
from msgspec.structs import replace

from balas.errors import GatewayRejected, GatewayUnauthorized, GatewayUnavailable
from balas.simulator.messages import Attached, PhoneFile
from balas.values import InboundMessage, Media
from balas.waha import bodies
from balas.waha.addresses import file_path
from balas.waha.client import WahaClient
from tests.unit.simulator.serving import raw_server
from tests.unit.waha.line import ALICE, Line
from tests.unit.waha.raw_answers import http

NOTE = PhoneFile("audio/ogg; codecs=opus", b"OggS and the rest", voice=True)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://localhost:3000/api/files/default/3EB0.oga", "api/files/default/3EB0.oga"),
        ("https://waha.example/base/api/files/a/b/c.oga?x=1#y", "api/files/a/b/c.oga"),
        ("http://169.254.169.254/api/files/default/a%20b%2F..%3F.oga", "api/files/default/a%20b%2F..%3F.oga"),
        ("http://user:pw@[::1]:1/api/files/ü/1.oga", "api/files/%C3%BC/1.oga"),
        ("file:///etc/passwd", None),
        ("http://localhost:3000/api/sessions", None),
        ("http://localhost:3000/api/files/", None),
        ("http://localhost:3000/api/files/../sessions", None),
        ("http://localhost:3000/api/files/%2e%2e/sessions", None),
        ("http://localhost:3000/api/files/default//x", None),
        ("https://bucket.s3.amazonaws.com/default/3EB0.oga?X-Amz-Signature=1", None),
        ("http://[::1", None),
        ("", None),
        (None, None),
    ],
)
def test_of_an_address_only_the_place_below_files_counts(url: str | None, path: str | None) -> None:
    assert file_path(url) == path


def test_the_file_of_every_engine_is_fetched(line: Line) -> None:
    sent = line.phones.person_sends(ALICE, "", attached=Attached(NOTE))
    found = line.client.find_message("default", ALICE, sent.bare_id)
    assert found is not None
    assert line.client.download("default", found) == NOTE.content


def test_a_file_that_was_thrown_away_is_asked_for_once_more(line: Line) -> None:
    sent = line.phones.person_sends(ALICE, "", attached=Attached(NOTE))
    found = line.client.find_message("default", ALICE, sent.bare_id)
    assert found is not None
    for url in ("http://localhost:3000/api/files/default/gone.oga", None, "http://elsewhere/x.oga"):
        assert line.client.download("default", replace(found, media=Media(url, None, None))) == NOTE.content
    unfetched = PhoneFile("audio/ogg", b"x", voice=True, downloaded=False)
    never = line.phones.person_sends(ALICE, "", attached=Attached(unfetched))
    lacking = line.client.find_message("default", ALICE, never.bare_id)
    assert lacking is not None
    with pytest.raises(GatewayRejected, match="file"):
        line.client.download("default", lacking)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(b"", "401 Unauthorized"), GatewayUnauthorized),
        (http(b"", "500 Internal Server Error"), GatewayUnavailable),
        (http(b"", "503 Service Unavailable"), GatewayUnavailable),
        (http(b"", "302 Found", "Location: http://169.254.169.254/\r\n"), GatewayUnavailable),
        (http(b"", "404 Not Found"), GatewayRejected),
    ],
)
def test_what_is_no_file(message: InboundMessage, answer: bytes, error: type[Exception]) -> None:
    with (
        raw_server(lambda connection, _: connection.sendall(answer)) as url,
        closing(WahaClient(url, "k")) as client,
        pytest.raises(error) as outcome,
    ):
        client.download("default", message)
    assert type(outcome.value) is error


def test_a_file_without_end_is_not_read_to_its_end(message: InboundMessage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_FILE_BYTES", 10_000)

    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + bytes(20_000))

    with (
        raw_server(endless) as url,
        closing(WahaClient(url, "k")) as client,
        pytest.raises(GatewayRejected) as outcome,
    ):
        client.download("default", message)
    assert "16 MB" in str(outcome.value)


@pytest.fixture
def message(noweb: Line) -> InboundMessage:
    sent = noweb.phones.person_sends(ALICE, "", attached=Attached(NOTE))
    found = noweb.client.find_message("default", ALICE, sent.bare_id)
    assert found is not None
    return found
