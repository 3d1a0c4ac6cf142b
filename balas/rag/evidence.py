"""What was found for the questions of a turn, and which of it stands under the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from balas.rag.grounding import Grounded, closest_quote
from balas.rag.question import Asked
from balas.values import Passage, Retrieval, Source

PASSAGES = 8
MAX_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question of a turn and what was found for it."""

    asked: Asked
    retrieval: Retrieval


def merged(retrievals: Sequence[Retrieval], limit: int = PASSAGES) -> tuple[Passage, ...]:
    """The passages of several questions, each question's best first, every passage once."""
    unique: dict[int, Passage] = {}
    for rank in zip_longest(*(retrieval.passages for retrieval in retrievals)):
        for passage in rank:
            if passage is not None:
                unique.setdefault(passage.chunk_id, passage)
    return tuple(unique.values())[:limit]


def sources_of(grounded: Grounded, passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The passages that hold the answer, each page of a document once, with the sentence that says it."""
    found: dict[tuple[int, int | None], Source] = {}
    for place in grounded.cited[:MAX_SOURCES]:
        passage = passages[place]
        source = Source(passage.document_id, passage.title, passage.page, closest_quote(grounded.text, passage))
        found.setdefault((passage.document_id, passage.page), source)
    return tuple(found.values())
