"""Rings that wait for their moment, one for each row: what both queues keep in their own process."""

from __future__ import annotations

import heapq
import itertools

from balas.ports import JobName, Ring

Key = tuple[JobName, int]


class WaitingRings:
    """In the order they are due; of two rings for a row the earlier moment counts. Whoever uses it holds a lock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Key]] = []
        self._due: dict[Key, float] = {}
        self._order = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def add(self, ring: Ring, now: float) -> bool:
        """False when a ring for the row waits already, and no longer than this one would."""
        key = (ring.job, ring.row_id)
        due = now + max(0.0, ring.delay_seconds)
        if self._due.get(key, float("inf")) <= due:
            return False
        self._due[key] = due
        heapq.heappush(self._heap, (due, next(self._order), key))
        return True

    def take(self, now: float) -> Key | None:
        """The first one that is due."""
        if (due := self.next_due()) is None or due > now:
            return None
        key = heapq.heappop(self._heap)[2]
        del self._due[key]
        return key

    def next_due(self) -> float | None:
        while self._heap:
            due, _, key = self._heap[0]
            if self._due.get(key) == due:
                return due
            heapq.heappop(self._heap)  # an earlier ring for the row took its place
        return None

    def count_due(self, now: float) -> int:
        return sum(due <= now for due in self._due.values())

    def clear(self) -> None:
        self._heap.clear()
        self._due.clear()
