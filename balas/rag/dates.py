"""Days of the year in a text, in any language: "25 December", "vom 23. Dezember bis zum 6. Januar"."""

from __future__ import annotations

import re
from itertools import pairwise

from balas.rag import cues

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
