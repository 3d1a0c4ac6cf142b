"""Runs the sweep every few seconds, in a thread of each process that works on jobs."""

from __future__ import annotations

import threading
import time

from balas.errors import BalasError
from balas.jobs import sweep
from balas.runtime import Runtime
from balas.telemetry import logger

log = logger("sweep")


class Sweeper:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        """The first sweep runs at once: it picks up what a killed process left behind."""
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=sweep.EVERY_SECONDS)

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
            self._runtime.library.tidy()
        except BalasError as error:
            outcome = "put_off"
            log.warning("sweep_put_off", error=type(error).__name__)
        except Exception:
            # The thread's edge: a sweep that ended for good would leave lost doorbells lost.
            outcome = "failed"
            log.exception("sweep_failed")
        self._runtime.metrics.sweeps.labels(outcome).inc()
        self._runtime.metrics.last_sweep.set(time.time())
