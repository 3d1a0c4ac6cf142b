"""Tables in texts without markup: columns apart by tabs, by blanks, or by dots up to the price."""

from __future__ import annotations

import re

FEWEST = 3  # lines that look alike, so that they are a table
MOST = 12  # columns
LONGEST = 80  # characters of a cell

_GAP = re.compile(r"\s*(?:\t+|[.·_…]{4,}|\s[.…]{3}\s| {2,})\s*")
_ITEM = re.compile(r"^\s*(?:[-*•●◦▪–]|\d{1,3}[.)])\s")


def rows(part: str) -> list[list[str]]:
    """The cells of lines that are all parted into the same columns; [] where they are no table. A line with nothing to
    part may stand above them."""
    lines = [line.strip() for line in part.split("\n") if line.strip()]
    cut = [[cell for cell in _GAP.split(line) if cell] for line in lines]
    above = 1 if cut and len(cut[0]) == 1 else 0
    below = cut[above:]
    if len(below) < FEWEST or any(_ITEM.match(line) for line in lines):
        return []
    width = len(below[0])
    regular = 1 < width <= MOST and all(len(row) == width and max(map(len, row)) <= LONGEST for row in below)
    return cut if regular else []
