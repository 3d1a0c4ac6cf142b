"""HTTP to WAHA with one deadline over the whole call: connecting, sending and every single read of the answer.

httpx limits each read by itself, so a server that sends one byte now and then would hold a call for ever. The search
for a lost send relies on the deadline: after it, no byte of the old call may leave any more.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

from balas.connections import LastUsedFirst
from balas.crew import Waiting
from balas.ports import uptime

_deadline: ContextVar[float | None] = ContextVar("waha_call_deadline", default=None)
_SocketOptions = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]


@contextmanager
def within(seconds: float, since: float | None = None) -> Iterator[None]:
    """Every network call of this thread inside the block ends when `seconds` are over, counted from now or `since`.

    The time is checked right before each write, so that a process that was frozen on the way sends nothing.
    """
    token = _deadline.set((uptime() if since is None else since) + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(limit: float | None, expired: type[Exception]) -> float | None:
    deadline = _deadline.get()
    if deadline is None:
        return limit
    left = deadline - uptime()
    if left <= 0:
        raise expired("the time for this call is over")
    return left if limit is None else min(left, limit)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))


class Wire:
    """Calls to the server of one address, by httpcore: httpx, which is made for any, takes as long again for each.

    No redirect is followed, and no proxy of the environment is used. Idle connections are dropped after two seconds:
    Node closes them after five, and a request that meets the closing would be a send of unknown outcome.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[bytes, bytes],
        *,
        max_connections: int,
        timeouts: Mapping[str, float],
        waiting: Waiting = nullcontext,
    ) -> None:
        url = httpx2.URL(base_url.rstrip("/") + "/")
        self._scheme, self._host, self._port = url.raw_scheme, url.raw_host, url.port
        self._base_path = url.raw_path
        self._headers = [(b"Host", url.netloc), *headers.items()]
        self._extensions = {"timeout": dict(timeouts)}
        # Reading the trust store takes 40 ms and serves nothing where WAHA speaks plain HTTP.
        is_tls = url.raw_scheme == b"https"
        context = httpx2.create_ssl_context(trust_env=False) if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._pool = LastUsedFirst(
            ssl_context=context,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=2.0,
            network_backend=_Backend(),
        )
        self._waiting = waiting

    @contextmanager
    def call(self, method: bytes, path: str, body: bytes | None = None) -> Iterator[httpcore2.Response]:
        """The answer's head; its body is read inside. `body` is JSON."""
        more = [] if body is None else [(b"Content-Length", b"%d" % len(body)), (b"Content-Type", b"application/json")]
        target = self._base_path + path.encode("ascii")
        url = httpcore2.URL(scheme=self._scheme, host=self._host, port=self._port, target=target)
        headers, extensions = self._headers + more, self._extensions
        request = httpcore2.Request(method, url, headers=headers, content=body, extensions=extensions)
        with self._waiting():
            answer = self._pool.handle_request(request)
        try:
            yield answer
        finally:
            answer.close()

    def close(self) -> None:
        self._pool.close()
