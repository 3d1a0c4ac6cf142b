"""Limits for callers that are too slow, send too much or are too many; uvicorn itself has none."""

from __future__ import annotations

import asyncio
import resource
import secrets
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from balas.api.problems import problem, request_id_of
from balas.telemetry import logger

PATIENCE_SECONDS = 8.0
BYTES_A_SECOND = 4_096  # what comes buys more time: a large upload over a slow line
LOOK_EVERY_SECONDS = 1.0
MOST_CONNECTIONS = 2_000
MOST_HELD_BYTES = 16 * 1024
# Of line and headers, or of a chunked body's trailer: the parser copies a header anew with each piece of it.
MOST_HEAD_BYTES = 64 * 1024
BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})

log = logger("callers")


def most_connections() -> int:
    """Half of the files that we may open: the database, WAHA and the model need some, too."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


class GatheringTransport:
    """Sends everything that one step of the loop writes in one piece: uvicorn writes head and body separately, and a
    system call costs more than making the answer."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._held_bytes = 0

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > MOST_HELD_BYTES:
            self._flush()  # so that a long body meets the transport's own limits, which make its writer wait

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._held:
            data = self._held[0] if len(self._held) == 1 else b"".join(self._held)
            self._held, self._held_bytes = [], 0
            self._transport.write(data)


class PatientProtocol(HttpToolsProtocol):
    """A request must arrive within `PATIENCE_SECONDS`, plus the time that its bytes buy. One timer per connection."""

    _waiting_since: float | None = None
    _received = 0
    _unparsed = 0  # bytes since the request began, its head was complete, or a part of its body came
    _wrong = "This is no HTTP request."
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, GatheringTransport(transport, self.loop)))
        if len(self.connections) > most_connections():
            self._refuse(503, "Too many connections are open; try again in a moment.")
            return
        self._waiting_since = self.loop.time()
        self._timer = self.loop.call_later(LOOK_EVERY_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._waiting_since is None and self._is_free():
            self._waiting_since, self._received = self.loop.time(), 0
        self._received += len(data)
        while data and not self.transport.is_closing():
            room = MOST_HEAD_BYTES - self._unparsed
            self._feed(data[:room])
            data = data[room:]

    def on_headers_complete(self) -> None:
        self._unparsed = 0
        if self.parser.should_upgrade() and any(name in BODY_HEADERS for name, _ in self.headers):
            self._wrong = "A request with a body cannot ask for an upgrade; leave the Upgrade header out."
            raise ValueError(self._wrong)  # the parser would take the body for the next request
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._waiting_since, self._unparsed = None, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, self._wrong)

    def _unsupported_upgrade_warning(self) -> None:
        """An upgrade is answered as an ordinary request; uvicorn would log that we should install something."""

    def _feed(self, data: bytes) -> None:
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed == MOST_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431, f"The headers may hold {MOST_HEAD_BYTES} bytes at most.")

    def _is_free(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        return cycle is None or cycle.response_complete

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        now = self.loop.time()
        if self.flow.read_paused and self._waiting_since is not None:
            self._waiting_since += LOOK_EVERY_SECONDS  # we are the ones not reading
        patience = PATIENCE_SECONDS + self._received / BYTES_A_SECOND
        if self._waiting_since is not None and now - self._waiting_since > patience:
            log.info("slow_caller_cut_off", received=self._received)
            self._refuse(408, "The request did not arrive in time.")
            return
        self._timer = self.loop.call_later(LOOK_EVERY_SECONDS, self._look)

    def _refuse(self, status: int, detail: str) -> None:
        """Answer where no answer has begun, and close."""
        if self._is_free() or not self.cycle.response_started:
            request_id = "" if self._is_free() else request_id_of(cast(Scope, self.cycle.scope))
            request_id = request_id or secrets.token_hex(16)
            answer = problem(request_id, status, detail, headers={"Connection": "close", "X-Request-ID": request_id})
            head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            self.transport.write(STATUS_LINE[status] + head + b"\r\n" + bytes(answer.body))
        self.transport.close()
