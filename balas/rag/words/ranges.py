"""Numbers that a question counts by ("week 4", "8 tuổi") against the ranges of a text ("weeks 3 to 5", "6–10 tuổi")."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from balas.rag.words.figures import months
from balas.rag.words.lexical import folded

STEM = 3  # letters that name the same unit: "week", "weeks"
_N = r"(?<![\d.,:/])(\d{1,3})(?!\d|[:/.,]\d)"
_BETWEEN = (
    r"\s*(?:[-–—~]|to|and|through|until|bis|und|a|à|y|e|et|ao|até|hasta|sampai|hingga|s/d|dan|ile|до|и|по|đến|tới|và|إلى|الى"
    r"|و|hadi|na)\s*"
)
_WORD = r"([^\W\d_]{2,})"
_RANGE = re.compile(rf"(?:{_WORD}\s+)?{_N}{_BETWEEN}{_N}(?:\s*{_WORD})?")
_OVER = re.compile(
    rf"(?<!\w)(?:after|over|above|more than|older than|setelah|lebih dari|di atas|après|plus de"
    rf"|después de|más de|depois de|mais de|nach|über|после|старше|более|sau|trên|hơn|بعد|أكثر من|baada ya|zaidi ya)"
    rf"\s+(?:{_WORD}\s+)?{_N}(?:\s*{_WORD})?"
)
_UP_TO = re.compile(
    rf"(?<!\w)(?:until|up to|under|below|before|less than|(?:end|start) of|sebelum|di bawah|kurang dari|avant|moins de"
    rf"|antes de|menos de|vor|unter|до|младше|dưới|trước|قبل|أقل من|دون|chini ya|kabla ya)"
    rf"\s+(?:{_WORD}\s+)?{_N}(?:\s*{_WORD})?"
)
_COUNTED = re.compile(rf"(?:{_WORD}\s+)?{_N}(?:\s*{_WORD})?")

Counted = tuple[int, frozenset[str]]  # a number and the beginnings of the words beside it


def counted(question: str) -> list[Counted]:
    """The numbers of a question with what they count. A number beside a month is a date."""
    flat = folded(question)
    found = ((int(match[2]), match[0], _stems(match[1], match[3])) for match in _COUNTED.finditer(flat))
    return [(number, stems) for number, said, stems in found if stems and not months(said)]


def within(text: str, asked: list[Counted]) -> float:
    """1 when a range of the text holds a number that was asked for, -1 when ranges of its kind leave it out."""
    if not asked:
        return 0.0
    ranges = list(_ranges(folded(text)))
    told = [low <= number <= high for number, stems in asked for low, high, unit in ranges if unit & stems]
    return 0.0 if not told else 1.0 if any(told) else -1.0


def _ranges(flat: str) -> Iterator[tuple[float, float, frozenset[str]]]:
    for match in _RANGE.finditer(flat):
        yield int(match[2]), int(match[3]), _stems(match[1], match[4])
    for match in _OVER.finditer(flat):
        yield int(match[2]) + 1, math.inf, _stems(match[1], match[3])
    for match in _UP_TO.finditer(flat):
        yield -math.inf, int(match[2]), _stems(match[1], match[3])


def _stems(*words: str | None) -> frozenset[str]:
    return frozenset(word[:STEM] for word in words if word and len(word) >= STEM)
