"""Stops calling a model server that is down or refuses us, and finds out by one call whether it is back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

FAILURES = 5  # in a row, from which the server counts as down
PAUSE_SECONDS = 5.0  # doubles with each failed probe
LONGEST_PAUSE_SECONDS = 30.0  # a probe is one call, and people wait
REFUSED_SECONDS = 60.0  # a wrong key or an unpaid bill is mended by a person, not by waiting


@dataclass(frozen=True, slots=True)
class BreakerState:
    """`state` is `closed` (calls pass), `open` (none do) or `probing` (one is finding out)."""

    state: str
    detail: str = ""
    retry_after_seconds: float = 0.0


class Breaker:
    """One a process and server; safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._pause = PAUSE_SECONDS
        self._open_until: float | None = None
        self._probing = False
        self._detail = ""

    def admit(self) -> BreakerState:
        """Asks to make a call: it may be made when the state is not `open`. Each admission ends in one report."""
        with self._lock:
            if self._open_until is None:
                return BreakerState("closed")
            if self._probing or self._clock() < self._open_until:
                return self._opened()
            self._probing = True
            return BreakerState("probing")

    def succeeded(self) -> bool:
        """Returns whether the server is only now back."""
        with self._lock:
            was_away = self._open_until is not None
            self._failures, self._pause, self._open_until = 0, PAUSE_SECONDS, None
            self._probing, self._detail = False, ""
            return was_away

    def failed(self, detail: str) -> None:
        """The server was away, too slow or made no sense."""
        with self._lock:
            self._failures += 1
            self._detail = detail
            if self._probing:
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            if self._probing or self._failures >= FAILURES:
                self._open_until = self._clock() + self._pause
            self._probing = False

    def refused(self, detail: str) -> None:
        """The server does not take us: 401, 402, 403, 404."""
        with self._lock:
            self._open_until = self._clock() + REFUSED_SECONDS
            self._probing, self._detail = False, detail

    def left(self) -> None:
        """The call was not made, or ended without saying anything about the server."""
        with self._lock:
            self._probing = False

    def state(self) -> BreakerState:
        with self._lock:
            return BreakerState("closed") if self._open_until is None else self._opened()

    def _opened(self) -> BreakerState:
        left = max(0.0, (self._open_until or 0.0) - self._clock())
        return BreakerState("open", self._detail, left)
