"""What was found for the questions of a turn, and which of it stands under the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from balas.rag.question import Asked
from balas.values import Retrieval

PASSAGES = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question of a turn and what was found for it."""

    asked: Asked
    retrieval: Retrieval
    excluded: frozenset[int] = frozenset()  # documents that answer another question, see `rivals`

    @classmethod
    def of(cls, asked: Asked, retrieval: Retrieval) -> Evidence:
        """With the question as it was searched: accents may have been restored."""
        own = retrieval.query if asked.own == asked.search else asked.own
        return cls(replace(asked, own=own, search=retrieval.query), retrieval)
