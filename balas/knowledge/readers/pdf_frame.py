"""The borders of a table, and which cell a text stands in."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from balas.knowledge.readers.pdf_page import Cell, Line, Rules

SLACK = 3.0  # points: how far a border may end before the one it meets


def near(one: float, other: float) -> bool:
    return abs(one - other) <= SLACK + 1


@dataclass(frozen=True, slots=True)
class Frame:
    """The borders between columns, left to right, and between rows, from above."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    rules: Rules

    def place(self, line: Line, cell: Cell) -> tuple[int, int] | None:
        """Row and column of a text, or None when it stands outside."""
        middle = line.baseline + 0.3 * line.size
        across = min(cell.left + 2, (cell.left + cell.right) / 2)
        if not (self.ys[-1] < middle < self.ys[0] and self.xs[0] < across < self.xs[-1]):
            return None
        row = sum(y > middle for y in self.ys) - 1
        return row, bisect_right(self.xs, across) - 1

    def is_open_below(self, row: int, column: int) -> bool:
        """Whether no border parts a cell from the one below it."""
        middle = (self.xs[column] + self.xs[column + 1]) / 2
        return not any(near(rule.at, self.ys[row + 1]) and rule.covers(middle) for rule in self.rules.horizontal)

    def is_open_right(self, row: int, column: int) -> bool:
        middle = (self.ys[row] + self.ys[row + 1]) / 2
        return not any(near(rule.at, self.xs[column + 1]) and rule.covers(middle) for rule in self.rules.vertical)
