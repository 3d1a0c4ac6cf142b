"""Time-outs of jobs that run in threads: RQ's own signal reaches the main thread alone."""

from __future__ import annotations

import ctypes
import heapq
import itertools
import threading
import time

from rq.timeouts import BaseDeathPenalty

MOST_FORGOTTEN = 1_000


class Watchdog:
    """One thread for the time-outs of all running jobs: a timer thread for each would double the threads."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._running: dict[int, tuple[int, type[BaseException]]] = {}
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, seconds: float, exception: type[BaseException]) -> int:
        ticket = next(self._order)
        with self._changed:
            self._running[ticket] = (threading.get_ident(), exception)
            heapq.heappush(self._heap, (time.monotonic() + seconds, ticket))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="job-timeouts", daemon=True)
                self._thread.start()
            self._changed.notify()
        return ticket

    def forget(self, ticket: int) -> None:
        with self._changed:
            self._running.pop(ticket, None)
            if len(self._heap) > 2 * len(self._running) + MOST_FORGOTTEN:  # else each would stay until it is due
                self._heap = [entry for entry in self._heap if entry[1] in self._running]
                heapq.heapify(self._heap)

    def _run(self) -> None:
        with self._changed:
            while True:
                if not self._heap:
                    self._changed.wait()
                    continue
                due, ticket = self._heap[0]
                if ticket in self._running and due > time.monotonic():
                    self._changed.wait(due - time.monotonic())
                    continue
                heapq.heappop(self._heap)
                overdue = self._running.pop(ticket, None)
                if overdue is not None:
                    # Ends the job at its next step in Python; a call that blocks has a time-out of its own.
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_long(overdue[0]), ctypes.py_object(overdue[1]))


class WatchdogPenalty(BaseDeathPenalty):
    watchdog = Watchdog()  # the process's: its thread outlives a worker that lost Redis

    def setup_death_penalty(self) -> None:
        self._ticket = self.watchdog.watch(self._timeout, self._exception) if self._timeout > 0 else None

    def cancel_death_penalty(self) -> None:
        if self._ticket is not None:
            self.watchdog.forget(self._ticket)
