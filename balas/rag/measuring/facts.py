"""What a document said and does not say any more: figures, names, cells and denials of two versions, compared. Pure.

Golden questions notice what somebody asks about. This notices the rest: a telephone number with two digits exchanged,
a row that is gone, "without" that became "with". Other words for the same, another order and additions are no loss.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from balas.rag.measuring.golden import bag, is_rival
from balas.rag.quoting.quotes import Quote, quotes
from balas.rag.words import cues
from balas.rag.words.figures import collected, figures, holds
from balas.rag.words.lexical import folded, plain_words
from balas.rag.words.names import names
from balas.values import Passage

REWORDED = 0.5  # share of words from which two sentences are the same one
BESIDE = 0.25  # share from which one under the same heading may say it otherwise
SAME_ROW = 0.5  # share of cells from which two rows are
LIKE = 0.7  # letters; from then on a word is a typing error of the other
LONGEST = 300

CHANGED = "this changed"
GONE = "this is no longer said"
TWIN = "another figure stands beside this"
MOVED = "this stands under another heading"

_TURNS = ("negation", "closed")
_DAYS = ("day", "weekday")
_ACRONYM = re.compile(r"(?<!\w)[A-Z]{2,}(?!\w)")
_CELL = re.compile(r"^(?P<label>[^:]{1,60}):\s+(?P<value>.+)$")
_GLUED = re.compile(r"(?<=[^\W\d_])(?=\d)")  # "Rp15rb" is "Rp 15rb"
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Loss:
    where: str  # the heading or question it stands under
    reason: str
    before: str
    after: str  # "" when nothing stands in its place


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    context: str
    language: str
    is_row: bool
    tokens: tuple[str, ...]

    @property
    def where(self) -> str:
        return self.context or self.text[:60]


def losses(before: Sequence[Passage], after: Sequence[Passage]) -> list[Loss]:
    """In the order in which they stood. Nothing of a document that is new."""
    old, new = list(_units(before)), list(_units(after))
    same = defaultdict(set)
    for unit in new:
        same[unit.tokens].add(_plain(unit.context))
    contexts = {_plain(unit.context) for unit in new}
    loose = _Loose(new, old)
    found: list[Loss] = []
    for unit in old:
        under = same.get(unit.tokens)
        if under is None:
            loss = _lost_row(unit, loose) if unit.is_row else _lost_sentence(unit, loose)
        else:
            there = _plain(unit.context)
            loss = None if there in under or there not in contexts else Loss(unit.where, MOVED, unit.text, unit.text)
        if loss is not None:
            found.append(loss)
    return list(dict.fromkeys([*found, *_twins(old, new)]))


def _twins(old: Sequence[_Unit], new: Sequence[_Unit]) -> Iterator[Loss]:
    """What is still said, and beside it the same with another figure."""
    former, present = {unit.tokens for unit in old}, {unit.tokens for unit in new}
    kept = {bag(unit.text)[0]: unit for unit in old if unit.tokens in present}
    for unit in new:
        beside = kept.get(bag(unit.text)[0])
        if beside and unit.tokens not in former and is_rival(bag(unit.text), bag(beside.text)):
            yield Loss(beside.where, TWIN, beside.text, unit.text)


def _units(passages: Iterable[Passage]) -> Iterator[_Unit]:
    """Overlapping passages hold the same sentence twice."""
    seen: set[tuple[tuple[str, ...], str]] = set()
    for passage in passages:
        for quote in quotes(passage):
            unit = _unit(quote)
            if unit.tokens and (unit.tokens, unit.context) not in seen:
                seen.add((unit.tokens, unit.context))
                yield unit


def _unit(quote: Quote) -> _Unit:
    text = _GLUED.sub(" ", _SPACES.sub(" ", quote.text).strip())
    return _Unit(text[:LONGEST], quote.context, quote.passage.language, quote.is_row, tuple(plain_words(text)))


def _plain(text: str) -> str:
    return " ".join(plain_words(text))


class _Loose:
    """The units of the new version, by the words they hold."""

    def __init__(self, units: Sequence[_Unit], former: Iterable[_Unit]) -> None:
        self.units = units
        self._former = {unit.tokens for unit in former}
        self._contexts = {frozenset(plain_words(unit.context)) for unit in units}
        self._holding: dict[str, set[int]] = defaultdict(set)
        for place, unit in enumerate(units):
            for word in set(unit.tokens):
                self._holding[word].add(place)

    def is_fresh(self, unit: _Unit) -> bool:
        return unit.tokens not in self._former

    def has_context(self, context: str) -> bool:
        """Is there such a heading, or one in nearly the same words?"""
        words = set(plain_words(context))
        return not words or any(len(words & other) >= REWORDED * len(words) for other in self._contexts)

    def like(self, unit: _Unit) -> Iterator[tuple[float, _Unit]]:
        """Those that share words, with the share."""
        counts: dict[int, int] = defaultdict(int)
        words = set(unit.tokens)
        for word in words:
            for place in self._holding.get(word, ()):
                counts[place] += 1
        for place, count in counts.items():
            other = self.units[place]
            yield 2 * count / (len(words) + len(set(other.tokens))), other


def _lost_row(unit: _Unit, loose: _Loose) -> Loss | None:
    cells = _cells(unit.text)
    best, nearest = 0.0, None
    for _, other in loose.like(unit):
        kept = [held for label, value in cells if (held := _holds_cell(_cells(other.text), label, value))]
        share = sum(kept) / max(1, len(cells))
        if other.is_row and share > best:
            best, nearest = share, other
    if nearest is None or best < SAME_ROW:
        return Loss(unit.where, GONE, unit.text, "")
    there = _cells(nearest.text)
    if all(_holds_cell(there, label, value) for label, value in cells):
        return None
    return Loss(unit.where, CHANGED, unit.text, nearest.text)


def _cells(row: str) -> list[tuple[str, str]]:
    found = (_CELL.match(part.strip()) for part in row.split("; "))
    return [(_plain(match["label"]), match["value"]) for match in found if match]


def _holds_cell(cells: Sequence[tuple[str, str]], label: str, value: str) -> bool:
    return any(label == named and _is_same(value, other) for named, other in cells)


def _is_same(value: str, other: str) -> bool:
    """But for spelling: the same figures, and words that a typing error may part."""
    if _plain(value) == _plain(other):
        return True
    held, back = collected(other), collected(value)
    if not all(holds(held, one) for one in figures(value)) or not all(holds(back, one) for one in figures(other)):
        return False
    return SequenceMatcher(None, folded(value), folded(other)).ratio() >= LIKE


def _lost_sentence(unit: _Unit, loose: _Loose) -> Loss | None:
    near = sorted(loose.like(unit), key=lambda one: (one[1].context == unit.context, one[0]), reverse=True)
    # What stands in its place is new. A translation that stood beside it before must not speak for it.
    fresh = [row for row in near if loose.is_fresh(row[1])]
    near = fresh if any(share >= REWORDED for share, _ in fresh) else near
    if not _telling(unit.text, unit.language) and loose.has_context(unit.context):
        turned = next((one for share, one in fresh if share >= LIKE and _turned(unit, one.text)), None)
        return Loss(unit.where, CHANGED, unit.text, turned.text) if turned else None
    beside = [one for share, one in near if share >= (BESIDE if one.context == unit.context else REWORDED)]
    if any(_tells(other.text, other.language, unit) for other in beside):
        return None
    together = " ".join(other.text for other in beside)
    if together and not _turned(unit, together) and _tells(together, unit.language, unit):
        return None
    closest = max((one for one in near if one[0] >= REWORDED), key=lambda one: one[0], default=None)
    if closest is None:
        return Loss(unit.where, GONE, unit.text, "")
    return Loss(unit.where, CHANGED, unit.text, closest[1].text)


def _tells(text: str, language: str, unit: _Unit) -> bool:
    """Does a text hold the figures, names and days of this unit, and deny as it does?"""
    held = collected(text)
    if not all(holds(held, one) for one in figures(unit.text, unit.language or None)):
        return False
    words = plain_words(text)
    if not all(any(_is_like(word, other) for other in words) for word in _names(unit.text)):
        return False
    days = _listed(unit.text, _DAYS, unit.language)
    if not days <= _listed(text, _DAYS, language):
        return False
    return not _turned(unit, text)


def _turned(unit: _Unit, text: str) -> bool:
    return _listed(unit.text, _TURNS, unit.language) != _listed(text, _TURNS, unit.language)


@lru_cache(maxsize=4096)
def _telling(text: str, language: str) -> bool:
    """Does a sentence say something that can be wrong: a figure, a name, a day, a denial?"""
    return bool(figures(text, language or None) or _names(text) or _listed(text, (*_DAYS, *_TURNS), language))


def _names(text: str) -> set[str]:
    found = [*names(text), *_ACRONYM.findall(text)]
    return {word for name in found for word in plain_words(name)}


def _listed(text: str, lists: Sequence[str], language: str) -> frozenset[str]:
    spoken = language if language in cues.codes() else None
    return frozenset(word for word in cues.words(text) if any(word in cues.entries(name, spoken) for name in lists))


def _is_like(one: str, other: str) -> bool:
    return one == other or SequenceMatcher(None, one, other).ratio() >= LIKE
