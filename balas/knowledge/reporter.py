"""Shows people the progress of a document, in plain words, a few times a second at most."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from balas.database.engine import Database
from balas.database.session import transaction
from balas.knowledge import indexer
from balas.knowledge.indexer import Work

EVERY_SECONDS = 0.5
READING_SHARE = 0.3

_OF = re.compile(r"(\d+) of (\d+)")


class Reporter:
    """Writes the progress of a document that is indexed alone. Many small ones together take seconds: no need there.

    Its calls raise `LeaseLost` when the document was replaced or deleted, which ends the work on it.
    """

    def __init__(self, database: Database, works: Sequence[Work]) -> None:
        self._database = database
        self._work = works[0] if len(works) == 1 else None
        self._next_at = 0.0

    def read(self, line: str) -> None:
        """`line` as the readers say it: "reading page 12 of 40"."""
        found = _OF.search(line)
        share = int(found[1]) / max(1, int(found[2])) if found else 0.0
        self._write(line, READING_SHARE * min(1.0, share))

    def indexed(self, done: int, total: int) -> None:
        self._write(f"indexing {done} of {total} passages", READING_SHARE + (1 - READING_SHARE) * done / total)

    def weighed(self) -> None:
        """That golden questions are asked may take a minute, and is told at once."""
        self._next_at = 0.0
        self._write("asking the known questions", 1.0)

    def _write(self, phase: str, progress: float) -> None:
        if self._work is None or time.monotonic() < self._next_at:
            return
        with transaction(self._database) as session:
            indexer.note(session, self._work, phase, progress)
        self._next_at = time.monotonic() + EVERY_SECONDS
