"""How many jobs of a process compute at a time: a job that waits for another server lets others compute meanwhile.

Python runs one thread at a time. Hundreds of threads that all want to go on wake each other up instead of working: 300
turns that came back from their model at once cost five times the CPU of the same turns let through a few at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

HANDS = 4
HANDS_BESIDE_WEB = 2  # where the webhook waits for the same interpreter
# Whoever comes back and finds no free hand for so long goes on without one: it may hold what the others wait for.
PATIENCE_SECONDS = 5.0

Waiting = Callable[[], AbstractContextManager[None]]


class Crew:
    """`hands` jobs at a time; safe to share between threads."""

    def __init__(self, hands: int = HANDS) -> None:
        self._free = threading.Semaphore(hands)
        self._mine = threading.local()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Inside, this thread counts as one that computes."""
        self._take()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, somebody else may compute; nothing happens in a thread that does not count."""
        if not getattr(self._mine, "counts", False):
            yield
            return
        self._leave()
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        self._mine.holds = self._free.acquire(timeout=PATIENCE_SECONDS)
        self._mine.counts = True

    def _leave(self) -> None:
        if self._mine.holds:
            self._free.release()
        self._mine.holds = self._mine.counts = False
