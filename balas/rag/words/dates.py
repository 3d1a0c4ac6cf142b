"""Days of the year in a text, in any language: "25 December", "vom 23. Dezember bis zum 6. Januar"."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from balas.rag.words import cues
from balas.rag.words.figures import Figures

Day = tuple[int, int]  # (month from 0, day)

_FIRST = re.compile(r"(?<![\d.:])(\d{1,2})(?:er|st|nd|rd|th|º|\.)?\s+(?:de\s+|of\s+|tháng\s+)?([^\W\d_]+)")
_LAST = re.compile(r"(?<![^\W\d_])([^\W\d_]+)\s+(\d{1,2})(?![\d:.]|\s*h\b)")
_APART = 24  # characters between the two days of a span
_SENTENCE = re.compile(r"[;\n]|\.\s+\D")


def dates(text: str) -> set[Day]:
    """The dates that name their month. "July: 14 h" is none."""
    return {day for _, _, day in _found(cues.normal(text))}


def covers(text: str, days: frozenset[Day]) -> bool:
    """Does the text name one of these days, or a span in which one lies?"""
    flat = cues.normal(text)
    found = _found(flat)
    if any(day in days for _, _, day in found):
        return True
    return any(
        start - end <= _APART and not _SENTENCE.search(flat[end:start]) and any(_between(a, b, day) for day in days)
        for (_, end, a), (start, _, b) in pairwise(found)
    )


def _between(first: Day, last: Day, day: Day) -> bool:
    """Over the turn of the year as well."""
    return first <= day <= last if first <= last else day >= first or day <= last


def _found(flat: str) -> list[tuple[int, int, Day]]:
    """Where each stands, in order."""
    months = cues.ordered("month")
    said = [(match, match[2], match[1]) for match in _FIRST.finditer(flat)]
    said += [(match, match[1], match[2]) for match in _LAST.finditer(flat)]
    found = {(match.start(), match.end(), (months[name], int(day))) for match, name, day in said if name in months}
    return sorted(found)


_ALIKE = frozenset(
    {
        "may",
        "march",
        "mar",
        "mart",
        "mei",
        "mai",
        "set",
        "dec",
        "des",
        "jan",
        "agu",
        "ago",
        "out",
        "sep",
        "juli",
        "juni",
    }
)
_RANGED = re.compile(
    r"\s*(?:-|–|—|to|until|till|through|a|al|hasta|à|até|bis|sampai|hingga|до|по|–|से|إلى|الى|حتى|đến|から|hadi|ile)\s*(?:\d{1,2}\.?\s*)?(?:de\s+)?"
)


def months_of(text: str) -> frozenset[int]:
    """The months that a text names, from 0, those of a span too. "may" and "set" count beside another one, a number or,
    with a capital, within a sentence."""
    flat = cues.normal(text)
    names = cues.ordered("month")
    found = [(word, start, end) for word, start, end in cues.spans(text) if word in names]
    sure = [
        (names[word], start, end)
        for word, start, end in found
        if word not in _ALIKE or _is_month(text, start, end, len(found))
    ]
    told = {month for month, _, _ in sure}
    for (first, _, end), (last, start, _) in pairwise(sure):
        if len(flat) == len(text) and _RANGED.fullmatch(flat[end:start]):
            told |= {(first + step) % 12 for step in range((last - first) % 12 + 1)}
    return frozenset(told)


def _is_month(text: str, start: int, end: int, count: int) -> bool:
    if text[start:end] == "may":
        return False  # "children under 8 may …"
    beside = text[max(0, start - 4) : start] + text[end : end + 4]
    return count > 1 or any(char.isdigit() for char in beside) or (start > 0 and text[start].isupper())


_NUMERIC = re.compile(r"(?<![\d.,:/-])(\d{1,4})([./-])(\d{1,2})(?:\2(\d{2,4})?)?(?![\d:/]|[.,]\d)")


def without_known_dates(text: str, known: Figures, held: frozenset[Day]) -> str:
    """Without the dates in figures, "31.12.", that a text has with the month's name; a year must stand there too."""

    def kept(match: re.Match[str]) -> str:
        first, second, third = int(match[1]), int(match[3]), int(match[4] or 0)
        days, year = ([(second, third)], first) if first > 31 else ([(second, first), (first, second)], third)
        is_known = any((month - 1, day) in held for month, day in days)
        return " " if is_known and (not year or {Decimal(year), Decimal(2000 + year)} & known.values) else match[0]

    return _NUMERIC.sub(kept, text) if held else text
