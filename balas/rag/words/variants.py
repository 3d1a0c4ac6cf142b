"""Words and measures that tell variants of one thing apart: of "the sugar, 500 g" and "and 1 kg?" the second counts.

The words stand in `variants.toml`, sizes beside numbers in `units.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from balas.rag.words import cues
from balas.rag.words.lexical import folded

STEM = 3  # letters by which beginnings are looked up
COLOUR = "colour"
SPAN = "span"  # of time
STANDING = frozenset({"size", "letter", COLOUR, "temperature"})  # that tell of something which was named before
_AROUND = ("amount", "open", "point", "filler", "courtesy")
_BARE = re.compile(r"(?<![\w.,:/-])\d{1,4}(?=\W*$)")  # a number that a text ends with
_ARTICLE = re.compile("^(?:[وفبك]?ال|لل|و)(?=.{3})")  # Arabic, written together with the word
# Kinds of measures in grams, millilitres, millimetres and minutes: names in `units.toml`, and spellings that it lacks.
_NAMED = {
    "weight": {"kg": 1000, "gram": 1},
    "volume": {"litre": 1000},
    SPAN: {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "month": 43200, "year": 525600},
}
_SPELLED = {
    "weight": {"lbs?": 454, "oz": 28},
    "volume": {"ml|cc|мл|مل": 1, "cl": 10, "dl": 100, "l|lt": 1000},
    "length": {"mm|мм": 1, "cm|см|سم": 10, "m|mtr|meters?|metros?": 1000, "inch(?:es)?": 25},
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with what it counts. `words` are those it takes in its text."""

    kind: str
    value: Decimal
    words: frozenset[str]


def is_variant(text: str) -> bool:
    """Does a text name a variant of something, and nothing else ("1 kg?", "how much is the large one?")?"""
    counted = words_of(measured(text)) | frozenset(_BARE.findall(folded(text)))
    named = [word for word in cues.without(text, "hollow") if not any(word in cues.entries(name) for name in _AROUND)]
    return bool(counted or named) and all(word in counted or kinds_of(word) & STANDING for word in named)


def replaced(own: str, before: str) -> frozenset[str]:
    """The words of `before` that `own` puts others of their kind in place of."""
    said, counted = set(cues.words(own)), measured(own)
    measures = {one.kind for one in counted}
    kinds = frozenset[str]().union(*map(kinds_of, said - words_of(counted)))
    gone = words_of(one for one in measured(before) if one.kind in measures)
    if _BARE.search(folded(own)) and not counted:  # "and 20?" leaves the unit as it was
        gone |= frozenset(word for word in words_of(measured(before)) if word.isdecimal())
    others = frozenset(cues.words(before)) - words_of(measured(before))
    return (gone | frozenset(word for word in others if kinds_of(word) & kinds)) - said


def words_of(found: Iterable[Measured]) -> frozenset[str]:
    return frozenset(word for one in found for word in one.words)


def measured(text: str) -> list[Measured]:
    """Numbers with their measure: grams, litres, days, or whatever word stands right after them ("2 people")."""
    return list(_measured(text))


def _measured(text: str) -> Iterator[Measured]:
    for match in _pattern().finditer(folded(text)):
        number, unit = match.groups()
        known = next(((kind, factor, unit) for kind, factor, said in _units() if said.fullmatch(unit)), None)
        if known is None and cues.is_unspaced(unit):  # "100克的多少钱": what is said goes on without a blank
            known = next(
                ((kind, factor, begun[0]) for kind, factor, said in _units() if (begun := said.match(unit))), None
            )
        kind, factor, unit = known or (unit[:STEM], 1, unit)
        value = Decimal(number.replace(",", ".")) * factor
        yield Measured(kind, value, frozenset([*cues.words(number), *cues.words(unit), *cues.words(number + unit)]))


def kinds_of(word: str) -> frozenset[str]:
    bare = _ARTICLE.sub("", word)
    return _kinds_of(word) | (_kinds_of(bare) if bare != word else frozenset())


def _kinds_of(word: str) -> frozenset[str]:
    whole, beginnings = _lists()
    begun = (kind for beginning, kind in beginnings.get(word[:STEM], ()) if word.startswith(beginning))
    return whole.get(word, frozenset()) | frozenset(begun)


@cache
def _lists() -> tuple[Mapping[str, frozenset[str]], Mapping[str, tuple[tuple[str, str], ...]]]:
    whole: dict[str, frozenset[str]] = {}
    beginnings: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, languages in _table("variants.toml").items():
        for language, said in languages.items():
            for entry in said.split(" | "):
                for typed in cues.spellings(" ".join(cues.words(entry)), language):
                    if entry.endswith("*"):
                        beginnings[typed[:STEM]] = (*beginnings.get(typed[:STEM], ()), (typed, kind))
                    else:
                        whole[typed] = whole.get(typed, frozenset()) | {kind}
    return whole, beginnings


@cache
def _units() -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    named = {name: said for section in _table("units.toml").values() for name, said in section.items()}
    listed = [(kind, n, named[name]) for kind, names in _NAMED.items() for name, n in names.items()]
    spelled = [(kind, n, said) for kind, spellings in _SPELLED.items() for said, n in spellings.items()]
    return tuple((kind, factor, re.compile(folded(said))) for kind, factor, said in (*listed, *spelled))


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<![\w.,:/])|(?<=[و\u3040-\u9fff]))(\d{{1,4}}(?:[.,]\d{{1,2}})?)\s?-?([^\W\d_][\w{cues.MARKS}]*)"
    )


@cache
def _table(name: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("balas.rag.words").joinpath(name).read_text(encoding="utf-8"))
