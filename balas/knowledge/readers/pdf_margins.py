"""Headers and footers: lines at the edge of most pages, at one height, whose words are the same on each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import median

from balas.knowledge.readers.pdf_page import Line

EDGE_LINES = 3

_NUMBER = re.compile(r"\d{1,9}")
_PAGE_NUMBER = re.compile(  # "7", "Page 3 of 12", "Halaman 4", "第 3 页"
    r"(?i)^\W*(?:page|halaman|hal\.?|p[áa]gina|p[áa]g\.?|seite|trang|หน้า|صفحة|पृष्ठ|第)?\W*\d{1,4}"
    r"(?:\s*(?:/|of|dari|de|von|จาก|من|页|頁|ページ)\s*\d{0,4})?\W*$"
)


def without_margins(pages: list[list[Line]]) -> list[list[Line]]:
    repeated = _repeated(pages)

    def keep(lines: list[Line]) -> Iterator[Line]:
        edges = {id(line) for line in _edges(lines)}
        outermost = sorted(lines, key=lambda line: line.baseline)
        ends = {id(line) for line in (*outermost[:1], *outermost[-1:])}
        for line in lines:
            numbered = id(line) in ends and len(lines) > 1 and _PAGE_NUMBER.match(line.text)
            margin = id(line) in edges and _shape(line) in repeated and not _heads(line, lines)
            if not numbered and not margin:
                yield line

    kept = [list(keep(lines)) for lines in pages]
    # Pages that say nothing but the same few lines are the document, not its margins.
    return kept if any(kept) else pages


def _repeated(pages: list[list[Line]]) -> set[tuple[str, int]]:
    """Shapes that stand on half of the pages, whose numbers are the same on each or grow with the pages.

    "Paket 10: 90.000" and "Paket 20: 85.000" at the top of two pages are rows of a table, not a header.
    """
    seen: defaultdict[tuple[str, int], dict[int, list[int]]] = defaultdict(dict)
    for page, lines in enumerate(pages):
        for line in _edges(lines):
            seen[_shape(line)][page] = [int(number) for number in _NUMBER.findall(line.text)[:20]]
    filled = sum(bool(lines) for lines in pages)
    return {shape for shape, numbers in seen.items() if len(numbers) >= max(2, 0.5 * filled) and _follow_pages(numbers)}


def _follow_pages(numbers: dict[int, list[int]]) -> bool:
    for column in zip(*numbers.values(), strict=False):
        same = Counter(column).most_common(1)[0][1]
        growing = Counter(number - page for page, number in zip(numbers, column, strict=True)).most_common(1)[0][1]
        if max(same, growing) < 0.8 * len(numbers):
            return False
    return True


def _edges(lines: list[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: -line.baseline)
    return ordered if len(ordered) <= 2 * EDGE_LINES else ordered[:EDGE_LINES] + ordered[-EDGE_LINES:]


def _shape(line: Line) -> tuple[str, int]:
    """The words without their numbers, and the height on the page to some 4 points."""
    return _NUMBER.sub("#", line.text.lower()), round(line.baseline / 4)


def _heads(line: Line, lines: list[Line]) -> bool:
    """Whether the line is a numbered heading, or names the columns of the row below it.

    Such lines stand at the top of many pages, too: "Bab 1", "Bab 2"; the header of a table that goes on.
    """
    if _NUMBER.search(line.text) and line.size >= 1.15 * median(other.size for other in lines):
        return True
    below = [other for other in lines if 0 < line.baseline - other.baseline < 4 * line.size and len(other.cells) > 1]
    if len(line.cells) < 2 or not below:
        return False
    nearest = max(below, key=lambda other: other.baseline)
    under = sum(any(_overlap(cell.left, cell.right, o.left, o.right) for o in nearest.cells) for cell in line.cells)
    return under >= 2 and under >= len(line.cells) - 1


def _overlap(left: float, right: float, other_left: float, other_right: float) -> bool:
    return left < other_right and other_left < right
