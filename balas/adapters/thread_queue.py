"""Doorbells within one process: threads instead of a server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from balas.adapters.waiting import Key, WaitingRings
from balas.ports import BESIDES, BESIDES_AT_ONCE, JobName, Ring
from balas.telemetry import logger

Perform = Callable[[JobName, int], None]

log = logger("queue")


class ThreadQueue:
    """Runs rings on at most `concurrency` threads, made as they are needed: a turn mostly waits for its model.

    What is done besides has lines of its own: a person's message never stands behind documents.
    """

    def __init__(self, perform: Perform, concurrency: int = 64) -> None:
        self._front = _Line("worker", perform, concurrency)
        self._besides = {job: _Line(job, perform, BESIDES_AT_ONCE) for job in sorted(BESIDES)}

    def ring(self, *rings: Ring) -> None:
        for ring in rings:
            self._besides.get(ring.job, self._front).add(ring)

    def depth(self) -> int:
        """Documents that wait are not counted: the sweep leaves all rows alone while its queue is full."""
        return self._front.depth()

    def ping(self) -> None:
        """Always there."""

    def drain(self, timeout_seconds: float) -> bool:
        """Take no more work and wait for what runs; False when it did not end in time."""
        lines = [self._front, *self._besides.values()]
        for line in lines:
            line.stop()
        deadline = time.monotonic() + timeout_seconds
        return all(line.wait(max(0.0, deadline - time.monotonic())) for line in lines)

    def close(self) -> None:
        self.drain(0)


class _Line:
    def __init__(self, name: str, perform: Perform, concurrency: int) -> None:
        self._name = name
        self._perform = perform
        self._concurrency = concurrency
        self._waiting = WaitingRings()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0
        self._running = 0
        self._stopped = False

    def add(self, ring: Ring) -> None:
        with self._changed:
            if self._stopped or not self._waiting.add(ring, time.monotonic()):
                return
            if self._idle < len(self._waiting) and self._threads < self._concurrency:
                self._threads += 1
                threading.Thread(target=self._work, name=f"{self._name}-{self._threads}", daemon=True).start()
            self._changed.notify()

    def depth(self) -> int:
        with self._changed:
            return self._waiting.count_due(time.monotonic())

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()

    def wait(self, timeout_seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout_seconds)

    def _work(self) -> None:
        while (key := self._next()) is not None:
            try:
                self._perform(*key)
            except Exception:
                # The thread's edge: threads that ended one by one would leave a queue that nobody works on.
                log.exception("work_failed")
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    def _next(self) -> Key | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._stopped:
                    now = time.monotonic()
                    if (key := self._waiting.take(now)) is not None:
                        self._running += 1
                        return key
                    due = self._waiting.next_due()
                    self._changed.wait(None if due is None else due - now)
                return None
            finally:
                self._idle -= 1
