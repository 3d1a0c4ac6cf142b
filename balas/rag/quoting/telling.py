"""Which quotes can be told, and with what: not what points elsewhere, repeats another, or is about another day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from balas.rag.checks.leads import lead
from balas.rag.question import Asked
from balas.rag.quoting.fitness import is_pointer, of_the_holiday
from balas.rag.quoting.quotes import Quote
from balas.rag.quoting.word_shares import held, terms_of
from balas.rag.words import cues, topics
from balas.rag.words.answer_kinds import wanted_kinds
from balas.rag.words.lexical import grams_of, plain_words
from balas.values import ChunkKind

ELLIPTICAL = 3  # words up to which a sentence says something only under its question
SAME_QUESTION = 0.6  # share of the words of an entry's question from which it is the one that was asked
NAMING_CELLS = 2  # of a row: a code and a name
WIDE_ROW = 100  # characters from which cells that do not answer are left out where several rows are shown
POINTING = 2  # words at the beginning of a sentence that may point back
_NUMBER = re.compile(r"\d")


def telling(found: list[Quote], *, strictly: bool) -> list[Quote]:
    """Without what only points elsewhere; an entry that tells something too is quoted as a whole."""
    left = [one for one in found if one.is_row or not is_pointer(one.text)]
    is_entry = bool(found) and found[0].passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED}
    return found if left and is_entry and not strictly else left


def points_back(quote: Quote) -> bool:
    """Is it understood by the sentence before it alone ("This branch opens on Sunday too")?"""
    opening = cues.words(quote.text)[:POINTING]
    return quote.follows and any(word in cues.entries("anaphor", quote.passage.language) for word in opening)


def of_what_is_asked(found: list[Quote], question: str) -> list[Quote]:
    """Of the rows and dates of holidays those of the one that is asked about; without the name in capitals that a
    document opens with ("SUN LTD, HILL ROAD"), unless it tells what is asked."""
    asked = topics.heard(question).topics
    found = [one for one in found if not _is_letterhead(one) or topics.share(asked, one.text)]
    may = of_the_holiday(question, [(quote.context, quote.text) for quote in found])
    return [quote for quote, is_its in zip(found, may, strict=True) if is_its]


def _is_letterhead(quote: Quote) -> bool:
    passage = quote.passage
    if passage.position or quote.place or passage.kind is not ChunkKind.TEXT or _NUMBER.search(quote.text):
        return False
    return quote.text.isupper() and (quote.text == passage.text or not passage.text.isupper())


def distinct(found: Sequence[Quote]) -> list[Quote]:
    """Overlapping passages and copies hold the same sentences: the first counts."""
    seen: dict[str, Quote] = {}
    for quote in found:
        seen.setdefault(" ".join(cues.words(quote.text)), quote)
    return list(seen.values())


def with_its_question(first: Quote, asked: str) -> Quote:
    """ "Not yet." answers the question it was written for, and says the wrong thing under another; so does a "no,"."""
    is_elliptical = len(cues.words(first.text)) <= ELLIPTICAL and not _NUMBER.search(first.text)
    if not is_elliptical and lead(first.text).says is None:
        return first
    grams, terms = grams_of(asked), plain_words(" ".join(cues.without(first.context, "hollow")))
    if sum(held(term, grams) for term in terms) >= SAME_QUESTION * len(terms):
        return first
    return replace(first, lead=first.context)


def row_shown(quote: Quote, asked: Asked) -> str:
    """One of several rows: of wide ones only what names it, what is asked for and what has figures."""
    if not quote.is_row or len(quote.text) <= WIDE_ROW or "amount" not in wanted_kinds(asked.search):
        return quote.text
    terms = [term for term in terms_of(asked) if len(term) > 1]
    kept = [
        cell
        for place, cell in enumerate(quote.cells)
        if place < NAMING_CELLS or _NUMBER.search(cell) or any(held(term, grams_of(cell)) for term in terms)
    ]
    return "; ".join(kept)
