"""Whether a question asks for things on one side of a price ("what is there under 50,000?"), and of which things.

The words stand in `bounds.toml`. A limit on something else ("free delivery over 100,000", "children under 12") is for
the documents to tell.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from balas.rag.quoting import extremes
from balas.rag.words import cues, topics
from balas.rag.words.answer_kinds import CURRENCIES
from balas.rag.words.figures import Figure, figures
from balas.rag.words.lexical import folded
from balas.rag.words.units import is_money

LONGEST_THAN = 2  # words
LARGE = 1000  # from which a bare number may be a sum of money, whatever is said beside it
# What is asked of an order, a person or a place, not of what is for sale.
_OTHERS = frozenset(
    {"delivery", "discount", "free", "order", "payment", "card", "cash", "transfer", "wallet", "cod", "instalments",
     "deposit", "returns", "exchange", "cancel", "warranty", "membership", "age", "children", "penalty", "invoice",
     "hours", "day", "booking", "address", "phone", "checkin", "checkout"}
)  # fmt: skip
_SIGNS = "$€£¥₹₺₽₦₱฿₫₩"
_SIDES = (("at_most", True, False), ("at_least", False, False), ("below", True, True), ("above", False, True))
_SCALE = r"rb|ribu|jt|juta|k|mil|thousand|lakh|हज़ार|हजार|тыс\w*|ألف|الف"
_CURRENCY = rf"(?:{CURRENCIES}|r?[{_SIGNS}])"
_SUM = rf"(?:{_CURRENCY}\s?\.?\s?)?\d[\d.,]*(?:\s?(?:{_SCALE}))?(?:\s?{_CURRENCY}(?![a-z]))?"


@dataclass(frozen=True, slots=True)
class Bound:
    """`of`: the words for the things asked for; () for all. The limit is a sum, or the price of the things `than`."""

    is_below: bool
    of: tuple[str, ...]
    is_strict: bool = True  # "under", not "up to"
    limit: Decimal | None = None
    unit: str | None = None  # of the limit, where it is said
    than: tuple[str, ...] = ()

    def holds(self, price: Decimal, limit: Decimal) -> bool:
        if price == limit:
            return not self.is_strict
        return (price < limit) == self.is_below


def heard(text: str) -> Bound | None:
    if any(topic & _OTHERS for topic in topics.heard(text).topics):
        return None
    return _of_a_sum(text) or _of_a_thing(text)


def limits(text: str) -> bool:
    """Does a word beside a number say that it is a limit: "up to 15 kg", "15 kg以下"?"""
    return bool(_limit().search(folded(text)))


def _of_a_sum(text: str) -> Bound | None:
    flat = folded(text)
    for pattern, is_below, is_strict in _patterns():
        match = pattern.search(flat)
        before, after = (flat[: match.start()], flat[match.end() :]) if match else ("", "")
        told = _compared_last(before)
        if match is None or (is_below is None and told is None):
            continue
        read = figures(match["sum"])
        if read and _is_money(read[0], flat, match.end("sum")):
            asked = extremes.heard(f"{before} {after}")
            of = asked.of if asked else tuple(extremes.naming(f"{before} {after}"))
            below = is_below if is_below is not None else told is not None and not told.is_most
            return Bound(below, of, is_strict, min(read[0].values), read[0].unit)
    return None


def _is_money(figure: Figure, flat: str, end: int) -> bool:
    """By its currency or its size; a small number where prices are spoken of and it counts nothing else."""
    if not figure.values or figure.minutes is not None:
        return False
    if figure.unit is not None:
        return is_money(figure.unit)
    after = cues.words(flat[end:])
    if after and after[0] not in cues.entries("hollow"):
        return False
    is_priced = any(topics.PRICE in topic for topic in topics.heard(flat).topics)
    return min(figure.values) >= LARGE or is_priced or extremes.heard(flat) is not None


def _of_a_thing(text: str) -> Bound | None:
    """ "Which cake is cheaper than the cheesecake?" """
    found = cues.spans(text)
    words = [word for word, _, _ in found]
    for at in range(1, len(found)):
        size = next((n for n in range(LONGEST_THAN, 0, -1) if " ".join(words[at : at + n]) in _entries("than")), 0)
        before = text[: found[at][1]]
        if not size or _compared_last(before) is None:
            continue
        said, than = extremes.heard(before), extremes.naming(text[found[at + size - 1][2] :])
        if said is not None and than:
            return Bound(not said.is_most, said.of, than=tuple(than))
    return None


def _compared_last(before: str) -> extremes.Extreme | None:
    """The "cheaper" or "dearer" that a text ends with."""
    told = extremes.heard(" ".join(cues.words(before)[-2:]))
    return told if told is not None and told.measure is extremes.Measure.PRICE else None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], bool | None, bool], ...]:
    """Each with its side, None where "cheaper" or "dearer" before it says so, and whether it is strict."""
    found: list[tuple[re.Pattern[str], bool | None, bool]] = []
    for name, is_below, is_strict in _SIDES:
        before, after = _any_of(name), _any_of(f"{name}_after")
        said = rf"(?<!\w)(?:{before})\s(?:(?:de|los|the|harga)\s)?(?P<sum>{_SUM})"
        then = rf"(?<![a-z\d.,])(?P<sum>{_SUM})['’ ]{{0,2}}(?:{after})"
        found += [(re.compile(pattern), is_below, is_strict) for pattern in (said, then)]
    return (*found, (re.compile(rf"(?<!\w)(?:{_any_of('than')})\s(?P<sum>{_SUM})"), None, True))


@cache
def _limit() -> re.Pattern[str]:
    before = "|".join(_any_of(name) for name, _, _ in _SIDES)
    after = "|".join(_any_of(f"{name}_after") for name, _, _ in _SIDES)
    return re.compile(rf"(?<!\w)(?:{before})\s\d|\d\s?\w{{0,5}}\s?(?:{after})(?!\w)")


def _any_of(name: str) -> str:
    return "|".join(sorted(map(re.escape, _entries(name)), key=len, reverse=True))


@cache
def _entries(name: str) -> frozenset[str]:
    return frozenset(folded(entry) for said in _table()[name].values() for entry in said.split(" | "))


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("balas.rag.quoting").joinpath("bounds.toml").read_text(encoding="utf-8"))
