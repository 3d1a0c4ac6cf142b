"""The statements of a text with what each of them states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from balas.rag.checks.leads import lead
from balas.rag.checks.polarity import ANY, Spoken, denies, is_exception, is_free
from balas.rag.checks.statements import content_of, statements, without_articles
from balas.rag.words import cues
from balas.rag.words.dates import months_of
from balas.rag.words.figures import Figure, Figures, collected, figures
from balas.rag.words.lexical import grams_of
from balas.rag.words.names import with_opening
from balas.rag.words.sentences import split_sentences
from balas.rag.words.units import is_money
from balas.rag.words.weekdays import EVERY, weekdays

LONGEST = 80  # pieces of a passage that are looked at
_CELL = re.compile(r"(?:^|; )[^:;]+: ")


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement."""

    words: frozenset[str]
    content: tuple[str, ...]  # words beside figures and small ones
    grams: frozenset[str]
    before: frozenset[str]  # what it may leave unsaid because the piece before says it: "… for men 250, for women 220"
    earlier: frozenset[str]  # the same of the sentences before
    figures: Figures
    own: tuple[Figure, ...]
    names: frozenset[str]
    days: frozenset[int]
    months: frozenset[int]
    denies: bool
    is_free: bool  # says that something costs nothing, or is included
    is_extra: bool  # says that something is paid apart
    is_limited: bool  # "only"
    is_row: bool  # a cell of a table
    text: str


def piece_of(
    text: str,
    own: tuple[Figure, ...],
    spoken: Spoken = ANY,
    before: frozenset[str] = frozenset(),
    earlier: frozenset[str] = frozenset(),
    *,
    is_row: bool = False,
) -> Piece:
    known = cues.entries("day") | cues.ordered("month").keys()
    named = () if "de" in spoken else with_opening(text)  # in German every noun has a capital
    told = frozenset(cues.normal(name) for name in named if not set(cues.words(name)) <= known)
    return Piece(
        frozenset(cues.words(text)),
        tuple(word for word in content_of(text) if word not in known),
        grams_of(without_articles(text)),
        before,
        earlier,
        collected(text, spoken),
        own,
        told,
        EVERY if cues.has(text, "daily") else weekdays(text),
        months_of(text),
        denies(text, spoken),
        is_free(text),
        cues.has(text, "extra"),
        cues.has(text, "only"),
        is_row,
        text,
    )


def pieces_of(text: str, spoken: Spoken = ANY) -> list[Piece]:
    """A question states nothing; its words go with what stands below it."""
    pieces: list[Piece] = []
    language = next(iter(spoken)) if len(spoken) == 1 else None
    asked = frozenset[str]()
    for line in text.splitlines()[:LONGEST]:
        before, earlier = asked, frozenset[str]()
        is_row = len(_CELL.findall(line)) > 1
        for sentence in split_sentences(line):
            if sentence.endswith(("?", "？", "؟")):
                before = asked = grams_of(sentence)
                continue
            days, months = frozenset[int](), frozenset[int]()
            for part in statements(lead(sentence).rest, spoken):
                piece = piece_of(part, tuple(figures(part, language)), spoken, before, earlier, is_row=is_row)
                if (
                    not (is_row and piece.own) or before == asked
                ):  # a value goes with its row's name, not with another one
                    before |= piece.grams
                if _excludes(piece):
                    pieces = [*_apart_from(pieces, piece), piece]
                    days, months = frozenset(), frozenset()
                    continue
                # "Monday to Friday from 10:00 to 14:00 and from 16:00 to 20:00": the days go for both.
                days, months = piece.days or days, piece.months or months
                pieces.append(replace(piece, days=days, months=months))
            before, earlier = asked, earlier | before
    return pieces[:LONGEST]


@lru_cache(maxsize=256)  # a sentence is held against every passage
def claimed(text: str, language: str | None, spoken: Spoken) -> tuple[Piece, ...]:
    """The statements of a sentence, with the days and months that hold for those after, too."""
    claims: list[Piece] = []
    days, months = frozenset[int](), frozenset[int]()
    for part in statements(text, spoken):
        claim = piece_of(part, tuple(figures(part, language)), spoken)
        if _excludes(claim):
            claims = [*_apart_from(claims, claim), claim]
            days, months = frozenset(), frozenset()
            continue
        days, months = claim.days or days, claim.months or months
        claims.append(replace(claim, days=days, months=months))
    return tuple(claims)


def limits(piece: Piece) -> bool:
    """Does it say that something is not so, or only so? What it excepts is not of that kind."""
    return piece.is_limited or (piece.denies and not is_exception(piece.text))


def is_priced(piece: Piece) -> bool:
    """Does it say that something is paid?"""
    return piece.is_extra or any(is_money(figure.unit) for figure in piece.own) or (piece.is_free and piece.denies)


def _excludes(piece: Piece) -> bool:
    """ "except Mondays", "but not on Mondays"."""
    return is_exception(piece.text) or (piece.denies and bool(piece.days) and not piece.content and not piece.own)


def _apart_from(pieces: Sequence[Piece], exception: Piece) -> list[Piece]:
    """ "every day except Mondays": what was said before is not about Mondays."""
    last = pieces[-1:]
    if last and last[0].days > exception.days:
        return [*pieces[:-1], replace(last[0], days=last[0].days - exception.days)]
    return list(pieces)
