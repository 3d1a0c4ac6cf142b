"""HTTP connections that are kept for the next call, the one used last first.

httpcore's own pool looks at each of its connections at the begin and at the end of a call, and asks the kernel about
each that is idle: with hundreds of calls under way that costs more than the calls. Here a call looks at two.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore2
from httpcore2 import ConnectionInterface, Origin, Request, Response

from balas.exchanges import Connection


class LastUsedFirst(httpcore2.ConnectionPool):
    """HTTP/1.1 to few servers; safe to share between threads. A call that is under way counts for `max_connections`."""

    def __init__(self, *, max_connections: int | None, max_keepalive_connections: int | None, **options: Any) -> None:
        super().__init__(
            max_connections=max_connections, max_keepalive_connections=max_keepalive_connections, **options
        )
        self._places = threading.Semaphore(sys.maxsize if max_connections is None else max_connections)
        self._most_idle = sys.maxsize if max_keepalive_connections is None else max_keepalive_connections
        self._idle: dict[tuple[bytes, bytes, int], deque[ConnectionInterface]] = {}
        self._looking = threading.Lock()
        self._is_closed = False

    def handle_request(self, request: Request) -> Response:
        if request.url.scheme not in (b"http", b"https"):
            raise httpcore2.UnsupportedProtocol(f"{request.url.scheme.decode()!r} is neither http nor https")
        if not self._places.acquire(timeout=request.extensions.get("timeout", {}).get("pool")):
            raise httpcore2.PoolTimeout
        origin, connection = request.url.origin, None
        try:
            connection = self._kept(origin) or self.create_connection(origin)
            response = connection.handle_request(request)
        except BaseException:
            self._leave(origin, connection)
            raise
        assert isinstance(response.stream, Iterable)  # noqa: S101 as httpcore's own pool does: it is no async one
        return Response(
            status=response.status,
            headers=response.headers,
            content=_Body(response.stream, lambda: self._leave(origin, connection)),
            extensions=response.extensions,
        )

    def create_connection(self, origin: Origin) -> ConnectionInterface:
        return Connection(
            origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=self._keepalive_expiry,
            network_backend=self._network_backend,
        )

    def close(self) -> None:
        with self._looking:
            self._is_closed = True  # what is still under way is closed when it ends
            kept = [connection for idle in self._idle.values() for connection in idle]
            self._idle.clear()
        for connection in kept:
            connection.close()

    def _kept(self, origin: Origin) -> ConnectionInterface | None:
        while True:
            with self._looking:
                idle = self._idle.get(_key(origin))
                if not idle:
                    return None
                connection = idle.pop()
            if not connection.has_expired():  # nor did the server close it
                return connection
            connection.close()

    def _leave(self, origin: Origin, connection: ConnectionInterface | None) -> None:
        """The call is over: its connection waits for the next one, if it can take one."""
        over: list[ConnectionInterface] = []
        if connection is not None and connection.is_idle() and not connection.is_closed():
            with self._looking:
                idle = self._idle.setdefault(_key(origin), deque())
                idle.append(connection)
                if self._is_closed or len(idle) > self._most_idle or idle[0].has_expired():
                    over.append(idle.popleft())
        elif connection is not None:
            over.append(connection)
        for one in over:
            one.close()
        self._places.release()


class _Body:
    def __init__(self, parts: Iterable[bytes], left: Callable[[], None]) -> None:
        self._parts = parts
        self._left = left
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            if hasattr(self._parts, "close"):
                self._parts.close()
        finally:
            self._left()


def _key(origin: Origin) -> tuple[bytes, bytes, int]:
    return origin.scheme, origin.host, origin.port
