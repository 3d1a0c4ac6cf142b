"""Runs the sweep and gathers gaps every few seconds, catches up every minute, in each process that works on jobs."""

from __future__ import annotations

import threading
import time

from balas.conversations import catching_up
from balas.errors import BalasError
from balas.jobs import catch_up, gather_gaps, retention, sweep
from balas.runtime import Runtime
from balas.telemetry import logger

STAND_IN_STARTS_SECONDS = 3.0  # the stand-in for WAHA is part of the web server, which starts beside us

log = logger("sweep")


class Sweeper:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopped = threading.Event()
        self._retention_at = 0.0  # at once; then while there is something to blank, with each sweep
        self._reader = catch_up.Reader(runtime)
        # Threads of their own: a WAHA or an embedding server that answers slowly must not hold up lost doorbells.
        self._threads = [
            threading.Thread(target=self._run, name="sweeper", daemon=True),
            threading.Thread(target=self._read_back, name="catch-up", daemon=True),
            threading.Thread(target=self._gather, name="gaps", daemon=True),
        ]

    def start(self) -> None:
        """The first sweep runs at once: it picks up what a killed process left behind."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin no sweep any more."""
        self._stopped.set()

    def wait(self, seconds: float) -> None:
        """For what was begun: `seconds`, and no longer than a sweep takes."""
        deadline = time.monotonic() + min(seconds, sweep.EVERY_SECONDS)
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        while True:
            self._sweep()
            if self._stopped.wait(sweep.EVERY_SECONDS):
                return

    def _sweep(self) -> None:
        outcome = "done"
        try:
            rings = sweep.run(self._runtime)
            if rings:
                log.info("rung_again", rows=len(rings))
                self._runtime.queue.ring(*rings)
            if time.monotonic() >= self._retention_at and not retention.run(self._runtime):
                self._retention_at = time.monotonic() + retention.EVERY_SECONDS
            self._runtime.library.tidy()
            self._runtime.gate.tidy()
        except BalasError as error:
            outcome = "put_off"
            log.warning("sweep_put_off", error=type(error).__name__)
        except Exception:
            # The thread's edge: a sweep that ended for good would leave lost doorbells lost.
            outcome = "failed"
            log.exception("sweep_failed")
        self._runtime.metrics.sweeps.labels(outcome).inc()
        if outcome == "done":
            self._runtime.metrics.last_sweep.set(time.time())

    def _gather(self) -> None:
        while not self._stopped.is_set():
            try:
                gather_gaps.run(self._runtime)
            except BalasError as error:
                log.warning("gaps_put_off", error=type(error).__name__)
            except Exception:
                if self._stopped.is_set():
                    return  # the model answered so slowly that its client was closed meanwhile
                log.exception("gaps_failed")  # the thread's edge, as above
            self._stopped.wait(sweep.EVERY_SECONDS)

    def _read_back(self) -> None:
        if self._runtime.waha_is_simulated:
            self._stopped.wait(STAND_IN_STARTS_SECONDS)
        while not self._stopped.is_set():
            try:
                rings = self._reader.run(self._stopped.is_set)
                if rings:
                    self._runtime.queue.ring(*rings)
            except BalasError as error:
                log.warning("catch_up_failed", error=type(error).__name__)
            except Exception:
                if self._stopped.is_set():
                    return  # WAHA answered so slowly that its client was closed meanwhile
                # The thread's edge: whatever went wrong, missed messages are looked for again.
                log.exception("catch_up_failed")
            self._stopped.wait(catching_up.LOOK_EVERY_SECONDS)
