"""What a page of a PDF holds for its readers: lines of cells with their places, and the rules that are drawn on it.

Measured in points from the lower left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


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
    baseline: float

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return self.cells[-1].right


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn line. `at` is the height of a horizontal one, the place across of a vertical one."""

    at: float
    start: float
    end: float

    def covers(self, place: float, slack: float = 0.0) -> bool:
        return self.start - slack <= place <= self.end + slack


@dataclass(frozen=True, slots=True)
class Rules:
    horizontal: Sequence[Rule] = ()
    vertical: Sequence[Rule] = ()


@dataclass(slots=True)
class Page:
    lines: list[Line]
    rules: Rules = field(default_factory=Rules)
