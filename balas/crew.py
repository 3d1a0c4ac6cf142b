"""How many jobs of a process compute at a time: a job that waits for another server lets others compute meanwhile.

Python runs one thread at a time. Hundreds of threads that all want to go on wake each other up instead of working: 300
turns that came back from their model at once cost five times the CPU of the same turns let through a few at a time.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

HANDS = 4
HANDS_BESIDE_WEB = 2  # where the webhook waits for the same interpreter
# Where no hand has changed its owner for so long, whoever is next goes on without one: it may hold what the others wait
# for. Counted from the last change, since a long line that moves is only long.
PATIENCE_SECONDS = 5.0

Waiting = Callable[[], AbstractContextManager[None]]
_Line = deque[threading.Lock]  # one a thread that waits, released by whoever hands over to it


class Crew:
    """`hands` jobs at a time; safe to share between threads.

    A free hand goes by turns to one that comes back from waiting and to one that begins, each line in its order: the
    first answers leave early, and hundreds of turns still wait for their models at the same time.
    """

    def __init__(self, hands: int = HANDS) -> None:
        self._guard = threading.Lock()
        self._free = hands
        self._beginning, self._returning = _Line(), _Line()
        self._moved = time.monotonic()
        self._returner_is_next = True
        self._mine = threading.local()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Inside, this thread counts as one that computes."""
        self._take(self._beginning)
        try:
            yield
        finally:
            self._leave()

    def waiting(self) -> AbstractContextManager[None]:
        """Inside, somebody else may compute; nothing happens in a thread that does not count."""
        return self._away(self._returning)

    def waiting_to_begin(self) -> AbstractContextManager[None]:
        """The same for a job that has done nothing yet."""
        return self._away(self._beginning)

    @contextmanager
    def _away(self, line: _Line) -> Iterator[None]:
        if not getattr(self._mine, "counts", False):
            yield
            return
        self._leave()
        try:
            yield
        finally:
            self._take(line)

    def _take(self, line: _Line) -> None:
        self._mine.holds = self._handed(line)
        self._mine.counts = True

    def _handed(self, line: _Line) -> bool:
        """False where patience ended."""
        with self._guard:
            if self._free:
                self._free -= 1
                self._moved = time.monotonic()
                return True
            turn = threading.Lock()
            turn.acquire()
            line.append(turn)
        while not turn.acquire(timeout=PATIENCE_SECONDS):
            with self._guard:
                if turn in line and time.monotonic() - self._moved >= PATIENCE_SECONDS:
                    line.remove(turn)
                    return False
        return True

    def _leave(self) -> None:
        if self._mine.holds:
            with self._guard:
                self._moved = time.monotonic()
                if (following := self._following()) is None:
                    self._free += 1
                else:
                    following.release()
        self._mine.holds = self._mine.counts = False

    def _following(self) -> threading.Lock | None:
        first, second = self._beginning, self._returning
        if self._returner_is_next:
            first, second = second, first
        self._returner_is_next = not self._returner_is_next
        line = first or second
        return line.popleft() if line else None
