"""A call over one HTTP/1.1 connection of httpcore's, with a short way for a plain one.

httpcore has h11 check, write and read each call as events, and that is most of what a call to a near server takes. Here
a request whose body is at hand goes out in one piece, and an answer that says its length is taken as it comes. Whatever
is not plain, httpcore reads: it is told that the request went out, and given what has come.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import httpcore2
from httpcore2 import HTTP11Connection, HTTPConnection, NetworkStream, Request, Response
from httpcore2._sync.http11 import HTTPConnectionState as State

MOST_SENT_AT_ONCE = 1 << 20  # bytes of a body
_NAME = rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+"
_REQUEST = re.compile(rb"(?:GET|POST) [!-~]+ HTTP/1\.1\r\n(?:" + _NAME + rb": (?:[!-~](?:[ -~]*[!-~])?)?\r\n)+\r\n")
_ANSWER = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: ([\t -~\x80-\xff]*))?\r\n((?:" + _NAME + rb":[\t -~\x80-\xff]*\r\n)*)\r\n"
)
_WITHOUT_BODY = frozenset({204, 304})
_UNUSUAL = frozenset({b"transfer-encoding", b"expect", b"upgrade"})
_Headers = list[tuple[bytes, bytes]]


class Connection(HTTPConnection):
    """Connected by httpcore, and no HTTP/2."""

    def handle_request(self, request: Request) -> Response:
        if self._connection is None and self.can_handle_request(request.url.origin):
            try:
                stream = self._connect(request)
            except BaseException:
                self._connect_failed = True
                raise
            self._connection = _Exchanges(self._origin, stream, self._keepalive_expiry)
        return super().handle_request(request)


class _Exchanges(HTTP11Connection):
    def handle_request(self, request: Request) -> Response:
        plain = _written(request) if self.can_handle_request(request.url.origin) else None
        if plain is None or self._state not in (State.NEW, State.IDLE):
            return super().handle_request(request)
        head, body = plain
        self._state, self._expire_at = State.ACTIVE, None  # of this call alone: the pool gives it to no other
        timeouts = request.extensions.get("timeout", {})
        try:
            with suppress(httpcore2.WriteError):  # it may have answered, and closed, before it read it all
                self._network_stream.write(head + body, timeouts.get("write"))
            begin = self._network_stream.read(self.READ_NUM_BYTES, timeouts.get("read"))
        except BaseException:
            self.close()
            raise
        return self._plain_answer(begin, timeouts.get("read")) or self._any_answer(begin, request, body)

    def _plain_answer(self, begin: bytes, timeout: float | None) -> Response | None:
        head = _ANSWER.match(begin)
        if head is None:
            return None
        headers = [(name, value.strip(b" \t")) for name, _, value in _parted(head[3])]
        status, length, rest = int(head[1]), _length(headers), begin[head.end() :]
        if status in _WITHOUT_BODY or length is None or len(rest) > length:
            return None
        self._request_count += 1
        extensions = {
            "http_version": b"HTTP/1.1",
            "reason_phrase": head[2] or b"",
            "network_stream": self._network_stream,
        }
        body = _Body(self, rest, length, timeout)
        return Response(status, headers=headers, content=body, extensions=extensions)

    def _any_answer(self, begin: bytes, request: Request, body: bytes) -> Response:
        stream = self._network_stream
        self._network_stream, self._state = _Sent(stream, begin), State.IDLE
        again = Request(
            request.method, request.url, headers=request.headers, content=body, extensions=request.extensions
        )
        try:
            return super().handle_request(again)
        finally:
            self._network_stream = stream

    def read_more(self, most: int, timeout: float | None) -> bytes:
        return self._network_stream.read(min(most, self.READ_NUM_BYTES), timeout)

    def leave(self, *, is_whole: bool) -> None:
        if not is_whole:
            self.close()
            return
        if self._keepalive_expiry is not None:
            self._expire_at = time.monotonic() + self._keepalive_expiry
        self._state = State.IDLE


class _Body:
    """What a plain answer holds. Of what comes behind it nothing is read: the pool drops a connection that has more."""

    def __init__(self, connection: _Exchanges, first: bytes, length: int, timeout: float | None) -> None:
        self._connection = connection
        self._first = first
        self._length = length
        self._missing = length - len(first)
        self._timeout = timeout
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            if self._first:
                yield self._first
            while self._missing:
                more = self._connection.read_more(self._missing, self._timeout)
                if not more:
                    raise httpcore2.RemoteProtocolError(
                        f"the server closed the connection {self._missing} bytes before the end of {self._length}"
                    )
                self._missing -= len(more)
                yield more
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.leave(is_whole=not self._missing)


class _Sent(NetworkStream):
    """A stream on which the request was written, and the begin of its answer read."""

    def __init__(self, inner: NetworkStream, begin: bytes) -> None:
        self._inner = inner
        self._begin: bytes | None = begin

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        begin, self._begin = self._begin, None
        return self._inner.read(max_bytes, timeout) if begin is None else begin

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _written(request: Request) -> tuple[bytes, bytes] | None:
    """Head and body; None where h11 must look at it: it says what is wrong, or does what is special."""
    headers = request.headers
    length = _length([*headers, (b"Content-Length", b"0")] if request.method == b"GET" else headers)
    if length is None or length > MOST_SENT_AT_ONCE or "trace" in request.extensions:
        return None
    lines = b"".join([b"%b: %b\r\n" % header for header in headers])
    head = b"%b %b HTTP/1.1\r\n%b\r\n" % (request.method, request.url.target, lines)
    # A line within a value would look like a header of its own.
    if not _REQUEST.fullmatch(head) or head.count(b"\n") != len(headers) + 2 or headers[0][0].lower() != b"host":
        return None
    assert isinstance(request.stream, Iterable)  # noqa: S101 as httpcore does: it is no async one
    body = b"".join(request.stream)
    if len(body) != length:
        raise httpcore2.LocalProtocolError(f"a body of {len(body)} bytes with a Content-Length of {length}")
    return head, body


def _parted(lines: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    return (line.partition(b":") for line in lines.split(b"\r\n")[:-1])


def _length(headers: _Headers) -> int | None:
    """Of the body, where nothing else says how the message ends, or what follows it."""
    named = {name.lower(): value for name, value in headers}
    length = named.get(b"content-length", b"")
    is_plain = len(named) == len(headers) and _UNUSUAL.isdisjoint(named) and length.isdigit() and len(length) < 16
    return int(length) if is_plain and named.get(b"connection", b"keep-alive").lower() == b"keep-alive" else None
