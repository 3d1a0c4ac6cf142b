"""The same said in another language: documents often tell a fact twice, and who asks reads one of them.

Figures tell it: they are the same in every language, and a set of them is seldom another fact's too.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from balas.rag.quoting.quotes import Quote, quotes
from balas.rag.words import topics
from balas.rag.words.figures import figures
from balas.rag.words.language import is_foreign
from balas.values import Passage

TELLING = 100  # a number from which one alone tells a fact; smaller ones only together


def in_language(found: Sequence[Quote], passages: Sequence[Passage], language: str) -> list[Quote]:
    """The quotes, each in this language where one of the passages says it so."""
    if not any(is_foreign(language, (one.passage.language,)) for one in found):
        return list(found)
    own = [quote for passage in passages if not is_foreign(language, (passage.language,)) for quote in quotes(passage)]
    return [_in(own, one) if is_foreign(language, (one.passage.language,)) else one for one in found]


def _in(own: Sequence[Quote], said: Quote) -> Quote:
    told = _told(said)
    if not told or (len(told) == 1 and max(told) < TELLING):
        return said
    about = topics.shown(f"{said.context}\n{said.text}")
    twins = {one.text: one for one in own if _told(one) == told}
    twins = {text: one for text, one in twins.items() if not about or about & topics.shown(f"{one.context}\n{text}")}
    return next(iter(twins.values())) if len(twins) == 1 else said


def _told(quote: Quote) -> frozenset[Decimal]:
    read = figures(quote.text)
    return frozenset(
        Decimal(one.minutes) if one.minutes is not None else min(one.values)
        for one in read
        if one.values or one.minutes is not None
    )
