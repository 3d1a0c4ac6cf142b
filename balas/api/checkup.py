"""Runs checks of dependencies side by side, each bounded in time, and remembers what they found for a moment."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum

from balas.errors import BalasError
from balas.telemetry import logger

log = logger("checkup")

LIMIT_SECONDS = 2.0
FRESH_SECONDS = 2.0


class Health(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` is for everybody who may see /health, `advice` for the operator alone.

    `notes` limit the service without making it unwell.
    """

    health: Health
    detail: str
    advice: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    finding: Finding
    latency_ms: float
    at: float  # monotonic


Check = Callable[[], Finding]


class Checkup:
    """One per process. Checks run in threads of their own: a full thread pool must not make the process look dead."""

    def __init__(self, checks: Mapping[str, Check], limit_seconds: float = LIMIT_SECONDS) -> None:
        self._probes = {name: _Probe(check) for name, check in checks.items()}
        self._limit = limit_seconds

    async def report(self, *names: str, limit_seconds: float | None = None) -> dict[str, Measured]:
        """Findings by name, all of them unless some are named, none older than `FRESH_SECONDS`."""
        limit = self._limit if limit_seconds is None else limit_seconds
        chosen = names or tuple(self._probes)
        found = await asyncio.gather(*(self._probes[name].find(limit) for name in chosen))
        return dict(zip(chosen, found, strict=True))


class _Probe:
    """One dependency. At most one check of it runs: a hanging one is waited for again, not joined by others."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._running: Future[Measured] | None = None
        self._begun = 0.0
        self._last: Measured | None = None

    async def find(self, limit_seconds: float) -> Measured:
        if self._last is not None and time.monotonic() - self._last.at < FRESH_SECONDS:
            return self._last
        running = self._running if self._running is not None and not self._running.done() else self._start()
        try:
            self._last = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(running)), limit_seconds)
        except TimeoutError:
            waited = time.monotonic() - self._begun
            return Measured(Finding(Health.UNHEALTHY, f"no answer for {waited:.1f} s"), waited * 1000, time.monotonic())
        return self._last

    def _start(self) -> Future[Measured]:
        self._begun = time.monotonic()
        future: Future[Measured] = Future()
        self._running = future
        # A daemon: a check that hangs must not keep the process from ending.
        threading.Thread(target=_run, args=(self._check, future), name="checkup", daemon=True).start()
        return future


def _run(check: Check, future: Future[Measured]) -> None:
    begun = time.monotonic()
    finding = examine(check)
    ended = time.monotonic()
    future.set_result(Measured(finding, (ended - begun) * 1000, ended))


def examine(check: Check) -> Finding:
    """Run a check; whatever it raises becomes a finding."""
    try:
        return check()
    except BalasError as error:
        return Finding(Health.UNHEALTHY, str(error))
    except Exception as error:  # noqa: BLE001 the edge of a thread; messages of unknown errors may hold addresses and keys
        log.warning("check_failed", error=type(error).__name__)
        return Finding(Health.UNHEALTHY, f"the check failed with {type(error).__name__}")


def overall(findings: Mapping[str, Measured]) -> Health:
    """Unhealthy only without the database: then nothing can be accepted. Everything else may come back meanwhile."""
    states = {name: measured.finding.health for name, measured in findings.items()}
    if states.get("database") is Health.UNHEALTHY:
        return Health.UNHEALTHY
    return Health.HEALTHY if set(states.values()) <= {Health.HEALTHY} else Health.DEGRADED
