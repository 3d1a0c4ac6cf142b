"""One question in several phrasings: a follow-up completed from what was said before, and the person's own words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from balas.rag.question import Asked
from balas.values import Passage, Retrieval

OWN_DISCOUNT = 0.2  # of a score: a follow-up's own words leave out what it is about


def search_phrasings(asked: Asked, search: Callable[[str], Retrieval], limit: int) -> Retrieval:
    """The passages for the completed question. Those for the other phrasings count less, but are not left out."""
    first = search(asked.search)
    others = [search(phrasing) for phrasing in asked.extra if phrasing.strip() and phrasing != asked.search]
    if not others:
        return first
    best: dict[int, Passage] = {passage.chunk_id: passage for passage in first.passages}
    for other in others:
        for passage in other.passages:
            score = passage.score - OWN_DISCOUNT
            known = best.get(passage.chunk_id)
            if known is None or known.score < score:
                best[passage.chunk_id] = replace(passage, score=score)
    ranked = sorted(best.values(), key=lambda passage: (-passage.score, passage.chunk_id))
    answerable = max(first.answerable, *(other.answerable for other in others))
    return replace(first, passages=tuple(ranked[:limit]), answerable=answerable)
