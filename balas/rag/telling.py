"""Which quotes can be told: not what points elsewhere, says what another says, or is about another day."""

from __future__ import annotations

from collections.abc import Sequence

from balas.rag import cues
from balas.rag.fitness import is_pointer, of_the_holiday
from balas.rag.quotes import Quote
from balas.values import ChunkKind


def telling(found: list[Quote], *, strictly: bool) -> list[Quote]:
    """Without what only points elsewhere; an entry that tells something too is quoted as a whole."""
    left = [one for one in found if one.is_row or not is_pointer(one.text)]
    is_entry = bool(found) and found[0].passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED}
    return found if left and is_entry and not strictly else left


def of_the_day(found: list[Quote], question: str) -> list[Quote]:
    """Of the rows and dates of holidays those of the one that is asked about."""
    may = of_the_holiday(question, [(quote.context, quote.text) for quote in found])
    return [quote for quote, is_its in zip(found, may, strict=True) if is_its]


def distinct(found: Sequence[Quote]) -> list[Quote]:
    """Overlapping passages and copies hold the same sentences: the first counts."""
    seen: dict[str, Quote] = {}
    for quote in found:
        seen.setdefault(" ".join(cues.words(quote.text)), quote)
    return list(seen.values())
