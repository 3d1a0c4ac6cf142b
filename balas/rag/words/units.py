"""What a number counts: currencies, spans of time, weights, in one name whatever the language."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from balas.rag.words.lexical import folded

# Symbols and words that many countries share stand for all of them: "$" may be a Mexican peso.
_DOLLARS = ("usd", "$", "peso", "brl")
# "minggu" is Sunday too and "jam" o'clock: they count after a number or "per" alone.
_AFTER_COUNT = {"minggu": "week", "jam": "hour"}
_BEFORE_COUNT = "dakika|siku|wiki|miezi|miaka"  # Swahili counts "weeks 3"
_COUNTED = r"(?:per|tiap|setiap|satu|\d)\s*"
BESIDE = 48  # characters next to a number that are looked at
_NUMBER = re.compile(r"\d[\d.,]*")
_SPACED = r"(?<![^\W\d_])"


def unit_of(before: str, after: str) -> str | None:
    """The unit of a number from what stands right before ("Rp") and right after ("days")."""
    left = _left().search(folded(before[-BESIDE:])[-12:])
    if left:
        return _name(left[1])
    right = _right().match(folded(after[:BESIDE])[:24])
    return _name(right[1]) if right else None


def same_unit(one: str, other: str) -> bool:
    return one == other or (one in _DOLLARS and other in _DOLLARS and {one, other} != {"usd", "brl"})


def is_money(unit: str | None) -> bool:
    return unit in _table()["currencies"]


def is_measure(unit: str | None) -> bool:
    """Of weight, volume or length."""
    return unit in {"kg", "gram", "litre", "km"}


def measures(text: str) -> frozenset[str]:
    """Those that the numbers of a text count: "up to 30 kg", "2.5 л"."""
    flat = folded(text)
    found = (unit_of("", flat[match.end() :]) for match in _NUMBER.finditer(flat))
    return frozenset(unit for unit in found if unit and is_measure(unit))


def foreign_spans(said: frozenset[str], held: frozenset[str]) -> frozenset[str]:
    """The spans of time that only the first names; half an hour is thirty minutes."""
    short = {"minute", "hour"}
    return said - held - (short if held & short else frozenset())


def is_countable(unit: str | None) -> bool:
    """May a person have brought this number along ("for 3 kg")? A price, a discount or a term is the documents'."""
    return unit is None or unit in {"kg", "gram", "litre", "km"}


@lru_cache(maxsize=128)  # asked of each sentence, for every passage
def spans(text: str) -> frozenset[str]:
    """The spans of time that a text names: "£18 a day" names the day."""
    flat = folded(text)
    found = {_name(match[1]) for match in _span().finditer(flat)}
    counted = {_AFTER_COUNT[match[1]] for match in _counted().finditer(flat)}
    return frozenset(name for name in found | counted if name)


def _name(word: str) -> str | None:
    if word in _AFTER_COUNT:
        return _AFTER_COUNT[word]
    return next((name for name, pattern in _compiled() if pattern.fullmatch(word)), None)


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    names = [entry for section in _table().values() for entry in section.items()]
    return tuple((name, re.compile(folded(spellings))) for name, spellings in names)


@cache
def _left() -> re.Pattern[str]:
    return re.compile(rf"{_SPACED}({_joined('currencies')}|{_BEFORE_COUNT})\s*\.?\s*$")


@cache
def _right() -> re.Pattern[str]:
    return re.compile(rf"\s*-?\s*({_joined(*_table())}|{'|'.join(_AFTER_COUNT)})(?![a-zà-ÿа-яё])")


@cache
def _span() -> re.Pattern[str]:
    return re.compile(rf"(?:{_SPACED}|(?<={_SPACED}[وبلك])|(?<=ال)|(?<=لل))({_joined('spans')})(?![a-zà-ÿа-яё])")


@cache
def _counted() -> re.Pattern[str]:
    return re.compile(rf"{_COUNTED}({'|'.join(_AFTER_COUNT)})(?!\w)")


def _joined(*sections: str) -> str:
    """Longest first, so that "euros" is not "euro"."""
    said = (spellings for section in sections for spellings in _table()[section].values())
    words = {word for spellings in said for word in folded(spellings).split("|")}
    return "|".join(sorted(words, key=len, reverse=True))


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("balas.rag.words").joinpath("units.toml").read_text(encoding="utf-8"))
