"""Tables in what a model writes, as lines that can be read in a chat and checked one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_ROW = re.compile(r"\s*\|")
_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*")
_WORDED = re.compile(r"[^\W\d_]")


def without_tables(lines: Sequence[str]) -> list[str]:
    """Each row as "name: value", with the names of further columns; without heads, rules and rows that tell nothing."""
    told: list[str] = []
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and (_ROW.match(lines[end]) or _RULE.fullmatch(lines[end] or "x")):
            end += 1
        if end > at:
            told += _rows(lines[at:end])
        else:
            told.append(lines[at])
        at = max(end, at + 1)
    return told


def _rows(lines: Sequence[str]) -> Iterator[str]:
    rules = [at for at, line in enumerate(lines) if _RULE.fullmatch(line)]
    head = _cells(lines[rules[0] - 1]) if rules and rules[0] > 0 else []
    for at, line in enumerate(lines):
        is_head = bool(head) and at == rules[0] - 1
        cells = [] if at in rules or is_head else _cells(line)
        if any(_WORDED.search(cell) for cell in cells) and (len(cells) > 1 or any(char.isdigit() for char in line)):
            yield _line(cells, head)


def _line(cells: Sequence[str], head: Sequence[str]) -> str:
    name, *values = cells
    if len(values) < 2:
        return ": ".join([name, *values])
    labels = [*head[1:], *[""] * len(values)]
    return f"{name}: " + ", ".join(f"{label} {value}".strip() for label, value in zip(labels, values, strict=False))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|") if cell.strip()]
