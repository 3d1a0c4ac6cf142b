"""Callers that take too long, and too many of them: uvicorn waits for a request for ever, and takes any number."""

from __future__ import annotations

import asyncio
import resource
import secrets

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from balas.api.problems import problem
from balas.telemetry import logger

PATIENCE_SECONDS = 8.0
BYTES_A_SECOND = 4_096  # what comes buys more time: a large upload over a slow line
LOOK_EVERY_SECONDS = 1.0
MOST_CONNECTIONS = 2_000

log = logger("callers")


def most_connections() -> int:
    """Half of the files we may open: the database, WAHA and the model want theirs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


class PatientProtocol(HttpToolsProtocol):
    """A request must be there within `PATIENCE_SECONDS` and what it bought by its bytes. One timer a connection."""

    _waiting_since: float | None = None
    _received = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
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
        super().data_received(data)

    def on_message_complete(self) -> None:
        self._waiting_since = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "This is no HTTP request.")

    def _is_free(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        return cycle is None or cycle.response_complete

    def _look(self) -> None:
        if self.transport.is_closing():
            return
        now = self.loop.time()
        if self.flow.read_paused and self._waiting_since is not None:
            self._waiting_since += LOOK_EVERY_SECONDS  # it is us who do not read
        patience = PATIENCE_SECONDS + self._received / BYTES_A_SECOND
        if self._waiting_since is not None and now - self._waiting_since > patience:
            log.info("slow_caller_cut_off", received=self._received)
            self._refuse(408, "The request did not arrive in time.")
            return
        self._timer = self.loop.call_later(LOOK_EVERY_SECONDS, self._look)

    def _refuse(self, status: int, detail: str) -> None:
        """Answer where no answer has begun, and close."""
        if self._is_free() or not self.cycle.response_started:
            answer = problem(secrets.token_hex(16), status, detail, headers={"Connection": "close"})
            head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            self.transport.write(STATUS_LINE[status] + head + b"\r\n" + bytes(answer.body))
        self.transport.close()
