"""Which connection a call gets, over real sockets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore2
import pytest

from balas.connections import LastUsedFirst


class Server:
    """Answers each call with the port it came from, `slow` ones when it is told to; closes behind `last` ones."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.has_closed = threading.Event()
        self.slow_calls = threading.Semaphore(0)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/slow":
                    server.slow_calls.release()
                    server.goes_on.wait(10)
                told = str(self.client_address[1]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)
                self.close_connection = self.path == "/last"

            def log_message(self, *_arguments: Any) -> None:
                pass

        class Http(ThreadingHTTPServer):
            def shutdown_request(self, request: Any) -> None:
                super().shutdown_request(request)
                server.has_closed.set()

        self._http = Http(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.goes_on.set()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    yield served
    served.close()


def pool(most: int | None = None, idle: int | None = None, seconds: float | None = None) -> LastUsedFirst:
    return LastUsedFirst(max_connections=most, max_keepalive_connections=idle, keepalive_expiry=seconds)


def called(connections: LastUsedFirst, url: str) -> bytes:
    """The port that the server saw: of which connection it was."""
    return connections.request("GET", url, extensions={"timeout": {"pool": 0.2, "read": 10}}).content


def test_calls_one_after_the_other_share_a_connection(server: Server) -> None:
    with pool() as connections:
        assert len({called(connections, server.url) for _ in range(3)}) == 1


def test_of_several_that_are_free_the_one_used_last_is_taken(server: Server) -> None:
    with pool() as connections:
        slow: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: slow.append(called(connections, f"{server.url}/slow"))) for _ in "ab"
        ]
        for thread in threads:
            thread.start()
            assert server.slow_calls.acquire(timeout=5)
        last = called(connections, server.url)
        server.goes_on.set()
        for thread in threads:
            thread.join()
        assert len({*slow, last}) == 3  # none was shared while it was in use
        newest = called(connections, server.url)
        assert [called(connections, server.url) for _ in range(3)] == [newest] * 3
        assert newest in slow


def test_one_that_the_server_closed_is_not_used_again(server: Server) -> None:
    with pool() as connections:
        gone = called(connections, f"{server.url}/last")
        assert server.has_closed.wait(5)  # it does so after it has answered
        assert called(connections, server.url) != gone


def test_one_that_waited_too_long_is_not_used_again(server: Server) -> None:
    with pool(seconds=0.0) as connections:
        assert called(connections, server.url) != called(connections, server.url)


def test_more_calls_than_allowed_wait_and_then_fail(server: Server) -> None:
    with pool(most=1) as connections:
        thread = threading.Thread(target=called, args=(connections, f"{server.url}/slow"))
        thread.start()
        assert server.slow_calls.acquire(timeout=5)
        with pytest.raises(httpcore2.PoolTimeout):
            called(connections, server.url)
        server.goes_on.set()
        thread.join()
        called(connections, server.url)  # its place is free again


def test_a_call_that_fails_gives_its_place_back(server: Server) -> None:
    with pool(most=1) as connections:
        for _ in range(3):
            with pytest.raises(httpcore2.ConnectError):
                called(connections, "http://127.0.0.1:1")
        called(connections, server.url)


def test_no_more_than_allowed_are_kept(server: Server) -> None:
    with pool(idle=0) as connections:
        assert called(connections, server.url) != called(connections, server.url)


def test_what_is_under_way_when_all_are_closed_is_closed_when_it_ends(server: Server) -> None:
    connections, slow = pool(), list[bytes]()
    thread = threading.Thread(target=lambda: slow.append(called(connections, f"{server.url}/slow")))
    thread.start()
    assert server.slow_calls.acquire(timeout=5)
    connections.close()
    server.goes_on.set()
    thread.join()
    assert slow != [called(connections, server.url)]
