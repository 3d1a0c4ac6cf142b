"""Numbers that a question counts by ("week 4", "8 tuổi") against the ranges of a text ("weeks 3 to 5", "6–10 tuổi")."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from balas.rag.words.figures import months
from balas.rag.words.lexical import folded
from balas.rag.words.units import unit_of

STEM = 3  # letters that name the same unit: "week", "weeks"
# Not a part of a time, a date or a decimal; "1 200" and "1.200" are one number.
_N = r"(?<![\d.,:/])(\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+|\d{1,6})(?!\d|[:/.,]\d)"
_BETWEEN = (
    r"\s*(?:[-–—~]|to|and|through|until|bis|und|a|à|y|e|et|ao|até|hasta|sampai|hingga|s/d|dan|ile|до|и|по|đến|tới|và|إلى|الى"
    r"|و|hadi|na|至|到|から)\s*"
)
_WORD = r"([^\W\d_]{2,})"
_SIGN = re.compile("[\u3040-\u9fff\uac00-\ud7af]")  # Chinese, Japanese and Korean write their units with one
_UNIT = r"(?:\s*([^\W\d_]{2,}|[\u3040-\u9fff\uac00-\ud7af]))?"
_OF = r"(?:(?:de|of|von|dari|di|da|van)\s+)?"
_RANGE = re.compile(rf"(?:{_WORD}\s+)?{_N}{_BETWEEN}{_N}{_UNIT}")
_ABOVE = (
    r"after|over|above|more than|older than|setelah|lebih dari|di atas|après|plus de|después de|más de|depois de"
    r"|mais de|nach|über|после|старше|более|sau|trên|hơn|بعد|أكثر من|baada ya|zaidi ya"
)
_BELOW = (
    r"until|up to|under|below|before|less than|(?:end|start) of|sebelum|di bawah|kurang dari|avant|moins de"
    r"|antes de|menos de|vor|unter|до|младше|dưới|trước|قبل|أقل من|دون|chini ya|kabla ya"
)
_OVER = re.compile(rf"(?:(?<!\w)(?:{_ABOVE})\s+|(?:超过|超過)\s*)(?:{_WORD}\s+)?{_N}{_UNIT}")
_UP_TO = re.compile(rf"(?<!\w)(?:{_BELOW})\s+(?:{_WORD}\s+)?{_N}{_UNIT}")
_FROM = re.compile(rf"(?<!\w)(?:ab|à partir de|a partir de|mulai dari)\s+(?:{_WORD}\s+)?{_N}(?!{_BETWEEN}\d){_UNIT}")
_OR_MORE = re.compile(
    rf"(?:{_WORD}\s+)?{_N}{_UNIT}\s+(?:(?:or|and) (?:more|over|above)|o m[aá]s|ou mais|(?:et|ou) plus|(?:und|oder) mehr"
    r"|(?:atau|dan|ke) (?:lebih|atas)|lebih|üzeri|ve üzeri|и более|и больше|trở lên"
    r"|فاكثر|او اكثر|فما فوق|na zaidi)(?!\w)"
)
_AND_MORE = re.compile(rf"{_N}\s*([\u3040-\u9fff\uac00-\ud7af]{{1,2}}?)及?(?:以上|이상)")
_AND_LESS = re.compile(rf"{_N}\s*([\u3040-\u9fff\uac00-\ud7af]{{1,2}}?)(?:以内|以下|之内|内|이하)")
_COUNTED = re.compile(rf"(?:{_WORD}\s+{_OF})?{_N}{_UNIT}")
_CELL = re.compile(r"(?:^|[;\n])\s*([^:;\n]{2,40}):\s*([^;\n]*)")  # "Weight: 5-10"
_MEASURES = frozenset({"kg", "gram", "litre", "km", "day", "week", "month", "year"})

Counted = tuple[int, frozenset[str]]  # a number and the beginnings of the words beside it


def counted(question: str) -> list[Counted]:
    """The numbers of a question with what they count. A number beside a month is a date."""
    flat = folded(question)
    found = [
        (_number(match[2]), match[0], _units(flat, match.end(2), match[1], match[3]) | _short(match[1], match[3]))
        for match in _COUNTED.finditer(flat)
    ]
    return [(number, units) for number, said, units in found if units and not months(said)]


def within(text: str, asked: Sequence[Counted]) -> float:
    """1 when a range of the text holds a number that was asked for, -1 when ranges of its kind leave it out."""
    if not asked:
        return 0.0
    ranges = list(_ranges(folded(text)))
    told = [low <= number <= high for number, units in asked for low, high, unit in ranges if unit & units]
    return 0.0 if not told else 1.0 if any(told) else -1.0


def _ranges(flat: str) -> Iterator[tuple[float, float, frozenset[str]]]:
    for low, high, at, end, units in _bare_ranges(flat):
        yield low, high, units | _of_label(flat, at, end)


def _bare_ranges(flat: str) -> Iterator[tuple[float, float, int, int, frozenset[str]]]:
    for match in _RANGE.finditer(flat):
        units = _units(flat, match.end(3), match[1], match[4])
        yield _number(match[2]), _number(match[3]), *match.span(), units
    for pattern, step in ((_OVER, 1), (_FROM, 0), (_OR_MORE, 0)):
        for match in pattern.finditer(flat):
            units = _units(flat, match.end(2), match[1], match[3])
            yield _number(match[2]) + step, math.inf, *match.span(), units
    for match in _UP_TO.finditer(flat):
        yield -math.inf, _number(match[2]), *match.span(), _units(flat, match.end(2), match[1], match[3])
    for match in _AND_MORE.finditer(flat):
        yield _number(match[1]), math.inf, *match.span(), _units(flat, match.end(1), match[2])
    for match in _AND_LESS.finditer(flat):
        yield -math.inf, _number(match[1]), *match.span(), _units(flat, match.end(1), match[2])


def _of_label(flat: str, at: int, end: int) -> frozenset[str]:
    """The words and initials above a column of mere ranges: "Family income: 601 to 1 200"."""
    for cell in _CELL.finditer(flat):
        if cell.start(2) <= at and end <= cell.end(2) and cell[2].strip() == flat[at:end].strip():
            words = re.findall(r"[^\W\d_]+", cell[1])
            return _stems(*words) | _short("".join(word[0] for word in words))
    return frozenset()


def _units(flat: str, end: int, *words: str | None) -> frozenset[str]:
    """The beginnings of the words beside a number that ends there, and what it counts in one name for all languages."""
    measure = unit_of("", flat[end:])
    return _stems(*words) | ({f"={measure}"} if measure in _MEASURES else frozenset())


def _stems(*words: str | None) -> frozenset[str]:
    said = [word for word in words if word]
    whole = (word[:1] for word in said if _SIGN.match(word))
    return frozenset(whole) | {word[:STEM] for word in said if len(word) >= STEM and not _SIGN.match(word)}


def _short(*words: str | None) -> frozenset[str]:
    """Such as initials are, whole: "QF" of "quotient familial"."""
    return frozenset(word for word in words if word and 1 < len(word) < STEM and not _SIGN.match(word))


def _number(said: str) -> int:
    return int(re.sub(r"\D", "", said))
