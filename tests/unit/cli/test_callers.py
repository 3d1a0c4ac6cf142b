"""Slow callers and endless heads are cut off and too many turned away, while others are served; over real sockets."""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPResponse
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from balas.api.middleware import RequestContext
from balas.cli import callers
from tests.lines.system import served
from tests.services import free_port

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def size(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 0.6)
    monkeypatch.setattr(callers, "LOOK_EVERY_SECONDS", 0.1)
    found = free_port()
    with served(RequestContext(Starlette(routes=[Route("/", size, methods=["GET", "POST"])])), found):
        yield found


def drip(port: int, first: bytes, more: bytes = b"", pause: float = 0.1) -> tuple[bytes, float]:
    """Send slowly until the server has enough: what it said, and how long it took."""
    started = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", port))) as caller:
        caller.settimeout(pause)
        caller.sendall(first)
        said = b""
        while time.monotonic() - started < 6:
            try:
                piece = caller.recv(65_536)
            except TimeoutError:
                if more:
                    caller.sendall(more)
                continue
            except ConnectionError:
                break
            if not piece:
                break
            said += piece
        return said, time.monotonic() - started


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"", b""),
        (b"POST / HT", b""),
        (b"POST / HTTP/1.1\r\nHost: a\r\n", b"X"),
        (HEAD, b""),
        (HEAD, b"x"),
        (b"\r\n", b"\r\n"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_who_takes_too_long_is_cut_off(port: int, first: bytes, more: bytes) -> None:
    said, seconds = drip(port, first, more)
    assert problem_in(said)["status"] == 408
    assert 0.5 < seconds < 4


def test_a_second_request_of_a_connection_has_no_more_time_than_the_first(port: int) -> None:
    said, seconds = drip(port, WHOLE + b"POST / HT", b"")
    assert said.startswith(b"HTTP/1.1 200 ")
    assert seconds < 6


def test_a_steady_upload_over_a_slow_line_is_taken(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 1.5)
    monkeypatch.setattr(callers, "BYTES_A_SECOND", 10_000)

    def pieces() -> Iterator[bytes]:
        for _ in range(25):
            yield b"x" * 4_000
            time.sleep(0.1)

    assert httpx2.post(f"http://127.0.0.1:{port}/", content=pieces(), timeout=20).text == "100000"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01 nonsense\r\n\r\n",
        b"NONSENSE / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT nonsense:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_problem_too(port: int, nonsense: bytes) -> None:
    said, _ = drip(port, nonsense)
    assert problem_in(said)["status"] == 400
    assert b"nonsense" not in said


def test_the_id_of_a_request_that_was_begun_is_kept(port: int) -> None:
    said, _ = drip(port, HEAD.replace(b"\r\n\r\n", b"\r\nX-Request-ID: of-the-caller\r\n\r\n"))
    assert problem_in(said)["instance"] == "of-the-caller"


UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n"


def test_an_upgrade_is_an_ordinary_request(port: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port))) as caller:
        caller.settimeout(5)
        for asked in (WHOLE[:-2] + UPGRADE, WHOLE):  # the connection goes on as if nothing had been asked
            caller.sendall(asked)
            answer = HTTPResponse(caller)
            answer.begin()
            assert (answer.status, answer.read(), bool(answer.headers["x-request-id"])) == (200, b"0", True)


@pytest.mark.parametrize("head", [HEAD.replace(b"100000", b"30"), HEAD.replace(b"Content-Length: 100000", CHUNKED)])
def test_a_body_behind_an_upgrade_is_not_taken_for_a_request(port: int, head: bytes) -> None:
    said, _ = drip(port, head[:-2] + UPGRADE, WHOLE)
    assert problem_in(said)["status"] == 400
    assert said.count(b"HTTP/1.1") == 1


def headed(size: int) -> bytes:
    """A request whose line and headers are of that size."""
    start = b"GET / HTTP/1.1\r\nHost: a\r\nX-A: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


@pytest.mark.parametrize("before", [b"", WHOLE, HEAD.replace(b"100000", b"5") + b"whole"])
@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 431), (3_000_000, 431)])
def test_the_head_of_each_request_has_a_limit(port: int, before: bytes, size: int, status: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port))) as caller:
        caller.settimeout(5)
        if before:
            caller.sendall(before)
            assert caller.recv(65_536).startswith(b"HTTP/1.1 200 ")
        with suppress(ConnectionError):  # it may be closed before all was sent
            caller.sendall(headed(size))
        try:
            said = caller.recv(65_536)
        except ConnectionError:
            assert size > 1_000_000
            return
    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    if status == 431:
        problem_in(said)


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ",
        b"GET /",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-A: ",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n1;a=",
    ],
)
def test_a_head_without_end_is_cut_off(port: int, first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 30.0)
    said, seconds = drip(port, first, b"a" * 20_000, pause=0.01)
    assert problem_in(said)["status"] == 431
    assert seconds < 4


def test_a_chunked_body_has_no_limit_here(port: int) -> None:
    pieces = (b"x" * size for size in (1, 70_000, 64 * 1024, 3, 300_000))
    assert httpx2.post(f"http://127.0.0.1:{port}/", content=pieces, timeout=20).text == str(435_540)


def problem_in(said: bytes) -> dict[str, Any]:
    head, _, body = said.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    found: dict[str, Any] = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {found['status']} ".encode())
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"connection"] == b"close"
    assert headers[b"x-request-id"].decode() == found["instance"]
    assert found["instance"]
    return found


def test_http_1_0_is_served(port: int) -> None:
    said, _ = drip(port, b"GET / HTTP/1.0\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")


def test_more_connections_than_allowed_are_turned_away(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 30.0)
    monkeypatch.setattr(callers, "MOST_CONNECTIONS", 5)
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        time.sleep(0.3)
        said, _ = drip(port, WHOLE)
        assert problem_in(said)["status"] == 503
        assert b"retry-after" in said.lower()
    time.sleep(0.3)
    assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200


def test_others_do_not_notice_three_hundred_slow_callers(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 30.0)

    def median() -> float:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            times = []
            for _ in range(60):
                started = time.perf_counter()
                assert client.get("/").status_code == 200
                times.append(time.perf_counter() - started)
            return statistics.median(times)

    alone, over = median(), threading.Event()
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(socket.create_connection(("127.0.0.1", port)))) for _ in range(300)]

        def feed() -> None:
            while not over.wait(0.5):
                for caller in slow:
                    caller.sendall(b"x")

        for caller in slow:
            caller.sendall(HEAD)
        feeder = threading.Thread(target=feed)
        feeder.start()
        try:
            assert median() < 10 * alone + 0.05
        finally:
            over.set()
            feeder.join()
