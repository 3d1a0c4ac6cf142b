"""Work that threads do now or at a later moment; a few daemon threads, started when they are needed."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from itertools import count

Work = Callable[[], None]


class Timetable:
    def __init__(self, threads: int = 32) -> None:
        self._most = threads
        self._heap: list[tuple[float, int, Work]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._threads = self._free = self._running = 0
        self._closed = False

    def add(self, work: Work, delay_seconds: float = 0.0) -> None:
        with self._changed:
            if self._closed:
                return
            heapq.heappush(self._heap, (time.monotonic() + delay_seconds, next(self._order), work))
            if self._free < len(self._heap) and self._threads < self._most:
                self._threads += 1
                self._free += 1
                threading.Thread(target=self._work, name="simulator", daemon=True).start()
            self._changed.notify_all()

    def idle(self, timeout: float) -> bool:
        """Whether everything is done, retries and delays included, within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._heap and not self._running, timeout)

    def clear(self) -> None:
        """Forget what is not begun."""
        with self._changed:
            self._heap.clear()
            self._changed.notify_all()

    def close(self, timeout: float = 2.0) -> None:
        """Begin nothing more, and give what is running `timeout` seconds to end."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._running, timeout)

    def _work(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            finally:
                with self._changed:
                    self._running -= 1
                    self._free += 1
                    self._changed.notify_all()

    def _next(self) -> Work | None:
        with self._changed:
            while not self._closed:
                left = self._heap[0][0] - time.monotonic() if self._heap else None
                if left is not None and left <= 0:
                    self._free -= 1
                    self._running += 1
                    return heapq.heappop(self._heap)[2]
                self._changed.wait(left)
            self._threads -= 1
            return None
