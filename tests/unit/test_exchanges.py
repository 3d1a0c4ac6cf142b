"""Calls over a kept connection, against httpcore's own: what the server gets and what the caller gets is the same."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpcore2
import pytest

from balas.connections import LastUsedFirst

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
LONG = b"x" * 200_000


class Server:
    """Answers each request on a connection with the pieces it is told, and closes it when they end with None."""

    def __init__(self) -> None:
        self.pieces: list[bytes | None] = []
        self.received: list[bytes] = []
        self.used: set[socket.socket] = set()  # connections that a request came on
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = b"127.0.0.1:%d" % self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the caller may hang up
            while request := _read(connection):
                self.received.append(request)
                self.used.add(connection)
                for piece in self.pieces:
                    if piece is None:
                        return
                    connection.sendall(piece)

    def close(self) -> None:
        self._listening.close()


def _read(connection: socket.socket) -> bytes:
    received = b""
    while True:
        head, end, body = received.partition(b"\r\n\r\n")
        _, is_told, told = head.lower().partition(b"content-length: ")
        is_whole = (
            body.endswith(b"0\r\n\r\n") if b"chunked" in head else len(body) >= int(told.split()[0] if is_told else 0)
        )
        if end and is_whole:
            return received
        more = connection.recv(65_536)
        if not more:
            return b""
        received += more


@dataclass
class Asked:
    method: str = "GET"
    target: bytes = b"/a?b=c"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: list[bytes] | bytes | None = None
    with_host: bool = True


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    served = Server()
    yield served
    served.close()


def seen(connections: httpcore2.ConnectionPool, server: Server, asked: Asked, *, times: int = 2) -> Any:
    """What each of some calls gave, what the server got, and over how many connections."""
    server.received.clear()
    server.used.clear()
    given: list[object] = []
    host = [(b"Host", server.host)] if asked.with_host else []
    url = httpcore2.URL(scheme=b"http", host=b"127.0.0.1", port=int(server.host[10:]), target=asked.target)
    with connections:
        for _ in range(times):
            body = iter(asked.body) if isinstance(asked.body, list) else asked.body
            try:
                with connections.stream(
                    asked.method,
                    url,
                    headers=host + asked.headers,
                    content=body,
                    extensions={"timeout": {"read": 0.3, "write": 5, "connect": 5, "pool": 5}},
                ) as answer:
                    told = {name: answer.extensions[name] for name in ("http_version", "reason_phrase")}
                    given.append((answer.status, answer.headers, answer.read(), told))
            except Exception as error:  # noqa: BLE001 which one is compared
                given.append(type(error))
    return given, list(server.received), len(server.used)


def same(server: Server, asked: Asked) -> Any:
    ours = seen(LastUsedFirst(max_connections=4, max_keepalive_connections=4, keepalive_expiry=5), server, asked)
    theirs = seen(httpcore2.ConnectionPool(max_connections=4, keepalive_expiry=5), server, asked)
    assert ours == theirs
    return ours


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    return "\r\n".join([status, *lines, "", ""]).encode("latin-1")


TWO = "Content-Length: 2"
ANSWERS: dict[str, list[bytes | None]] = {
    "plain": [PLAIN],
    "no reason": [head(TWO, status="HTTP/1.1 200") + b"{}"],
    "long reason": [head(TWO, status="HTTP/1.1 503 very  busy\té") + b"{}"],
    "empty": [head("Content-Length: 0", status="HTTP/1.1 201 Created")],
    "head alone first": [head(TWO), b"{}"],
    "in pieces": [b"HTTP/1.1 200", b" OK\r\nContent-", b"Length: 2\r\n\r\n{", b"}"],
    "long": [head(f"Content-Length: {len(LONG)}") + LONG],
    "chunked": [head("Transfer-Encoding: chunked") + b"1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n"],
    "chunked and a length": [head(TWO, "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"],
    "chunked and a longer length": [head("Content-Length: 99", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"],
    "closing": [head(TWO, "Connection: close") + b"{}", None],
    "keeping": [head(TWO, "Connection: Keep-Alive", "Keep-Alive: timeout=5") + b"{}"],
    "old": [head(TWO, status="HTTP/1.0 200 OK") + b"{}", None],
    "until it closes": [head() + b"{}", None],
    "no content": [head(status="HTTP/1.1 204 No Content")],
    "not modified": [head(TWO, status="HTTP/1.1 304 Not Modified")],
    "early hints": [head(status="HTTP/1.1 103 Early Hints") + PLAIN],
    "unknown status": [head(TWO, status="HTTP/1.1 799 What") + b"{}"],
    "length twice": [head(TWO, TWO) + b"{}"],
    "two lengths": [head(TWO, "Content-Length: 3") + b"{}"],
    "signed length": [head("Content-Length: +2") + b"{}"],
    "length in words": [head("Content-Length: two") + b"{}"],
    "spaces": [head("content-length:\t 2 ", "X:", "Y: a\tb é ") + b"{}"],
    "two cookies": [head(TWO, "Set-Cookie: a=1", "Set-Cookie: b=2") + b"{}"],
    "folded": [head(TWO, "X: a", " b") + b"{}"],
    "space before the colon": [head(TWO, "X : a") + b"{}"],
    "control character": [head(TWO, "X: a\x01b") + b"{}"],
    "nul": [head(TWO, "X: a\x00b") + b"{}"],
    "bare line feeds": [PLAIN.replace(b"\r\n", b"\n")],
    "large head": [head(TWO, f"X: {'a' * 70_000}") + b"{}"],
    "too large a head": [head(TWO, f"X: {'a' * 300_000}") + b"{}"],
    "no http": [b"<html>busy</html>\r\n\r\n"],
    "cut": [head("Content-Length: 9") + b"{}", None],
    "nothing": [None],
    "stuck": [head("Content-Length: 9") + b"{}"],
}


@pytest.mark.parametrize("told", ANSWERS)
def test_an_answer_is_read_as_httpcore_reads_it(server: Server, told: str) -> None:
    server.pieces = ANSWERS[told]
    same(server, Asked())


def test_more_than_was_said_is_no_answer_to_the_next_call(server: Server) -> None:
    server.pieces = [PLAIN, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"]
    for _ in range(5):
        given, _, _ = seen(LastUsedFirst(max_connections=None, max_keepalive_connections=2), server, Asked(), times=1)
        assert given[0][2] == b"{}"


JSON = (b"Content-Type", b"application/json")


def of(length: int) -> tuple[bytes, bytes]:
    return b"Content-Length", b"%d" % length


ASKED = {
    "post": Asked("POST", headers=[of(2), JSON], body=b"{}"),
    "nothing posted": Asked("POST", headers=[of(0)], body=b""),
    "in pieces": Asked("POST", headers=[of(3), (b"X", b"")], body=[b"[", b"1", b"]"]),
    "long": Asked("POST", headers=[of(len(LONG) * 11)], body=LONG * 11),
    "chunked": Asked("POST", headers=[(b"Transfer-Encoding", b"chunked")], body=[b"[", b"]"]),
    "put": Asked("PUT", headers=[of(2)], body=b"{}"),
    "closing": Asked(headers=[(b"Connection", b"close")]),
    "keeping": Asked(headers=[(b"connection", b"keep-alive"), (b"Cookie", b"a=1; b=2")]),
    "a body without a length": Asked("POST", body=b"{}"),
    "a line in a value": Asked(headers=[(b"X-Api-Key", b"a\r\nX-More: b")]),
    "a line feed in a value": Asked(headers=[(b"X-Api-Key", b"a\nX-More: b")]),
    "a space behind a value": Asked(headers=[(b"X-Api-Key", b"a ")]),
    "a space in a name": Asked(headers=[(b"X Api", b"a")]),
    "letters of another script": Asked(headers=[(b"X-Api-Key", "clé".encode())]),
    "a space in the path": Asked(target=b"/a b"),
    "no host": Asked(with_host=False),
    "host last": Asked(headers=[(b"A", b"b"), (b"Host", b"there")], with_host=False),
    "two hosts": Asked(headers=[(b"Host", b"there")]),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_request_is_sent_as_httpcore_sends_it(server: Server, asked: str) -> None:
    server.pieces = [PLAIN]
    same(server, ASKED[asked])


@pytest.mark.parametrize("length", [1, 3])
def test_a_body_of_another_length_is_not_sent(server: Server, length: int) -> None:
    asked = Asked("POST", headers=[of(length)], body=b"{}")
    given, received, _ = seen(LastUsedFirst(max_connections=None, max_keepalive_connections=2), server, asked)
    assert (given, received) == ([httpcore2.LocalProtocolError] * 2, [])


def test_a_plain_request_goes_out_in_one_piece(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it h11 that wrote and read it, the comparisons above would compare httpcore with itself."""
    server.pieces = [PLAIN]
    monkeypatch.setattr(httpcore2.HTTP11Connection, "handle_request", None)
    given, received, connections = seen(
        LastUsedFirst(max_connections=None, max_keepalive_connections=2), server, ASKED["post"]
    )
    assert [one[0] for one in given] == [200, 200]
    assert (len(received), connections) == (2, 1)
