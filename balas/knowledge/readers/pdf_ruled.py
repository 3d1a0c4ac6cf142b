"""Tables whose cells are parted by drawn rules: the one kind that is told for sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from balas.knowledge.readers import pdf_striped, plain
from balas.knowledge.readers.pdf_frame import SLACK, Frame, near
from balas.knowledge.readers.pdf_page import Cell, Line, Page, Rule, Rules

MAX_COLUMNS = 40
LONG = 900  # characters: a cell beyond this in a table of few rows is a box of running text


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as rows of cells, and where its columns begin."""

    rows: list[list[str]]
    lefts: tuple[float, ...]
    header_rows: int | None = None


def split(page: Page) -> list[list[Line] | Grid]:
    """The page's lines with each ruled table in the place of its first line."""
    frames = _frames(page.rules)
    frames += pdf_striped.frames(page, frames)
    inside: dict[int, list[tuple[Line, Cell, int, int]]] = {number: [] for number in range(len(frames))}
    order: list[Line | int] = []
    for line in page.lines:
        outside: list[Cell] = []
        for cell in line.cells:
            placed = next(((n, at) for n, frame in enumerate(frames) if (at := frame.place(line, cell))), None)
            if placed is None:
                outside.append(cell)
                continue
            number, (row, column) = placed
            inside[number].append((line, cell, row, column))
            if number not in order:
                order.append(number)
        if outside:
            order.append(replace(line, cells=tuple(outside)))
    grids = {number: _grid(frame, inside[number]) for number, frame in enumerate(frames)}
    return _sequence(order, grids, inside)


def _sequence(
    order: Sequence[Line | int],
    grids: dict[int, Grid | None],
    inside: dict[int, list[tuple[Line, Cell, int, int]]],
) -> list[list[Line] | Grid]:
    parts: list[list[Line] | Grid] = [[]]
    for item in order:
        grid = grids[item] if isinstance(item, int) else None
        if grid is not None:
            parts += [grid, []]
            continue
        lines = [item] if isinstance(item, Line) else list(dict.fromkeys(line for line, *_ in inside[item]))
        last = parts[-1]
        if isinstance(last, list):
            last += lines
    return [part for part in parts if part]


def _frames(rules: Rules) -> list[Frame]:
    """Groups of borders that touch each other and part at least two rows and two columns."""
    frames: list[Frame] = []
    for across, upright in _groups(rules):
        xs = _places([*(rule.at for rule in upright), min(r.start for r in across), max(r.end for r in across)])
        ys = _places([*(rule.at for rule in across), min(r.start for r in upright), max(r.end for r in upright)])
        if len(ys) >= 3 and 3 <= len(xs) <= MAX_COLUMNS + 1:
            frames.append(Frame(tuple(xs), tuple(reversed(ys)), Rules(across, upright)))
    return frames


def _groups(rules: Rules) -> list[tuple[list[Rule], list[Rule]]]:
    left_across, left_upright = list(rules.horizontal), list(rules.vertical)
    groups: list[tuple[list[Rule], list[Rule]]] = []
    while left_upright:
        across: list[Rule] = []
        upright = [left_upright.pop()]
        for border in upright:  # grows while it is gone through
            met = [rule for rule in left_across if _meet(rule, border)]
            left_across = [rule for rule in left_across if rule not in met]
            across += met
            more = [rule for rule in left_upright if any(_meet(one, rule) for one in met)]
            left_upright = [rule for rule in left_upright if rule not in more]
            upright += more
        if across:
            groups.append((across, upright))
    return groups


def _meet(across: Rule, upright: Rule) -> bool:
    return across.covers(upright.at, SLACK) and upright.covers(across.at, SLACK)


def _places(found: list[float]) -> list[float]:
    places: list[float] = []
    for place in sorted(found):
        if not places or not near(place, places[-1]):
            places.append(place)
    return places


def _grid(frame: Frame, texts: Sequence[tuple[Line, Cell, int, int]]) -> Grid | None:
    """None when it is no table after all: empty cells as in a chart, running text as in a box."""
    height, width = len(frame.ys) - 1, len(frame.xs) - 1
    cells = [[""] * width for _ in range(height)]
    for _, cell, row, column in sorted(texts, key=lambda text: (-text[0].baseline, text[1].left)):
        above = cells[row][column]
        cells[row][column] = plain.mended(above, cell.text, Counter()) if above else cell.text
    filled = [sum(map(bool, row)) for row in cells]
    columns = sum(any(row[column] for row in cells) for column in range(width))
    if columns < 2 or sum(map(bool, filled)) < 2 or max(filled) < 2 or sum(filled) * 3 < height * width:
        return None
    if height <= 3 and any(len(cell) > LONG for row in cells for cell in row):
        return None
    _repeat_merged(frame, cells)
    first = [line.bold for line, _, row, _ in texts if row == 0]
    rest = [line.bold for line, _, row, _ in texts if row > 0]
    named = bool(first) and all(first) and not any(rest) and filled[0] > 1
    return Grid(cells, frame.xs[:-1], 1 if named else None)


def _repeat_merged(frame: Frame, cells: list[list[str]]) -> None:
    """A text in a cell merged down holds for each of its rows, wherever in it the text stands."""
    height, width = len(cells), len(cells[0])
    for column in range(width):
        row = 0
        while row < height:
            end = row
            while end + 1 < height and frame.is_open_below(end, column):
                end += 1
            merged = " ".join(cells[at][column] for at in range(row, end + 1) if cells[at][column])
            across = column and any(frame.is_open_right(at, column - 1) for at in range(row, end + 1))
            if end > row and not across:
                for at in range(row, end + 1):
                    cells[at][column] = merged
            row = end + 1
