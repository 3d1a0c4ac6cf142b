"""Tables in texts without markup: columns apart by tabs, by blanks, or by dots up to the price."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from balas.knowledge.readers import tables
from balas.values import Block, ChunkKind

FEWEST = 3  # lines that look alike, so that they are a table
TABBED = 2  # where tabs part them, which nobody types by chance
MOST = 12  # columns
LONGEST = 80  # characters of a cell

_GAP = re.compile(r"\s*(?:\t+|[.·_…]{4,}|\s[.…]{3}\s| {2,})\s*")
_ITEM = re.compile(r"^\s*(?:[-*•●◦▪–]|\d{1,3}[.)]|[a-zA-Z][.)]|§+\s*\d+\w?|\d{1,2}(?:\.\d{1,2})+\.?)\s")


def rows(part: str) -> list[list[str]]:
    """The cells of lines that are all parted into the same columns; [] where they are no table. A line with nothing to
    part may stand above them."""
    lines = [line.strip() for line in part.split("\n") if line.strip()]
    cut = [[cell for cell in _GAP.split(line) if cell] for line in lines]
    above = 1 if cut and len(cut[0]) == 1 else 0
    below = cut[above:]
    tabbed = all("\t" in line for line in lines[above:])
    if len(below) < (TABBED if tabbed else FEWEST) or any(_ITEM.match(line) for line in lines):
        return []
    marks = [row[0] for row in below if row[0].endswith((":", "："))]
    if len(set(marks)) < len(marks):
        return []  # "Q:" and "A:" take turns
    width = len(below[0])
    regular = 1 < width <= MOST and all(len(row) == width and max(map(len, row)) <= LONGEST for row in below)
    return cut if regular else []


def gathered(blocks: Iterable[Block]) -> Iterator[Block]:
    """Neighbouring paragraphs that tabs part into columns become the rows of a table."""
    for is_tabbed, group in groupby(blocks, key=_is_tabbed):
        found = list(group)
        cells = rows("\n".join(block.text for block in found)) if is_tabbed else []
        yield from tables.blocks(cells, page=found[0].page) if cells else found


def _is_tabbed(block: Block) -> bool:
    return block.kind is ChunkKind.TEXT and block.heading_level is None and "\t" in block.text.strip()
