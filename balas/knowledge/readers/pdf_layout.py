"""Lines with positions to blocks: margins dropped, columns of cells as tables, paragraphs joined, headings by size."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from balas.knowledge.readers import plain, tables
from balas.values import Block

MARGIN_LINES = 3
MAX_HEADING = 120
MAX_COLUMNS = 12
ROW_LINES = 6  # the lines a table row may be high

_PAGE_NUMBER = re.compile(
    r"(?i)^\W*(?:page|halaman|hal\.?|p[áa]gina|p[áa]g\.?|seite|trang|หน้า)?\W*\d{1,4}(?:\s*(?:/|of|dari|de|von|จาก)\s*\d{1,4})?\W*$"
)
_SENTENCE_END = re.compile(r"[.!?…:;。！？।؟]['\"”’)»]*$")


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    cells: tuple[Cell, ...]
    size: float
    bold: bool
    baseline: float  # height on the page, in points from below

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right


def blocks(pages: list[list[Line]]) -> list[Block]:
    pages = _without_margins([_same_baseline(lines) for lines in pages])
    look = _Look.of(pages)
    made: list[Block] = []
    for number, lines in enumerate(pages, 1):
        for block in _page_blocks(lines, number, look):
            if made and _runs_on(made[-1], block):
                made[-1] = replace(made[-1], text=_join(made[-1].text, block.text, look.words))
            else:
                made.append(block)
    return made


@dataclass(frozen=True, slots=True)
class _Look:
    """What is usual in this document."""

    body_size: float
    heading_sizes: tuple[float, ...]
    words: Counter[str]

    @classmethod
    def of(cls, pages: list[list[Line]]) -> _Look:
        sizes: Counter[float] = Counter()
        words: Counter[str] = Counter()
        for lines in pages:
            for line in lines:
                sizes[line.size] += len(line.text)
                words.update(line.text.lower().split())
        body = sizes.most_common(1)[0][0] if sizes else 1.0
        larger = sorted((size for size in sizes if size >= 1.15 * body), reverse=True)
        return cls(body, tuple(larger), words)

    def level(self, line: Line) -> int | None:
        """A larger line is a heading; so is a bold one that does not end as a sentence."""
        if len(line.cells) > 1 or len(line.text) > MAX_HEADING or not any(c.isalpha() for c in line.text):
            return None
        if line.size in self.heading_sizes:
            return min(4, self.heading_sizes.index(line.size) + 1)
        if line.bold and line.size >= 0.95 * self.body_size and not _SENTENCE_END.search(line.text.rstrip("?")):
            return 5
        return None


def _same_baseline(lines: list[Line]) -> list[Line]:
    """Join pieces that stand side by side but were painted one after the other, as the cells of a row are."""
    joined: list[Line] = []
    for line in lines:
        for back in range(len(joined) - 1, max(-1, len(joined) - 1 - ROW_LINES), -1):
            row = joined[back]
            if abs(row.baseline - line.baseline) < 0.4 * line.size and line.left >= row.right - 1:
                joined[back] = _beside(row, line)
                break
        else:
            joined.append(line)
    return joined


def _beside(row: Line, line: Line) -> Line:
    cells = (*row.cells, *line.cells)
    if line.left - row.right < 0.4 * line.size:
        last, first = row.cells[-1], line.cells[0]
        touching = Cell(f"{last.text} {first.text}", last.left, first.right)
        cells = (*row.cells[:-1], touching, *line.cells[1:])
    return replace(row, cells=cells, bold=row.bold and line.bold)


def _without_margins(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop headers and footers: edge lines that stand at the same place of most pages, and page numbers."""
    seen: Counter[tuple[str, int]] = Counter()
    for lines in pages:
        seen.update({_shape(line) for line in _edges(lines)})
    filled = sum(bool(lines) for lines in pages)
    repeated = {shape for shape, count in seen.items() if count >= max(2, 0.5 * filled)}

    def keep(lines: list[Line]) -> Iterator[Line]:
        edges = {id(line) for line in _edges(lines)}
        outermost = sorted(lines, key=lambda line: line.baseline)
        ends = {id(line) for line in (*outermost[:1], *outermost[-1:])}
        for line in lines:
            number = id(line) in ends and len(lines) > 1 and _PAGE_NUMBER.match(line.text)
            if not number and (id(line) not in edges or _shape(line) not in repeated):
                yield line

    kept = [list(keep(lines)) for lines in pages]
    # Pages that say nothing but the same few lines are the document, not its margins.
    return kept if any(kept) else pages


def _edges(lines: list[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: -line.baseline)
    return ordered if len(ordered) <= 2 * MARGIN_LINES else ordered[:MARGIN_LINES] + ordered[-MARGIN_LINES:]


def _shape(line: Line) -> tuple[str, int]:
    """The words without their numbers, and the height on the page to some 4 points."""
    return re.sub(r"\d+", "#", line.text.lower()), round(line.baseline / 4)


def _page_blocks(lines: list[Line], page: int, look: _Look) -> Iterator[Block]:
    pitch = _pitch(lines)
    position = 0
    while position < len(lines):
        end, grid = _table(lines, position)
        if grid:
            yield from tables.blocks(grid, page=page)
            position = end
            continue
        level = look.level(lines[position])
        end = position + 1
        while end < len(lines) and _continues(lines[end - 1], lines[end], pitch) and look.level(lines[end]) == level:
            if level is None and _table(lines, end)[1]:
                break
            end += 1
        if level is not None:
            yield Block(" ".join(line.text for line in lines[position:end]), page=page, heading_level=level)
        else:
            yield Block(_paragraph(lines[position:end], look), page=page)
        position = end


def _pitch(lines: list[Line]) -> float:
    """The usual distance between two baselines, in font sizes."""
    steps = [(a.baseline - b.baseline) / a.size for a, b in pairwise(lines) if 0 < a.baseline - b.baseline < 3 * a.size]
    return median(steps) if steps else 1.3


def _continues(previous: Line, line: Line, pitch: float) -> bool:
    """Whether a line belongs to the paragraph of the line before it: same letters, no wider step, no list item."""
    step = (previous.baseline - line.baseline) / previous.size
    return (
        abs(previous.size - line.size) < 0.1 * previous.size
        and 0 < step < max(1.9, pitch * 1.25)
        and (step < pitch * 1.3 or step < 1.5)
    )


def _paragraph(lines: list[Line], look: _Look) -> str:
    """Lines that the margin broke are joined, others keep their line break."""
    text = lines[0].text
    for previous, line in pairwise(lines):
        if plain.is_item(line.text) or (_had_room(previous, line, lines) and not text.endswith(("-", "\u00ad"))):
            text += "\n" + line.text
        else:
            text = _join(text, line.text, look.words)
    return text.removesuffix("\u00ad") + "-" if text.endswith("\u00ad") else text


def _had_room(previous: Line, line: Line, paragraph: list[Line]) -> bool:
    """Whether the next line's first word would still have fitted: then the writer ended the line on purpose."""
    if line.text[:1].islower() and not _SENTENCE_END.search(previous.text):
        return False
    word = len(line.text.split(" ", 1)[0]) + 1
    width = (line.right - line.left) / max(1, len(line.text)) * word
    return max(other.right for other in paragraph) - previous.right > 1.15 * width


def _join(before: str, after: str, words: Counter[str]) -> str:
    """Join two lines; a word broken by a hyphen is mended as the rest of the document writes it.

    Indonesian doubles words with a true hyphen ("buku-buku"), which must stay.
    """
    if not before.endswith(("-", "\u00ad")) or not after[:1].islower():
        return plain.join(before, after)
    head = before[:-1]
    first, second = head.split()[-1].lower() if head.split() else "", after.split()[0].lower()
    whole, hyphened = first + second, f"{first}-{second}"
    doubled = bool(first) and (second.startswith(first) or first.endswith(second.rstrip(".,;:")))
    if before.endswith("-") and words[whole] == 0 and (doubled or words[hyphened] > 0):
        return f"{before}{after}"
    if doubled and words[whole] == 0:
        return f"{head}-{after}"
    return head + after


def _runs_on(before: Block, after: Block) -> bool:
    """Whether a paragraph goes on after a page or column break."""
    flowing = before.kind == after.kind == "text" and before.heading_level is None and after.heading_level is None
    return flowing and not _SENTENCE_END.search(before.text) and after.text[:1].islower()


def _table(lines: list[Line], start: int) -> tuple[int, list[list[str]]]:
    """Three or more lines of cells that stand in the same columns, with what is wrapped below them; else no grid."""
    if len(lines[start].cells) < 2:
        return start, []
    end, full = start, 0
    while end < len(lines) and (len(lines[end].cells) > 1 or (full and _hangs(lines, start, end))):
        full += len(lines[end].cells) > 1
        end += 1
    columns = _columns(lines[start:end])
    if full < 3 or not 2 <= len(columns) <= MAX_COLUMNS:
        return start, []
    return end, _grid(lines[start:end], columns)


def _hangs(lines: list[Line], start: int, at: int) -> bool:
    """Whether a line of one cell is the rest of a cell above it: close below, and under that cell."""
    line, above = lines[at], lines[at - 1]
    close = 0 < above.baseline - line.baseline < 1.6 * line.size
    under = any(
        cell.left - line.size < line.left and line.right < cell.right + line.size
        for row in lines[start:at]
        for cell in row.cells
    )
    return close and under and (line.left > lines[start].left + line.size or _followed_by_row(lines, at))


def _followed_by_row(lines: list[Line], at: int) -> bool:
    """A first cell's rest is told from a paragraph after the table by the rows that go on below."""
    return any(len(line.cells) > 1 for line in lines[at + 1 : at + 1 + ROW_LINES])


def _columns(lines: list[Line]) -> list[tuple[float, float]]:
    """Bands that the cells of all lines share, left to right."""
    bands: list[tuple[float, float]] = []
    for left, right in sorted((cell.left, cell.right) for line in lines if len(line.cells) > 1 for cell in line.cells):
        if bands and left < bands[-1][1]:
            bands[-1] = (bands[-1][0], max(right, bands[-1][1]))
        else:
            bands.append((left, right))
    return bands


def _grid(lines: list[Line], columns: list[tuple[float, float]]) -> list[list[str]]:
    """Rows of cells. A line that lacks cells and stands closer than rows do goes on with the row above it."""
    steps = [above.baseline - line.baseline for above, line in pairwise(lines)]
    tight = 1.12 * min((step for step in steps if step > 0), default=0.0)
    parted = any(step > tight for step in steps)
    grid: list[list[str]] = []
    for number, line in enumerate(lines):
        row = [""] * len(columns)
        for cell in line.cells:
            band = min(range(len(columns)), key=lambda column: _distance(cell, columns[column]))
            row[band] = f"{row[band]} {cell.text}".strip()
        rest = not row[0] or (parted and not all(row) and steps[number - 1] <= tight)
        if number and rest:
            grid[-1] = [f"{above} {cell}".strip() for above, cell in zip(grid[-1], row, strict=True)]
        else:
            grid.append(row)
    return grid


def _distance(cell: Cell, band: tuple[float, float]) -> float:
    return max(0.0, band[0] - cell.left, cell.left - band[1])
