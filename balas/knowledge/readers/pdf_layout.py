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
    bottom: float
    top: float

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
        fresh = list(_page_blocks(lines, number, look))
        if made and fresh and _runs_on(made[-1], fresh[0]):
            made[-1] = replace(made[-1], text=_join(made[-1].text, fresh.pop(0).text, look.words))
        made += fresh
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
    """Join pieces that stand side by side but were painted one by one, as table cells are."""
    joined: list[Line] = []
    for line in lines:
        previous = joined[-1] if joined else None
        if previous and abs(previous.bottom - line.bottom) < 0.4 * line.size and line.left >= previous.right - 1:
            near = line.left - previous.right < 0.4 * line.size
            first = line.cells[0]
            cells = (
                (
                    *previous.cells[:-1],
                    Cell(f"{previous.cells[-1].text} {first.text}", previous.cells[-1].left, first.right),
                    *line.cells[1:],
                )
                if near
                else (*previous.cells, *line.cells)
            )
            joined[-1] = replace(previous, cells=cells, bold=previous.bold and line.bold)
        else:
            joined.append(line)
    return joined


def _without_margins(pages: list[list[Line]]) -> list[list[Line]]:
    """Drop headers and footers: edge lines that stand at the same place of most pages, and page numbers."""
    seen: Counter[tuple[str, int]] = Counter()
    for lines in pages:
        seen.update({_shape(line) for line in _edges(lines)})
    filled = sum(bool(lines) for lines in pages)
    repeated = {shape for shape, count in seen.items() if count >= max(2, 0.5 * filled)}

    def keep(lines: list[Line]) -> Iterator[Line]:
        edges = {id(line) for line in _edges(lines)}
        outermost = sorted(lines, key=lambda line: line.bottom)
        ends = {id(line) for line in (*outermost[:1], *outermost[-1:])}
        for line in lines:
            number = id(line) in ends and len(lines) > 1 and _PAGE_NUMBER.match(line.text)
            if not number and (id(line) not in edges or _shape(line) not in repeated):
                yield line

    kept = [list(keep(lines)) for lines in pages]
    # Pages that say nothing but the same few lines are the document, not its margins.
    return kept if any(kept) else pages


def _edges(lines: list[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: -line.bottom)
    return ordered if len(ordered) <= 2 * MARGIN_LINES else ordered[:MARGIN_LINES] + ordered[-MARGIN_LINES:]


def _shape(line: Line) -> tuple[str, int]:
    """The words without their numbers, and the height on the page to some 4 points."""
    return re.sub(r"\d+", "#", line.text.lower()), round(line.bottom / 4)


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
            yield Block(_paragraph(lines[position:end], lines, look), page=page)
        position = end


def _pitch(lines: list[Line]) -> float:
    """The usual distance between two baselines, in font sizes."""
    steps = [(a.bottom - b.bottom) / a.size for a, b in pairwise(lines) if 0 < a.bottom - b.bottom < 3 * a.size]
    return median(steps) if steps else 1.3


def _continues(previous: Line, line: Line, pitch: float) -> bool:
    """Whether a line belongs to the paragraph of the line before it: same letters, no wider step, no list item."""
    step = (previous.bottom - line.bottom) / previous.size
    return (
        abs(previous.size - line.size) < 0.1 * previous.size
        and 0 < step < max(1.9, pitch * 1.25)
        and (step < pitch * 1.3 or step < 1.5)
    )


def _paragraph(lines: list[Line], page: list[Line], look: _Look) -> str:
    """Lines that the margin broke are joined, others keep their line break."""
    text = lines[0].text
    for previous, line in pairwise(lines):
        if plain.is_item(line.text) or (_had_room(previous, line, page) and not text.endswith(("-", "\u00ad"))):
            text += "\n" + line.text
        else:
            text = _join(text, line.text, look.words)
    return text.removesuffix("\u00ad") + "-" if text.endswith("\u00ad") else text


def _had_room(previous: Line, line: Line, page: list[Line]) -> bool:
    """Whether the next line's first word would still have fitted: then the writer ended the line on purpose."""
    if line.text[:1].islower() and not _SENTENCE_END.search(previous.text):
        return False
    column = [other.right for other in page if abs(other.left - previous.left) < 3 * previous.size]
    word = len(line.text.split(" ", 1)[0]) + 1
    width = (line.right - line.left) / max(1, len(line.text)) * word
    return max(column) - previous.right > 1.15 * width


def _join(before: str, after: str, words: Counter[str]) -> str:
    """Join two lines; a word broken by a hyphen is mended as the rest of the document writes it.

    Indonesian doubles words with a true hyphen ("buku-buku"), which must stay.
    """
    if not before.endswith(("-", "\u00ad")) or not after[:1].islower():
        return f"{before} {after}"
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
    """Whether a paragraph goes on after a page break."""
    flowing = before.kind == after.kind == "text" and before.heading_level is None and after.heading_level is None
    return flowing and not _SENTENCE_END.search(before.text) and after.text[:1].islower()


def _table(lines: list[Line], start: int) -> tuple[int, list[list[str]]]:
    """Three or more neighbouring lines of cells that stand in the same columns, as a grid; else no grid."""
    if len(lines[start].cells) < 2:
        return start, []
    end, rows = start, 0
    while end < len(lines):
        line = lines[end]
        if len(line.cells) >= 2:
            rows += 1
        elif not (rows and line.left > lines[start].left + line.size and _within(line, lines[end - 1])):
            break
        end += 1
    if rows < 3:
        return start, []
    columns = _columns(lines[start:end])
    if not 2 <= len(columns) <= MAX_COLUMNS:
        return start, []
    return end, _grid(lines[start:end], columns)


def _within(line: Line, above: Line) -> bool:
    return line.right <= above.right + line.size and 0 < above.bottom - line.bottom < 2 * line.size


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
    grid: list[list[str]] = []
    for line in lines:
        row = [""] * len(columns)
        for cell in line.cells:
            band = min(range(len(columns)), key=lambda column: _distance(cell, columns[column]))
            row[band] = f"{row[band]} {cell.text}".strip()
        if len(line.cells) == 1 and grid:
            grid[-1] = [f"{above} {cell}".strip() for above, cell in zip(grid[-1], row, strict=True)]
        else:
            grid.append(row)
    return grid


def _distance(cell: Cell, band: tuple[float, float]) -> float:
    return max(0.0, band[0] - cell.left, cell.left - band[1])
