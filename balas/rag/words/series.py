"""Things whose names differ by a number ("iPhone 11", "iPhone 13"): what is said of one is not said of another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from balas.rag.words import cues, topics
from balas.rag.words.answer_kinds import MONEY
from balas.rag.words.figures import months
from balas.rag.words.lexical import plain_words, unaccented
from balas.rag.words.ranges import counted, within
from balas.rag.words.units import spans, unit_of
from balas.values import ChunkKind, Passage

FEWEST = 2  # of a series that is known
_NAMED = re.compile(r"([^\W\d_]{3,})[\s-]?(\d{1,3})(?![\w%]|[.,:/]\d)(?:\s*([^\W\d_]+))?")
_WITH_PARTS = re.compile(r"\d+(?:[.,:/]\d+)+")  # "8:00", "1,450": their parts number nothing
_EMPTY = (
    "hollow",
    "aside",
    "ask",
    "amount",
    "time",
    "duration",
    "point",
    "courtesy",
    "filler",
    "open",
    "number",
    "month",
)


def is_left_out(question: str, passages: Sequence[Passage]) -> bool:
    """Does it ask for one of a series whose others alone are listed?"""
    return any(_lacks(word, number, passages) for word, number in _named(question))


def names_one(question: str) -> bool:
    return any(_named(question))


def _named(question: str) -> Iterable[tuple[str, str]]:
    """The words of a question with the number right after each, where that counts, costs or dates nothing."""
    for match in _NAMED.finditer(cues.normal(question)):
        word, number, after = match[1], match[2], match[3] or ""
        counts = spans(f"1 {after}") or spans(word) or unit_of("", f" {after}") or unit_of(f"{word} ", "")
        if not counts and not MONEY.search(match[0]) and not months(match[0]) and not _is_empty(word):
            yield unaccented(word), number


def _is_empty(word: str) -> bool:
    return word in _empty() or bool(topics.heard(word).topics)


def _lacks(word: str, number: str, passages: Sequence[Passage]) -> bool:
    listed: set[str] = set()
    for passage in passages:
        for line in passage.text.splitlines():
            words = [unaccented(one) for one in plain_words(_WITH_PARTS.sub(" ", line))]
            if word not in words:
                continue
            numbers = {after for one, after in pairwise(words) if one == word and after.isdecimal()}
            if passage.kind is ChunkKind.TABLE:
                listed |= numbers
            if number in words or within(line, counted(f"{word} {number}")) > 0:
                return False
    return len(listed) >= FEWEST


@cache
def _empty() -> frozenset[str]:
    small = (cues.small_words(code) for code in cues.codes())
    return frozenset().union(*(cues.entries(name) for name in _EMPTY), *small)
