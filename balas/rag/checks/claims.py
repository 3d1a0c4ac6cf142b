"""Does a text say the same of the same thing? Figures, days and denials are held against the piece they belong to.

That a price stands somewhere in a passage is not enough: "the red one costs £48" is wrong when £48 is the blue one's.
A text is cut into pieces that make one statement each; a sentence is compared with the pieces that share its words
and days. Words are compared within one language; days, figures and denials across languages too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from itertools import combinations
from operator import attrgetter

from balas.rag.checks.leads import lead, unsoftened
from balas.rag.checks.pieces import Piece, claimed, is_priced, limits, pieces_of
from balas.rag.checks.polarity import ANY, Spoken, is_exception, is_free
from balas.rag.checks.scope import ALL, ALWAYS, scopes
from balas.rag.checks.statements import content_of, holds_word, share_of_words
from balas.rag.checks.table_claims import Row, of_another_row, rows_of
from balas.rag.talk.phrases import primary
from balas.rag.words import cues
from balas.rag.words.antonyms import has_antonym
from balas.rag.words.figures import Figure, holds, is_alike
from balas.rag.words.lexical import grams_of
from balas.rag.words.weekdays import EVERY, weekdays

UNSAID = 0.8  # what a word counts that only the piece before holds
LONG_SAID = 0.75  # the same of the sentences before
CLEARER = 0.5  # shares of a rare word by which another piece must fit better
DENIED = 0.6  # share of a sentence's words from which a piece is taken to make the same statement
UNSAID_DENIED = 0.7  # what a word counts there that only the piece before holds
ALL_DENIED = 2  # words that a piece must deny to say the opposite of a statement that says more
ABOUT = 0.05  # by which other pieces may hold less of a statement and still make it
WORDS_KEPT = 64  # of a passage's, with their rarity
SAID_HERE = 0.8  # share of a statement's words from which a passage is in its language and speaks of it

_DAYS: Callable[[Piece], frozenset[int]] = attrgetter("days")
_MONTHS: Callable[[Piece], frozenset[int]] = attrgetter("months")


class Claims:
    """The statements of a passage. Title and headings (`above`) name days, but state nothing."""

    def __init__(self, text: str, above: str = "", spoken: Spoken = ANY) -> None:
        self._text = text
        self._above = above
        self._spoken = spoken

    @cached_property
    def _pieces(self) -> list[Piece]:
        return pieces_of(self._text, self._spoken)  # only of passages that hold a sentence's figures and names

    @cached_property
    def _rows(self) -> list[Row]:
        return rows_of(self._text)

    @cached_property
    def days(self) -> frozenset[int]:
        return weekdays(self._above).union(*(piece.days for piece in self._pieces))

    def problem(self, sentence: str, language: str | None, asked_days: frozenset[int]) -> str | None:
        """What of a sentence these statements contradict; None when nothing. `asked_days`: of the person's question."""
        spoken = frozenset({primary(language)}) if language else ANY
        before: tuple[str, ...] = ()
        for claim in claimed(unsoftened(lead(sentence).rest), language, spoken):
            words = content_of(claim.text)
            unknown = claim.days - self.days
            if unknown and not (claim.denies and unknown <= asked_days):
                return "day not in the passage"
            said = words or before
            if problem := self._against(claim, words, said, 1.0 if said is before else UNSAID):
                return problem
            before = said
        return None

    def _against(self, claim: Piece, words: Sequence[str], said: Sequence[str], unsaid: float) -> str | None:
        """`said`: the statement's own words, or those of the one before where it has none."""
        if other := of_another_row(words, claim.own, self._rows):
            return f"of another row: {other}"
        checks = (self._crossed, self._widened, self._dated, self._freed, self._limited, self._denied)
        found = (check(claim, said) for check in checks)
        return self._paired(claim, said, unsaid) or next((problem for problem in found if problem), None)

    def _paired(self, claim: Piece, words: Sequence[str], unsaid: float) -> str | None:
        """Each figure and name must stand in the piece that the rest of the statement is about."""
        fits = [(piece, self._fit(piece, claim, words, unsaid)) for piece in self._pieces]
        for figure in claim.own:
            bearing = [fit for piece, fit in fits if holds(piece.figures, figure)]
            rivals = [
                fit
                for piece, fit in fits
                if not holds(piece.figures, figure) and any(is_alike(figure, other) for other in piece.own)
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
        held = sum(any(holds_word(word, piece.grams) for piece in self._pieces) for word in words)
        if not words or held < SAID_HERE * len(words):
            return False
        bearing = [piece for piece in self._pieces if holds(piece.figures, figure)]
        if not bearing or any(not piece.content or share_of_words(words, piece.grams) for piece in bearing):
            return False
        others = [p for p in self._pieces if p not in bearing and any(is_alike(figure, other) for other in p.own)]
        rare = [word for word in words if sum(holds_word(word, piece.grams) for piece in self._pieces) == 1]
        return any(holds_word(word, piece.grams) for piece in others for word in rare)

    def _crossed(self, claim: Piece, _words: Sequence[str]) -> str | None:
        """Two figures of a statement, each standing in the passage beside another one: "20 % from 5 kg"."""
        for one, other in combinations(claim.own, 2):
            if is_alike(one, other):
                continue
            with_one = [piece for piece in self._pieces if holds(piece.figures, one)]
            with_other = [piece for piece in self._pieces if holds(piece.figures, other)]
            if _pairs_otherwise(with_one, other) and _pairs_otherwise(with_other, one):
                return f"figures that belong to others: {one.raw}, {other.raw}"
        return None

    def _dated(self, claim: Piece, words: Sequence[str]) -> str | None:
        """A day or month must stand in the piece that the statement is about: "the rescue course is on Saturday"."""
        if claim.denies:
            return None
        undated = replace(claim, days=frozenset())
        words = [word for word in words if word not in _daily()]
        for told, has, what in ((claim.days, _DAYS, "day"), (claim.months, _MONTHS, "month")):
            dated = [piece for piece in self._pieces if has(piece) and not piece.denies]
            sure = any(has(piece) & told and holds(piece.figures, figure) for piece in dated for figure in claim.own)
            if not told or not dated or (sure and len(told) == 1):
                continue
            fits = [(piece, self._fit(piece, undated, words, UNSAID)) for piece in dated]
            bearing = [fit for piece, fit in fits if has(piece) & told]
            if not sure and _outdone(bearing, [fit for piece, fit in fits if not has(piece) & told]):
                return f"{what} of something else"
            best = max(fit for _, fit in fits)
            about = [piece for piece, fit in fits if fit > best - CLEARER]
            if what == "day" and about and len(told) > 1 and not told <= frozenset().union(*map(has, about)):
                return "day of something else"
        return None

    def _freed(self, claim: Piece, words: Sequence[str]) -> str | None:
        """What is said to cost nothing must not be what has a price, or is said not to be included."""
        if not claim.is_free or claim.denies:
            return None
        gratis = cues.entries("free") | cues.entries("included")
        plain = [word for word in words if word not in gratis]
        is_strict = cues.has(claim.text, "free") and self._spoken <= cues.languages_with("free")
        is_said = is_free(f"{self._above}\n{self._text}")  # in a question that is answered with yes, too
        if is_strict and not is_said and not any(piece.denies and _share(plain, piece) for piece in self._pieces):
            return "free in no part of the passage"
        costs = self._is_of_another(
            plain,
            lambda piece: piece.is_free and not piece.denies,
            lambda piece: is_priced(piece) and not any(holds(claim.figures, figure) for figure in piece.own),
        )
        return "what the passage does not give for free" if costs else None

    def _is_of_another(
        self, words: Sequence[str], bears: Callable[[Piece], bool], rivals: Callable[[Piece], object]
    ) -> bool:
        """Do the words stand rather with a piece that could bear the same but does not?"""
        fits = [(piece, self._fit(piece, None, words, UNSAID)) for piece in self._pieces]
        bearing = [fit for piece, fit in fits if bears(piece)]
        return _outdone(bearing, [fit for piece, fit in fits if not bears(piece) and rivals(piece)])

    def _widened(self, claim: Piece, words: Sequence[str]) -> str | None:
        """ "Always" and "all" must stand with what the statement is about, not with something else."""
        widens = scopes(claim.text) & {ALL, ALWAYS}
        if not widens or claim.denies:
            return None
        plain = [word for word in words if word not in cues.ordered("scope")]
        is_narrower = self._is_of_another(
            plain,
            lambda piece: bool(widens & scopes(piece.text)),
            lambda piece: limits(piece) or (piece.days and piece.days != EVERY and not claim.days),
        )
        return "wider than the passage" if is_narrower else None

    def _limited(self, claim: Piece, words: Sequence[str]) -> str | None:
        """ "Only in Nairobi" is not "in Nakuru"."""
        if claim.denies:
            return None
        for piece in self._pieces:
            if not piece.is_limited or piece.denies or share_of_words(words, piece.grams) < DENIED:
                continue
            near = piece.grams | piece.before
            of_others = [word for word in words if not holds_word(word, near) and self._rarity(word)]
            said = grams_of(" ".join(words))
            left = [one for one in piece.content if one not in cues.entries("only") and not holds_word(one, said)]
            if of_others and left:
                return "only of something else"
        return None

    def _denied(self, claim: Piece, words: Sequence[str]) -> str | None:
        """A statement is turned round when every piece that makes it says the opposite, or one denies it outright."""
        if not claim.denies and any(
            _denies_all_of(piece, claim, words) or _excepts(piece, claim, words) for piece in self._pieces
        ):
            return "the passage says the opposite"
        about = [piece for piece in self._pieces if claim.days and piece.days & claim.days]
        if not about:
            shares = [_share(words, piece) for piece in self._pieces]
            best = max(shares, default=0.0)
            if best < DENIED or len(words) < 2:
                return None
            about = [piece for share, piece in zip(shares, self._pieces, strict=True) if share >= best - ABOUT]
        # "not included" beside "costs 5 € more": what is free is weighed by itself.
        about = [piece for piece in about if not (piece.is_free and claim.own and not claim.is_free)]
        about = [piece for piece in about if not (piece.is_extra and claim.is_extra)]
        if claim.denies:  # "only in Nairobi" denies what the statement does, of another place; a row states nothing
            about = [p for p in about if p.denies or not (p.is_row or p.is_limited) or claim.is_limited]
        if not about:
            return None
        turned = all((piece.denies is not claim.denies) is not _is_opposite(piece, claim) for piece in about)
        return "the passage says the opposite" if turned else None

    def _fit(self, piece: Piece, claim: Piece | None, words: Sequence[str], unsaid: float) -> float:
        """How much of a statement's words, days and months a piece shares; what every piece has tells nothing."""
        own = {word for word in words if holds_word(word, piece.grams)}
        left_out = {word for word in words if word not in own and holds_word(word, piece.before)}
        past = {word for word in words if word not in own | left_out and holds_word(word, piece.earlier)}
        total = sum(self._rarity(word) for word in own) + unsaid * sum(self._rarity(word) for word in left_out)
        total += LONG_SAID * sum(self._rarity(word) for word in past)
        if claim is None:
            return total
        return total + (1.0 if claim.days & piece.days else 0.0) + (1.0 if claim.months & piece.months else 0.0)

    @cached_property
    def _rarity(self) -> Callable[[str], float]:
        """How few of the pieces hold a word: asked for each piece that does."""
        pieces = self._pieces

        @lru_cache(maxsize=WORDS_KEPT)
        def rarity(word: str) -> float:
            held = sum(holds_word(word, piece.grams) for piece in pieces)
            return math.log2(len(pieces) / held) if held else 0.0

        return rarity


@cache
def _daily() -> frozenset[str]:
    return frozenset(word for entry in cues.entries("daily") for word in entry.split())


def _excepts(piece: Piece, claim: Piece, words: Sequence[str]) -> bool:
    """ "except in August", of the day or month of a statement."""
    told = (piece.days & claim.days) | (piece.months & claim.months)
    return is_exception(piece.text) and bool(told) and any(holds_word(word, piece.before) for word in words)


def _denies_all_of(piece: Piece, claim: Piece, words: Sequence[str]) -> bool:
    """Does a piece deny, without figures or limits, nothing but what the statement says: "no baths for cats"?"""
    if not piece.denies or piece.own or piece.is_limited or piece.is_free or len(piece.content) < ALL_DENIED:
        return False
    if piece.days and not piece.days & claim.days:
        return False
    said = grams_of(" ".join(words))
    return all(holds_word(word, said) for word in piece.content) and not _is_opposite(piece, claim)


def _share(words: Sequence[str], piece: Piece) -> float:
    """Of a statement's words that a piece holds, or leaves to the piece before."""
    if not words:
        return 0.0
    unsaid = sum(not holds_word(word, piece.grams) and holds_word(word, piece.before) for word in words)
    return share_of_words(words, piece.grams) + UNSAID_DENIED * unsaid / len(words)


def _pairs_otherwise(pieces: Sequence[Piece], figure: Figure) -> bool:
    """Do all of them have another figure in this one's place?"""
    return bool(pieces) and all(
        not holds(piece.figures, figure) and any(is_alike(figure, own) for own in piece.own) for piece in pieces
    )


def _is_opposite(piece: Piece, claim: Piece) -> bool:
    """Does one say "opened" where the other says "unopened"? Twice the opposite is the same."""
    turned = sum(has_antonym(word, piece.words) for word in claim.words - piece.words)
    return turned % 2 == 1


def _outdone(bearing: Sequence[float], rivals: Sequence[float]) -> bool:
    return bool(bearing) and bool(rivals) and max(rivals) >= max(bearing) + CLEARER
