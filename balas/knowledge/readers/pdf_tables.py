"""Tables that are told by how their cells stand, and columns of running text that must not be taken for one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from balas.knowledge.readers import pdf_ruled, plain, tables
from balas.knowledge.readers.pdf_page import Cell, Line, Page, Rule
from balas.knowledge.readers.pdf_ruled import Grid

MAX_COLUMNS = 12
MAX_LINES = 400  # of a table on one page
ROW_LINES = 6  # the lines a table row may be high
PROSE_COLUMNS = 4
PROSE_CHARACTERS = 16  # a cell of running text has more, where a character is a letter
SAME_PLACE = 12.0  # points: columns of one table on two pages; centred texts differ by some

_SENTENCE_END = re.compile(r"[.!?…:;。！？।؟]['\"”’)»]*$")
_MARK = re.compile(r"^(?:[-*•●◦▪■□➢✓–·\uf0b7\uf0a7]|\d{1,3}[.)]|[a-zA-Z][.)])$")
_FIGURE = re.compile(r"\d")


def parts(page: Page) -> list[list[Line] | Grid]:
    """Runs of lines and tables, in reading order."""
    found: list[list[Line] | Grid] = []
    for part in pdf_ruled.split(page):
        found += [part] if isinstance(part, Grid) else _parted(part, page.rules.horizontal)
    return found


def _parted(lines: list[Line], rules: Sequence[Rule]) -> list[list[Line] | Grid]:
    found: list[list[Line] | Grid] = []
    loose: list[Line] = []
    position = 0
    while position < len(lines):
        end, part = _region(lines, position, rules)
        if isinstance(part, Grid):
            found += [loose, part]
            loose = []
        else:
            loose += part
        position = end
    return [part for part in [*found, loose] if part]


def same_baseline(lines: list[Line]) -> list[Line]:
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
    return [_as_item(line) for line in joined]


def _as_item(line: Line) -> Line:
    """A bullet or number with room before its text begins a list item; it is no column of a table."""
    if len(line.cells) != 2 or not _MARK.match(line.cells[0].text):
        return line
    mark, text = line.cells
    return replace(line, cells=(Cell(f"{mark.text} {text.text}", mark.left, text.right),))


def _beside(row: Line, line: Line) -> Line:
    cells = (*row.cells, *line.cells)
    if line.left - row.right < 0.4 * line.size:
        last, first = row.cells[-1], line.cells[0]
        touching = Cell(f"{last.text} {first.text}", last.left, first.right)
        cells = (*row.cells[:-1], touching, *line.cells[1:])
    return replace(row, cells=cells, bold=row.bold and line.bold)


def _region(lines: list[Line], start: int, rules: Sequence[Rule]) -> tuple[int, list[Line] | Grid]:
    """Three or more lines of cells that stand in the same columns, with what is wrapped below them, as a table.

    Else the same lines in the order they are read: columns of running text one after the other.
    """
    if len(lines[start].cells) < 2:
        return start + 1, lines[start : start + 1]
    end, full = start, 0
    while end < min(len(lines), start + MAX_LINES) and (
        len(lines[end].cells) > 1 or (full and _hangs(lines, start, end))
    ):
        full += len(lines[end].cells) > 1
        end += 1
    columns = _columns(lines[start:end])
    if full < 3 or not 2 <= len(columns) <= MAX_COLUMNS:
        return start + 1, lines[start : start + 1]
    if len(columns) <= PROSE_COLUMNS and _is_prose(lines[start:end], columns):
        while end < len(lines) and _goes_on(lines[end - 1], lines[end], columns):
            end += 1
        return end, _by_columns(lines[start:end], columns)
    return end, _grid(lines[start:end], columns, rules)


def _is_prose(lines: list[Line], columns: list[tuple[float, float]]) -> bool:
    """Whether the text of every column runs on from line to line, as that of a table's columns does not."""
    for column in _columns_of(lines, columns):
        letters = sum(len(line.text) for line in column) / max(1, len(column))
        dense = any(ord(character) > 0x0E00 for character in column[0].text[:20]) if column else False
        if len(column) < 3 or letters < PROSE_CHARACTERS * (0.5 if dense else 1):
            return False
        right = max(line.right for line in column)
        width = right - min(line.left for line in column)
        pairs = list(pairwise(column))
        running = sum(_runs_on(above, below, right - above.right < 0.15 * width) for above, below in pairs)
        if running * 2 < len(pairs):
            return False
    return True


def _runs_on(above: Line, below: Line, is_full: bool) -> bool:
    if _SENTENCE_END.search(above.text):
        return False
    first = below.text[:1]
    cased = first.lower() != first.upper()
    return first.islower() if cased else is_full and first.isalpha()


def _goes_on(previous: Line, line: Line, columns: list[tuple[float, float]]) -> bool:
    """The rest of a column that is longer than its neighbours."""
    close = 0 < previous.baseline - line.baseline < 2 * line.size
    return (
        close
        and abs(previous.size - line.size) < 0.1 * line.size
        and any(left - line.size < line.left and line.right < right + line.size for left, right in columns)
    )


def _columns_of(lines: list[Line], columns: list[tuple[float, float]]) -> list[list[Line]]:
    found: list[list[Line]] = [[] for _ in columns]
    for line in lines:
        for cell in line.cells:
            found[_nearest(cell, columns)].append(replace(line, cells=(cell,)))
    return found


def _by_columns(lines: list[Line], columns: list[tuple[float, float]]) -> list[Line]:
    return [line for column in _columns_of(lines, columns) for line in column]


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


def _grid(lines: list[Line], columns: list[tuple[float, float]], rules: Sequence[Rule]) -> Grid:
    """Rows of cells: parted by drawn rules where there are some, else by how far the lines stand from each other."""
    width = (columns[0][0], columns[-1][1])
    parted = [_rule_between(above, line, width, rules) for above, line in pairwise(lines)]
    steps = [above.baseline - line.baseline for above, line in pairwise(lines)]
    tight = 1.12 * min((step for step in steps if step > 0), default=0.0)
    spaced = any(step > tight for step in steps)
    rows: list[list[str]] = []
    for number, line in enumerate(lines):
        row = _row(line, columns)
        if not number:
            begins = True
        elif sum(parted) > 1:
            begins = parted[number - 1]
        else:
            begins = _begins_row(row, rows[-1], spaced and steps[number - 1] <= tight, spaced)
        if begins:
            rows.append(row)
        else:
            rows[-1] = [_joined(above, cell) for above, cell in zip(rows[-1], row, strict=True)]
    lefts = tuple(left for left, _ in columns)
    return Grid(rows, lefts, 1 if parted and parted[0] and sum(parted) == 1 and len(rows) > 1 else None)


def _rule_between(above: Line, below: Line, width: tuple[float, float], rules: Sequence[Rule]) -> bool:
    left, right = width
    return any(
        below.baseline < rule.at < above.baseline
        and min(rule.end, right) - max(rule.start, left) > 0.8 * (right - left)
        for rule in rules
    )


def _begins_row(row: list[str], above: list[str], is_tight: bool, spaced: bool) -> bool:
    """A line that lacks cells and stands closer than rows do goes on with the row above it.

    One that lacks the first cell alone is a row of its own, below a name that holds for several, when its other cells
    are figures as those above are.
    """
    if all(row):
        return True
    if is_tight:
        return False
    if row[0]:
        return True
    alike = all(
        bool(_FIGURE.search(cell)) == bool(_FIGURE.search(over)) for cell, over in zip(row[1:], above[1:], strict=True)
    )
    figures = any(_FIGURE.search(cell) for cell in row)
    if len(row) > 2 and all(row[1:]) and alike and figures:
        row[0] = above[0]
        return True
    return False


def _row(line: Line, columns: list[tuple[float, float]]) -> list[str]:
    row = [""] * len(columns)
    for cell in line.cells:
        band = _nearest(cell, columns)
        row[band] = f"{row[band]} {cell.text}".strip()
    return row


def _joined(above: str, below: str) -> str:
    return plain.mended(above, below, Counter()) if above and below else above or below


def _nearest(cell: Cell, columns: list[tuple[float, float]]) -> int:
    return min(range(len(columns)), key=lambda column: _distance(cell, columns[column]))


def header_of(grid: Grid) -> list[list[str]]:
    """The rows that name the columns, or none."""
    count = grid.header_rows if grid.header_rows is not None else tables.header_rows(grid.rows)
    return grid.rows[:count]


def goes_on(before: Grid, after: Grid) -> bool:
    """Whether a table is the rest of one on the page before: the same columns at the same places."""
    return len(before.lefts) == len(after.lefts) and all(
        abs(one - other) < SAME_PLACE for one, other in zip(before.lefts, after.lefts, strict=True)
    )


def _distance(cell: Cell, band: tuple[float, float]) -> float:
    return max(0.0, band[0] - cell.left, cell.left - band[1])
