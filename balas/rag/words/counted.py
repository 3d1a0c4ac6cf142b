"""What numbers count in a text by the word behind them: "6 persons" is wrong where a room is for "4 persons"."""

from __future__ import annotations

import re
from functools import lru_cache

from balas.rag.words import cues
from balas.rag.words.clocks import PARTS
from balas.rag.words.lexical import folded
from balas.rag.words.units import unit_of

STEM = 4  # letters by which "lesson" is "lessons"
_COUNT = re.compile(r"(?<![\w.,:/])(\d{1,3})\s+([^\W\d_]{3,})")


@lru_cache(maxsize=128)  # asked of each sentence, for every passage
def counted(text: str) -> frozenset[tuple[int, str]]:
    """Each number with the beginning of the word behind it, where that is no unit of measure."""
    hollow = cues.entries("hollow")
    return frozenset(
        (int(match[1]), match[2][:STEM])
        for match in _COUNT.finditer(folded(text))
        if match[2] not in hollow and match[2] not in PARTS and unit_of("", f" {match[2]}") is None
    )


def miscounted(sentence: str, passage: frozenset[tuple[int, str]], asked: frozenset[tuple[int, str]]) -> str | None:
    """A number of things of which the passage knows others only."""
    told = {word for _, word in passage}
    wrong = sorted(counted(sentence) - passage - asked)
    return next((f"{number} {word}" for number, word in wrong if word in told), None)
