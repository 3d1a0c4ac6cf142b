"""Which passages an answer rests on, and how they are named under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from balas.rag.grounding import Grounded
from balas.rag.quoting.closest import closest_quote
from balas.rag.talk.source_request import around, rows_of
from balas.values import Passage, Retrieval, Source

MAX_SOURCES = 3
MAX_PASSAGES = 8  # a model is shown


def passages_of(sources: Sequence[Source], passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The sources with the whole passages in place of the sentences."""
    found: list[Source] = []
    for source in sources:
        line = source.quote.partition("\n")[0]
        passage = next((one for one in passages if one.document_id == source.document_id and line in one.text), None)
        if passage is not None:
            found.append(replace(source, quote=around(passage.text, line), url=passage.url))
    return tuple(found)


def merged(retrievals: Sequence[Retrieval], limit: int = MAX_PASSAGES) -> tuple[Passage, ...]:
    """The passages of several questions, each question's best first, every passage once."""
    unique: dict[int, Passage] = {}
    for rank in zip_longest(*(retrieval.passages for retrieval in retrievals)):
        for passage in rank:
            if passage is not None:
                unique.setdefault(passage.chunk_id, passage)
    return tuple(unique.values())[:limit]


def sources_of(grounded: Grounded, passages: Sequence[Passage]) -> tuple[Source, ...]:
    """The passages that hold the answer, each page or sheet of a document once, with the sentence that says it."""
    found: dict[tuple[int, int | None, str], Source] = {}
    for place in grounded.cited[:MAX_SOURCES]:
        passage = passages[place]
        quote = closest_quote(grounded.text, passage)
        rows = rows_of(passage.text, passage.rows, quote)
        source = Source(passage.document_id, passage.title, passage.page, quote, passage.url, passage.heading, rows)
        found.setdefault((passage.document_id, passage.page, source.sheet), source)
    return tuple(found.values())
