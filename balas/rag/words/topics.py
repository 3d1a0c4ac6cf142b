"""What people ask every shop for (hours, address, delivery, …), told by words of any language.

"dónde están ubicados?" and "Alamat: Jl. Kenanga 7" share no word. A short list of what shops are asked for says more
there than vectors of three words do. The words stand in `topics.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from balas.rag.words import cues
from balas.rag.words.answer_kinds import MONEY
from balas.rag.words.dates import covers
from balas.rag.words.weekdays import weekdays

Topics = frozenset[str]

ADDRESS = "address"
DAY = "day"
PRICE = "price"
SHOP = "shop"  # nothing
LONGEST = 5  # words of an entry
MENTIONED = 0.5
# What is done in several ways: who asks how, without naming one, is told of all rather than of one.
WAYS = {"payment": ("card", "transfer", "wallet", "instalments", "cash", "cod")}
_SAME_WAY = frozenset({"cash", "cod"})
SHORTEST_BARE = 4  # letters of an entry that is known without its accents
STEM = 3  # letters by which beginnings are looked up
_PATTERNS = {
    "hours": r"(?<!\d)(?:[01]?\d|2[0-4])[:.h][0-5]\d(?!\d)|(?<!\d)\d{1,2}\s?(?:am|pm|a\.m|p\.m|uhr|h)\b",
    "phone": r"(?<![\d.,])\+?\(?0?\d(?:[\s().-]{0,2}\d){6,13}(?![\d.,]*\d)",
    "email": r"\S@\S+\.\w",
    "website": r"https?://|www\.",
    "discount": r"\d\s*折(?!叠)",
}
_SHOWN = {topic: re.compile(pattern, re.IGNORECASE) for topic, pattern in _PATTERNS.items()} | {PRICE: MONEY}
# A number beside a street makes it an address; without one it may be any number.
_HOUSE = re.compile(r"(?<!\w)(?:no|nr|nº|n°|№|num)?\.?\s?\d{1,4}[a-z]?(?![\d.:%])|(?<!\d)\d{5}(?!\d)", re.IGNORECASE)
_FIXED = {
    "christmas": frozenset({(11, 24), (11, 25), (11, 26)}),
    "new_year": frozenset({(11, 31), (0, 1)}),
}
_AND = "و"  # Arabic writes it as a part of the word after it
_ARABIC_HEAD = re.compile("^(?:[وف]?(?:بال|لل|ال|كال)|[وف])(?=.{3})")


@dataclass(frozen=True, slots=True)
class Heard:
    """The topics that a text speaks of: one set for each phrase that may mean either of them, and the other words."""

    topics: tuple[Topics, ...]
    rest: tuple[str, ...]


def shown(text: str) -> Topics:
    """The topics that a piece of a document says something of."""
    return frozenset(_times(text))


def dwelt(text: str) -> Topics:
    """The topics that a piece of a document speaks of more than once."""
    return frozenset(topic for topic, times in _times(text).items() if times > 1)


@lru_cache(maxsize=1 << 12)
def _times(text: str) -> Counter[str]:
    spoken = Counter(topic for topics in heard(text, in_document=True).topics for topic in topics)
    shown = Counter({topic: len(pattern.findall(text)) for topic, pattern in _SHOWN.items()})
    house = Counter({ADDRESS: int(ADDRESS in spoken and _HOUSE.search(text) is not None)})
    dated = Counter({topic: int(covers(text, days)) for topic, days in _FIXED.items()})
    named = Counter({DAY: int(DAY not in spoken and bool(weekdays(text)))})  # "Fri. to Sun."
    return spoken + shown + house + dated + named  # adding leaves out what is said no times


def share(asked: Sequence[Topics], text: str, told_by: str | None = None) -> float:
    """Of how many of these topics the text says something, 0..1; to mention one is half. `told_by`: the part of it
    that may say more."""
    if not asked:
        return 0.0
    mentioned, told = shown(text), dwelt(text if told_by is None else told_by)
    return sum(MENTIONED * bool(one & mentioned) + (1 - MENTIONED) * bool(one & told) for one in asked) / len(asked)


def names_ways(asked: Sequence[Topics], told: Topics) -> bool:
    """Does a text tell several ways of doing the one thing that is asked about?"""
    for topic, ways in WAYS.items():
        if {topic} in asked and all(one <= {topic, SHOP} for one in asked):
            named = told & set(ways)
            return len(named - _SAME_WAY) + bool(named & _SAME_WAY) > 1
    return False


@cache
def entries() -> tuple[str, ...]:
    """The single words of all lists, beginnings and ends as they are."""
    found = (" ".join(cues.words(entry)) for _, entry in (*_entries(in_document=False), *_entries(in_document=True)))
    return tuple(dict.fromkeys(entry for entry in found if entry and " " not in entry))


@lru_cache(maxsize=256)  # several steps ask it of the same question
def heard(text: str, *, in_document: bool = False) -> Heard:
    lists = _lists(in_document)
    words = cues.words(text)
    topics: list[Topics] = []
    rest: list[str] = []
    start = 0
    while start < len(words):
        found, count = _longest(words[start : start + LONGEST], lists)
        topics += [found] if found else []
        rest += [] if found else [words[start]]
        start += count
    return Heard(tuple(topics), tuple(rest))


def _longest(words: list[str], lists: _Lists) -> tuple[Topics, int]:
    """The topics of the longest entry that these words begin with, and how many they are."""
    if cues.is_unspaced(words[0]):
        return lists.within(words[0]), 1
    for count in range(len(words), 0, -1):
        found = lists.of(" ".join(words[:count]))
        if found:
            return found, count
    return frozenset(), 1


@dataclass(frozen=True, slots=True)
class _Lists:
    whole: dict[str, Topics]
    beginnings: dict[str, tuple[tuple[str, str], ...]]  # by their first letters: (beginning, topic)
    ends: tuple[tuple[str, str], ...]
    unspaced: dict[str, Topics]

    def of(self, said: str) -> Topics:
        found = self._of(said)
        bare = (said.removeprefix(_AND), _ARABIC_HEAD.sub("", said))
        return found or next((topics for one in bare if one != said and (topics := self._of(one))), found)

    def _of(self, said: str) -> Topics:
        words = said.count(" ")
        begun = [
            topic
            for beginning, topic in self.beginnings.get(said[:STEM], ())
            if said.startswith(beginning) and beginning.count(" ") == words
        ]
        ended = [topic for end, topic in self.ends if not words and said.endswith(end)]
        return self.whole.get(said, frozenset()) | frozenset(begun) | frozenset(ended)

    def within(self, run: str) -> Topics:
        return frozenset(topic for entry, topics in self.unspaced.items() if entry in run for topic in topics)


@cache
def _lists(in_document: bool) -> _Lists:
    whole: dict[str, Topics] = {}
    beginnings: dict[str, tuple[tuple[str, str], ...]] = {}
    ends: list[tuple[str, str]] = []
    unspaced: dict[str, Topics] = {}
    for topic, entry in _entries(in_document):
        said = " ".join(cues.words(entry))
        if cues.is_unspaced(said):
            unspaced[said] = unspaced.get(said, frozenset()) | {topic}
        elif entry.startswith("*"):
            ends += [(typed, topic) for typed in cues.spellings(said)]
        else:
            for typed in cues.spellings(said):
                if typed != said and len(typed) < SHORTEST_BARE:
                    continue
                if entry.endswith("*"):
                    beginnings[typed[:STEM]] = (*beginnings.get(typed[:STEM], ()), (typed, topic))
                else:
                    whole[typed] = whole.get(typed, frozenset()) | {topic}
    return _Lists(whole, beginnings, tuple(ends), unspaced)


def _entries(in_document: bool) -> Iterator[tuple[str, str]]:
    table = tomllib.loads(files("balas.rag.words").joinpath("topics.toml").read_text("utf-8"))
    for topic, lists in table.items():
        if in_document and topic == PRICE:
            continue  # "ask for the price" shows none
        for name in ("said", "shown") if in_document else ("said", "asked"):
            for entry in lists.get(name, "").split("|"):
                if entry.strip():
                    yield topic, " ".join(entry.split())
    for entry in cues.entries("day"):
        yield DAY, entry
