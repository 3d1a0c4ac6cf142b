"""Does a text say the same of the same thing? Figures, days and denials are held against the piece they belong to.

That a price stands somewhere in a passage is not enough: "the red one costs £48" is wrong when £48 is the blue one's.
A text is cut into pieces that make one statement each; a sentence is compared with the pieces that share its words
and days. Words are compared within one language; days, figures and denials across languages too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from balas.rag import cues
from balas.rag.antonyms import has_antonym
from balas.rag.figures import Figure, Figures, collected, every_figure, figures, holds
from balas.rag.leads import lead
from balas.rag.lexical import grams_of, plain_words, word_grams
from balas.rag.names import names
from balas.rag.sentences import split_sentences
from balas.rag.units import is_money, same_unit
from balas.rag.weekdays import day_groups, weekdays

UNSAID = 0.8  # what a word counts that only the piece before holds
CLEARER = 0.5  # shares of a rare word by which another piece must fit better
DENIED = 0.6  # share of a sentence's words from which a piece is taken to make the same statement
SAID_HERE = 0.8  # share of a statement's words from which a passage is in its language and speaks of it
LONGEST = 80  # pieces of a passage that are looked at

_PART = re.compile(
    r"(?<=[;,；，،、])\s+|\s+(?=[-–—]\s)|\s+(?=(?:and|or|dan|atau|y|o|e|ou|et|und|oder|en|ve|veya|и|или|і|або|और|या|এবং|اور|و|và)\s)"
    r"|\s+(?=و(?:[^\W\d_]{2}|\d))|(?<=[，、；])"
)
_DENYING_SIGNS = "不没未无無"
_BUT = re.compile(
    r"(?<=[;；])\s+|,?\s+(?=(?:but|pero|sino|mas|porém|mais|aber|sondern|tetapi|tapi|namun|ma|maar|но|لكن|लेकिन|ama)\s)"
)
_SHORT_PLURAL = 4  # letters: "toys" shares too few grams with "toy"


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement."""

    words: frozenset[str]
    content: bool  # has words beside figures and days
    grams: frozenset[str]
    before: frozenset[str]  # what it may leave unsaid because the piece before says it: "… for men 250, for women 220"
    figures: Figures
    own: tuple[Figure, ...]
    names: frozenset[str]
    days: frozenset[int]
    denies: bool


class Claims:
    """The statements of a passage. Title and headings (`above`) name days, but state nothing."""

    def __init__(self, text: str, above: str = "") -> None:
        self._text = text
        self._above = above

    @cached_property
    def _pieces(self) -> list[Piece]:
        return _pieces(self._text)  # only of passages that hold a sentence's figures and names to the letter

    @cached_property
    def days(self) -> frozenset[int]:
        return weekdays(self._above).union(*(piece.days for piece in self._pieces))

    def problem(self, sentence: str, language: str | None, asked_days: frozenset[int]) -> str | None:
        """What of a sentence these statements contradict; None when nothing. `asked_days`: of the person's question."""
        bare = lead(sentence).rest
        before: tuple[str, ...] = ()
        days = frozenset[int]()
        for part in statements(bare):
            words = _content(part)
            claim = piece_of(part, tuple(figures(part, language)))
            days = claim.days or days
            claim = replace(claim, days=days)
            unknown = claim.days - self.days
            if unknown and not (claim.denies and unknown <= asked_days):
                return "day not in the passage"
            said = words or before
            if problem := self._paired(claim, said, 1.0 if said is before else UNSAID) or self._crossed(claim):
                return problem
            if problem := self._denied(claim, said):
                return problem
            before = said
        return None

    def _paired(self, claim: Piece, words: Sequence[str], unsaid: float) -> str | None:
        """Each figure and name must stand in the piece that the rest of the statement is about."""
        fits = [(piece, self._fit(piece, claim, words, unsaid)) for piece in self._pieces]
        for figure in claim.own:
            bearing = [fit for piece, fit in fits if holds(piece.figures, figure)]
            rivals = [
                fit
                for piece, fit in fits
                if not holds(piece.figures, figure) and any(_is_alike(figure, other) for other in piece.own)
            ]
            if _outdone(bearing, rivals) or self._borrowed(figure, words):
                return f"figure of something else: {figure.raw}"
        for name in claim.names if not claim.own else ():
            others = [word for word in words if word not in name]
            told = [(piece, self._fit(piece, claim, others, unsaid)) for piece in self._pieces if piece.names]
            bearing = [fit for piece, fit in told if name in piece.names]
            rivals = [fit for piece, fit in told if name not in piece.names and not piece.names & claim.names]
            if _outdone(bearing, rivals):
                return f"name of something else: {name}"
        return None

    def _borrowed(self, figure: Figure, words: Sequence[str]) -> bool:
        """Does a piece beside those that bear a figure have the statement's words, with a figure of its own for them?

        "Tea is 3 €, coffee 4 €": what coffee leaves unsaid is not "tea".
        """
        held = sum(any(_holds(word, piece.grams) for piece in self._pieces) for word in words)
        if not words or held < SAID_HERE * len(words):
            return False
        bearing = [piece for piece in self._pieces if holds(piece.figures, figure)]
        if not bearing or any(not piece.content or _share(words, piece.grams) for piece in bearing):
            return False
        others = [p for p in self._pieces if p not in bearing and any(_is_alike(figure, other) for other in p.own)]
        rare = [word for word in words if sum(_holds(word, piece.grams) for piece in self._pieces) == 1]
        return any(_holds(word, piece.grams) for piece in others for word in rare)

    def _crossed(self, claim: Piece) -> str | None:
        """Two figures of a statement, each standing in the passage beside another one: "20 % from 5 kg"."""
        for one, other in combinations(claim.own, 2):
            if _is_alike(one, other):
                continue
            with_one = [piece for piece in self._pieces if holds(piece.figures, one)]
            with_other = [piece for piece in self._pieces if holds(piece.figures, other)]
            if _pairs_otherwise(with_one, other) and _pairs_otherwise(with_other, one):
                return f"figures that belong to others: {one.raw}, {other.raw}"
        return None

    def _denied(self, claim: Piece, words: Sequence[str]) -> str | None:
        """A statement is turned round when every piece that makes it says the opposite."""
        about = [piece for piece in self._pieces if claim.days and piece.days & claim.days]
        if not about:
            shares = [_share(words, piece.grams) for piece in self._pieces]
            best = max(shares, default=0.0)
            if best < DENIED or len(words) < 2:
                return None
            about = [piece for share, piece in zip(shares, self._pieces, strict=True) if share >= best - 0.1]
        turned = all((piece.denies is not claim.denies) is not _is_opposite(piece, claim) for piece in about)
        return "the passage says the opposite" if turned else None

    def _fit(self, piece: Piece, claim: Piece, words: Sequence[str], unsaid: float) -> float:
        """How much of a statement's words and days a piece shares; what every piece has tells nothing."""
        own = {word for word in words if _holds(word, piece.grams)}
        left_out = {word for word in words if word not in own and _holds(word, piece.before)}
        total = sum(self._rarity(word) for word in own) + unsaid * sum(self._rarity(word) for word in left_out)
        return total + (1.0 if claim.days and piece.days & claim.days else 0.0)

    def _rarity(self, word: str) -> float:
        held = sum(_holds(word, piece.grams) for piece in self._pieces)
        return math.log2(len(self._pieces) / held) if held else 0.0


def statements(text: str) -> Iterator[str]:
    """Sentences, lines and rows, cut further where another day begins or, with figures on both sides, at commas."""
    for line in text.splitlines():
        for sentence in split_sentences(line):
            for clause in filter(None, _BUT.split(sentence)):
                for part in _by_figures(clause):
                    yield from _by_days(part)


def piece_of(text: str, own: tuple[Figure, ...], before: frozenset[str] = frozenset()) -> Piece:
    known = cues.entries("day") | cues.ordered("month").keys()
    told = frozenset(cues.normal(name) for name in names(text) if not set(cues.words(name)) <= known)
    content = any(word not in known for word in _content(text))
    return Piece(
        frozenset(cues.words(text)),
        content,
        grams_of(text),
        before,
        collected(text),
        own,
        told,
        weekdays(text),
        denies(text),
    )


def _pieces(text: str) -> list[Piece]:
    """A question states nothing; its words go with what stands below it."""
    pieces: list[Piece] = []
    asked = frozenset[str]()
    for line in text.splitlines()[:LONGEST]:
        before = asked
        for sentence in split_sentences(line):
            if sentence.endswith(("?", "？", "؟")):
                before = asked = grams_of(sentence)
                continue
            days = frozenset[int]()
            for part in statements(lead(sentence).rest):
                piece = piece_of(part, tuple(every_figure(part)), before)
                # "Monday to Friday from 10:00 to 14:00 and from 16:00 to 20:00": the days go for both.
                days = piece.days or days
                pieces.append(replace(piece, days=days))
                before |= piece.grams
    return pieces[:LONGEST]


def _pairs_otherwise(pieces: Sequence[Piece], figure: Figure) -> bool:
    """Do all of them have another figure in this one's place?"""
    return bool(pieces) and all(
        not holds(piece.figures, figure) and any(_is_alike(figure, own) for own in piece.own) for piece in pieces
    )


def _is_opposite(piece: Piece, claim: Piece) -> bool:
    """Does one say "opened" where the other says "unopened"? Twice the opposite is the same."""
    turned = sum(has_antonym(word, piece.words) for word in claim.words - piece.words)
    return turned % 2 == 1


def _outdone(bearing: Sequence[float], rivals: Sequence[float]) -> bool:
    return bool(bearing) and bool(rivals) and max(rivals) >= max(bearing) + CLEARER


def denies(text: str) -> bool:
    """Does a text deny something, or call it closed? "Not closed" does not."""
    closed = cues.without(text, "closed") != cues.words(text) or cues.has(text, "closed")
    plain = cues.has(" ".join(cues.without(text, "closed")), "negation")
    short = any(sign in text for sign in _DENYING_SIGNS)
    return closed is not (plain or short) if closed else plain or short


def _by_figures(sentence: str) -> list[str]:
    """Parts that each have a figure. What has none belongs to the part before, or after where it names a day."""
    parts: list[str] = []
    opening = ""
    for part in filter(None, _PART.split(sentence)):
        whole = f"{opening} {part}".strip()
        opening = ""
        if parts and not _has_figure(part) and weekdays(part):
            opening = whole
        elif parts and not (_has_figure(parts[-1]) and _has_figure(part)):
            parts[-1] = f"{parts[-1]} {whole}"
        else:
            parts.append(whole)
    return [*parts[:-1], f"{parts[-1]} {opening}".strip()] if parts else []


def _by_days(sentence: str) -> Iterator[str]:
    """ "Monday to Friday 9:00–18:00 and on Saturday 10:00–16:00" are two statements."""
    start = 0
    for here, _ in day_groups(sentence)[1:]:
        if _has_figure(sentence[start:here]) and day_groups(sentence[start:here]) and _has_figure(sentence[here:]):
            yield sentence[start:here]
            start = here
    yield sentence[start:]


def _has_figure(text: str) -> bool:
    return any(char.isdigit() for char in text)


def _is_alike(one: Figure, other: Figure) -> bool:
    """Could one stand in the other's place: two times, two prices, two numbers of days?"""
    if (one.minutes is None) is not (other.minutes is None):
        return False
    if one.unit is None or other.unit is None:
        return one.minutes is not None or one.unit is other.unit
    return same_unit(one.unit, other.unit) or (is_money(one.unit) and is_money(other.unit))


def _content(text: str) -> tuple[str, ...]:
    words = plain_words(" ".join(cues.without(text, "hollow")))
    numbers = cues.ordered("number")
    bare = numbers.keys() | cues.entries("negation")
    return tuple(word for word in words if word not in bare and not any(char.isdigit() for char in word))


def _holds(word: str, grams: frozenset[str]) -> bool:
    wanted = word_grams(word)
    if sum(gram in grams for gram in wanted) >= 0.5 * len(wanted):
        return True
    return len(word) == _SHORT_PLURAL and word.endswith("s") and all(gram in grams for gram in word_grams(word[:-1]))


def _share(words: Sequence[str], grams: frozenset[str]) -> float:
    return sum(_holds(word, grams) for word in words) / len(words) if words else 0.0
