"""Tables with a rule between their rows and none between their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from balas.knowledge.readers.pdf_frame import SLACK, Frame
from balas.knowledge.readers.pdf_page import Line, Page, Rule, Rules

MAX_COLUMNS = 12
MAX_ROW = 120.0  # points: how high a row may be
GAP = 0.9  # in font sizes: the least room between two columns


def frames(page: Page, taken: Sequence[Frame]) -> list[Frame]:
    """Those outside the frames that are known already."""
    free = [rule for rule in page.rules.horizontal if not any(_is_part(rule, frame) for frame in taken)]
    return [frame for stack in _stacks(free) if (frame := _frame(stack, page.lines)) is not None]


def _is_part(rule: Rule, frame: Frame) -> bool:
    middle = (rule.start + rule.end) / 2
    return frame.ys[-1] - SLACK <= rule.at <= frame.ys[0] + SLACK and frame.xs[0] <= middle <= frame.xs[-1]


def _stacks(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Rules of one length above each other, from above, no further apart than a row is high."""
    left = sorted(rules, key=lambda rule: -rule.at)
    while left:
        stack = [left.pop(0)]
        for rule in list(left):
            same = abs(rule.start - stack[0].start) <= SLACK and abs(rule.end - stack[0].end) <= SLACK
            if same and stack[-1].at - rule.at <= MAX_ROW:
                stack.append(rule)
                left.remove(rule)
        if len(stack) >= 3:
            yield stack


def _frame(stack: Sequence[Rule], lines: Sequence[Line]) -> Frame | None:
    """With the row above the first rule and the one below the last, where they stand in the same columns.

    None where it is not sure that a rule parts every row: the rules of books stand above and below the whole.
    """
    ys = [rule.at for rule in stack]
    inner = _between(lines, stack[0], ys[0], ys[-1])
    columns = _columns(inner)
    if not 2 <= len(columns) <= MAX_COLUMNS:
        return None
    bands = [_between(inner, stack[0], above, below) for above, below in pairwise(ys)]
    if any(not _is_one_row(band) for band in bands) or sum(bool(band) for band in bands) < 2:
        return None
    for edge, outer in ((ys[0], 1), (ys[-1], -1)):
        reach = edge + outer * 3 * inner[0].size
        beyond = _between(lines, stack[0], max(edge, reach), min(edge, reach))
        if len(beyond) == 1 and len(beyond[0].cells) > 1 and len(_columns([*inner, *beyond])) == len(columns):
            ys = [reach, *ys] if outer > 0 else [*ys, reach]
    borders = [(one[1] + other[0]) / 2 for one, other in pairwise(columns)]
    xs = (min(stack[0].start, columns[0][0] - 1), *borders, max(stack[0].end, columns[-1][1] + 1))
    return Frame(xs, tuple(ys), Rules(stack, ()))


def _between(lines: Sequence[Line], rule: Rule, above: float, below: float) -> list[Line]:
    return [
        line
        for line in lines
        if below < line.baseline + 0.3 * line.size < above
        and line.left >= rule.start - SLACK
        and line.right <= rule.end + SLACK
    ]


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where texts stand, seen from above: bands with room between them."""
    bands: list[tuple[float, float]] = []
    gap = GAP * min((line.size for line in lines), default=10.0)
    for left, right in sorted((cell.left, cell.right) for line in lines for cell in line.cells):
        if bands and left - bands[-1][1] < gap:
            bands[-1] = (bands[-1][0], max(right, bands[-1][1]))
        else:
            bands.append((left, right))
    return bands


def _is_one_row(band: Sequence[Line]) -> bool:
    """Whether the lines between two rules are one row: what stands below its first line is the rest of it."""
    full = [line for line in band if len(line.cells) > 1]
    return all(cell.text[:1].islower() for line in full[1:] for cell in line.cells)
