"""The client against servers that are away, answer nonsense, or never end."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from balas.errors import GatewayUnavailable, SendOutcomeUnknown, Transient
from balas.waha.client import WahaClient
from tests.unit.simulator.serving import free_port, raw_server
from tests.unit.waha.line import send
from tests.unit.waha.raw_answers import Answer, answers, http, reset


def test_where_nobody_listens_nothing_was_sent() -> None:
    with closing(WahaClient(f"http://127.0.0.1:{free_port()}", "key")) as client:
        assert type(send(client)) is GatewayUnavailable
        with pytest.raises(GatewayUnavailable):
            client.ping()


@pytest.mark.parametrize(
    "answer",
    [
        answers(),
        reset,
        answers(b"HTTP/1.1 201 Created\r\nContent-Le"),
        answers(b'HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"id":'),
        answers(b"nonsense\r\n\r\n"),
        answers(http(b"")),
        answers(http(b"<html>")),
        answers(http(b"[]")),
        answers(http(b'"ok"')),
        answers(http(b"[" * 100_000)),
        answers(http(b'{"id":{"a":1}}')),
        answers(http(b'{"id":"\xff"}')),
        answers(http(b"", "502 Bad Gateway")),
        answers(http(b"", "200 OK")),
    ],
)
def test_a_send_that_is_not_properly_answered_is_of_unknown_outcome(answer: Answer) -> None:
    with raw_server(answer) as url, closing(WahaClient(url, "key", send_timeout_seconds=3)) as client:
        assert type(send(client)) is SendOutcomeUnknown


def test_an_endless_answer_is_cut_off() -> None:
    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")

    with raw_server(endless) as url, closing(WahaClient(url, "key")) as client:
        outcome = send(client)
        assert type(outcome) is SendOutcomeUnknown
        assert "10 MB" in str(outcome)
        with pytest.raises(GatewayUnavailable, match="10 MB"):
            client.sessions()


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 413, 451, 501])
def test_whoever_will_never_make_an_id_is_sent_to_without_one(status: int) -> None:
    refusal = answers(http(b"", f"{status} No"))
    with raw_server(refusal) as url, closing(WahaClient(url, "key")) as client:
        assert client.new_message_id("default") is None


@pytest.mark.parametrize("status", [401, 422, 429, 500, 503])
def test_whoever_may_make_one_later_is_waited_for(status: int) -> None:
    refusal = answers(http(b"", f"{status} No"))
    with raw_server(refusal) as url, closing(WahaClient(url, "key")) as client, pytest.raises(Transient):
        client.new_message_id("default")
