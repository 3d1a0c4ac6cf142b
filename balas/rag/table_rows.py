"""Rows of tables in what a model writes."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ROW = re.compile(r"\s*\|")
_NAMELESS_ROW = re.compile(r"\s*\|[^\w]*(?:[\d][\d\W]*)?")  # of a table: figures without a word tell nothing


def without_idle_rows(lines: Sequence[str]) -> list[str]:
    """Without rows of a table that tell nothing: figures alone, or words alone with no other row beside them."""
    rows = [line if _ROW.match(line) and not _NAMELESS_ROW.fullmatch(line) else "" for line in lines]
    shown = [bool(row) or not _NAMELESS_ROW.fullmatch(line) for row, line in zip(rows, lines, strict=True)]
    numbered = [number for number, _ in enumerate(lines) if shown[number] or not _ROW.match(lines[number])]
    told: list[str] = []
    for place, number in enumerate(numbered):
        beside = numbered[max(0, place - 1) : place] + numbered[place + 1 : place + 2]
        is_alone = not any(rows[other] for other in beside)
        if not (rows[number] and is_alone and not any(char.isdigit() for char in rows[number])):
            told.append(lines[number])
    return told
