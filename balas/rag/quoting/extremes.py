"""Whether a question asks for the cheapest, the largest or the longest of things, and of which things.

The words stand in `extremes.toml`. Only what can be read off a list counts: nobody can look up the best.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from balas.rag.words import cues, topics

LONGEST = 4  # words of an entry
STEM = 3  # letters by which beginnings are looked up
_NAMED = frozenset({"delivery", "room", "rental", "breakfast"})
_AND = "و"  # Arabic writes it as a part of the word after it
_ARTICLE = re.compile("^(?:[وفبك]?ال|لل)(?=.{3})")
_OF_EVERYTHING = ((frozenset({topics.PRICE}),), (frozenset({topics.SHOP}),))
_EMPTY = ("hollow", "aside", "ask", "amount", "duration", "courtesy", "filler", "point", "small")


class Measure(StrEnum):
    PRICE = "price"
    SIZE = "size"
    SPAN = "span"


_LISTS = {
    "cheapest": (Measure.PRICE, False),
    "dearest": (Measure.PRICE, True),
    "largest": (Measure.SIZE, True),
    "smallest": (Measure.SIZE, False),
    "longest": (Measure.SPAN, True),
    "shortest": (Measure.SPAN, False),
}


@dataclass(frozen=True, slots=True)
class Extreme:
    """`of`: the words for the things that are compared, as typed; () for all there are."""

    measure: Measure
    is_most: bool
    of: tuple[str, ...]
    of_each: tuple[tuple[str, ...], ...] = ()  # "the cheapest cake and tea": where a joining word stands between them


def heard(text: str) -> Extreme | None:
    """The first extreme that a text speaks of."""
    words = cues.words(text)
    for start in range(len(words)):
        for count in range(min(LONGEST, len(words) - start), 0, -1):
            said = " ".join(words[start : start + count])
            name = _lists().of(said) or (_lists().within(said) if count == 1 else None)
            if name:
                rest = [*words[:start], *_left(said, name), *words[start + count :]]
                measure, is_most = _LISTS[name]
                of = [word for word in naming(" ".join(rest)) if _lists().of(word) is None]
                return Extreme(measure, is_most, tuple(of), _apart(rest, of))
    return None


def _apart(words: Sequence[str], of: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The words of each thing; () where no "and" stands between them."""
    groups: list[list[str]] = [[]]
    for word in words:
        name = next((one for one in of if word.endswith(one)), None)
        is_prefixed = name is not None and word.startswith(_AND) and word != name
        if cues.languages_of("joins", word) or is_prefixed:
            groups.append([])
        if name is not None:
            groups[-1].append(name)
    told = tuple(tuple(group) for group in groups if group)
    return told if len(told) > 1 else ()


def naming(text: str) -> list[str]:
    """The words of a text that name things, without those that ask and those for goods of every kind."""
    kept = [rest for word in cues.words(text) for rest in _left(word, "any")]
    left = [rest for word in kept for rest in ([word] if _is_topic(word) else _without(word))]
    named = [word for word in left if not word.isdecimal() and topics.heard(word).topics not in _OF_EVERYTHING]
    return [_ARTICLE.sub("", word) for word in named]


def _without(word: str) -> list[str]:
    for name in _EMPTY:
        word = " ".join(cues.without(word, name))
    return word.split()


def _is_topic(word: str) -> bool:
    """What every shop is asked for is named by words that ask for prices as well ("ongkir")."""
    heard_of = frozenset().union(*topics.heard(word).topics)
    return bool(heard_of & _NAMED)


def _left(said: str, name: str) -> list[str]:
    """What is left of a run of an unspaced script."""
    if not cues.is_unspaced(said):
        return [] if _lists().names(said, name) else [said]
    for entry in _lists().unspaced[name]:
        said = said.replace(entry, " ")
    return said.split()


@dataclass(frozen=True, slots=True)
class _Lists:
    whole: Mapping[str, frozenset[str]]
    beginnings: Mapping[str, Sequence[tuple[str, str]]]  # by their first letters: (beginning, list)
    unspaced: Mapping[str, Sequence[str]]  # longest first

    def of(self, said: str) -> str | None:
        return next((name for name in _LISTS if self.names(said, name)), None)

    def names(self, said: str, name: str) -> bool:
        blanks = said.count(" ")
        return name in self.whole.get(said, frozenset()) or any(
            said.startswith(beginning) and beginning.count(" ") == blanks and name == of
            for beginning, of in self.beginnings.get(said[:STEM], ())
        )

    def within(self, run: str) -> str | None:
        if not cues.is_unspaced(run):
            return None
        return next((name for name in _LISTS if any(entry in run for entry in self.unspaced[name])), None)


@cache
def _lists() -> _Lists:
    whole: dict[str, set[str]] = {}
    beginnings: dict[str, list[tuple[str, str]]] = {}
    unspaced: dict[str, set[str]] = {}
    for name, languages in _table().items():
        unspaced[name] = set()
        for language, said in languages.items():
            for entry in said.split(" | "):
                typed = " ".join(cues.words(entry))
                if cues.is_unspaced(typed):
                    unspaced[name].add(typed)
                for spelling in cues.spellings(typed, language):
                    if entry.endswith("*"):
                        beginnings.setdefault(spelling[:STEM], []).append((spelling, name))
                    else:
                        whole.setdefault(spelling, set()).add(name)
    return _Lists(
        {entry: frozenset(names) for entry, names in whole.items()},
        beginnings,
        {name: sorted(entries, key=len, reverse=True) for name, entries in unspaced.items()},
    )


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("balas.rag.quoting").joinpath("extremes.toml").read_text(encoding="utf-8"))
