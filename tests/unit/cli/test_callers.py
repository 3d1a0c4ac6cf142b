"""Slow callers are cut off and too many turned away, while others are served; over real sockets."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from balas.cli import callers
from tests.lines.system import served
from tests.services import free_port

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def size(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 0.6)
    monkeypatch.setattr(callers, "LOOK_EVERY_SECONDS", 0.1)
    found = free_port()
    with served(Starlette(routes=[Route("/", size, methods=["GET", "POST"])]), found):
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
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in said
    assert b"connection: close" in said.lower()
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


def test_what_is_no_http_is_a_problem_too(port: int) -> None:
    said, _ = drip(port, b"\x16\x03\x01 nonsense\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in said
    assert b"nonsense" not in said


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
        assert said.startswith(b"HTTP/1.1 503 ")
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
