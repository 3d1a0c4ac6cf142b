"""Doorbells within one process: threads instead of a server."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable

from balas.ports import JobName, Ring
from balas.telemetry import logger

Perform = Callable[[JobName, int], None]

log = logger("queue")


class ThreadQueue:
    """Runs rings on at most `concurrency` threads, made as they are needed: a turn mostly waits for its model.

    A ring for a row that already waits is dropped; the earlier of two moments counts.
    """

    def __init__(self, perform: Perform, concurrency: int = 64) -> None:
        self._perform = perform
        self._concurrency = concurrency
        self._heap: list[tuple[float, int, JobName, int]] = []
        self._due: dict[tuple[JobName, int], float] = {}
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0
        self._running = 0
        self._stopped = False

    def ring(self, *rings: Ring) -> None:
        with self._changed:
            for ring in rings:
                self._add(ring)
            self._changed.notify_all() if len(rings) > 1 else self._changed.notify()

    def _add(self, ring: Ring) -> None:
        key = (ring.job, ring.row_id)
        due = time.monotonic() + ring.delay_seconds
        if self._stopped or self._due.get(key, float("inf")) <= due:
            return
        self._due[key] = due
        heapq.heappush(self._heap, (due, next(self._order), *key))
        if self._idle < len(self._due) and self._threads < self._concurrency:
            self._threads += 1
            threading.Thread(target=self._work, name=f"worker-{self._threads}", daemon=True).start()

    def depth(self) -> int:
        with self._changed:
            now = time.monotonic()
            return sum(due <= now for due in self._due.values())

    def ping(self) -> None:
        """Always there."""

    def drain(self, timeout_seconds: float) -> bool:
        """Take no more work and wait for what runs; False when it did not end in time."""
        with self._changed:
            self._stopped = True
            self._due.clear()
            self._heap.clear()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._running == 0, timeout_seconds)

    def close(self) -> None:
        self.drain(0)

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

    def _next(self) -> tuple[JobName, int] | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._stopped:
                    now = time.monotonic()
                    if not self._heap:
                        self._changed.wait()
                        continue
                    due, _, job, row_id = self._heap[0]
                    if due > now:
                        self._changed.wait(due - now)
                        continue
                    heapq.heappop(self._heap)
                    if self._due.get((job, row_id)) == due:  # else an earlier ring for the row took its place
                        del self._due[job, row_id]
                        self._running += 1
                        return job, row_id
                return None
            finally:
                self._idle -= 1
