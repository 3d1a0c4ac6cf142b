"""Lines with positions to blocks: margins dropped, columns of cells as tables, paragraphs joined, headings by size."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from balas.knowledge.readers import faq, pdf_margins, pdf_tables, plain, tables
from balas.knowledge.readers.pdf_page import Line, Page
from balas.knowledge.readers.pdf_ruled import Grid
from balas.values import Block

MAX_HEADING = 120

_SENTENCE_END = re.compile(r"[.!?…:;。！？।؟]['\"”’)»]*$")


def blocks(pages: list[Page]) -> list[Block]:
    lines = pdf_margins.without_margins([pdf_tables.same_baseline(page.lines) for page in pages])
    look = _Look.of(lines)
    made: list[Block] = []
    table: Grid | None = None  # the last thing on the page before
    for number, (page, left) in enumerate(zip(pages, lines, strict=True), 1):
        parts = pdf_tables.parts(Page(left, page.rules))
        for position, part in enumerate(parts):
            if isinstance(part, Grid):
                made += _rows(part, number, table if position == 0 else None)
                continue
            for block in _page_blocks(part, number, look):
                if made and _runs_on(made[-1], block):
                    made[-1] = replace(made[-1], text=plain.mended(made[-1].text, block.text, look.words))
                else:
                    made.append(block)
        table = _carried(parts, table)
    return made


def _rows(grid: Grid, page: int, before: Grid | None) -> list[Block]:
    """A table that goes on from the page before has its header there."""
    header = pdf_tables.header_of(before) if before is not None and pdf_tables.goes_on(before, grid) else []
    if header and grid.rows[: len(header)] != header:
        return tables.blocks([*header, *grid.rows], page=page, header_rows=len(header))
    return tables.blocks(grid.rows, page=page, header_rows=grid.header_rows)


def _carried(parts: list[list[Line] | Grid], before: Grid | None) -> Grid | None:
    """What the next page may go on with: a table at the end, named by the page where it began."""
    if not parts or not isinstance(last := parts[-1], Grid):
        return None
    if len(parts) == 1 and before is not None and pdf_tables.goes_on(before, last):
        return before
    return last


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


def _page_blocks(lines: list[Line], page: int, look: _Look) -> Iterator[Block]:
    pitch = _pitch(lines)
    position = 0
    while position < len(lines):
        level = look.level(lines[position])
        end = position + 1
        while end < len(lines) and _continues(lines[end - 1], lines[end], pitch) and look.level(lines[end]) == level:
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
        asked = faq.is_question(previous.text) and (previous is lines[0] or plain.is_item(previous.text))
        if (
            asked
            or plain.begins(line.text, previous.text)
            or faq.is_marked(line.text)
            or (_had_room(previous, line, lines) and not text.endswith(("-", "\u00ad")))
        ):
            text += "\n" + line.text
        else:
            text = plain.mended(text, line.text, look.words)
    return text.removesuffix("\u00ad") + "-" if text.endswith("\u00ad") else text


def _had_room(previous: Line, line: Line, paragraph: list[Line]) -> bool:
    """Whether the next line's first word would still have fitted: then the writer ended the line on purpose."""
    if line.text[:1].islower() and not _SENTENCE_END.search(previous.text):
        return False
    word = len(line.text.split(" ", 1)[0]) + 1
    width = (line.right - line.left) / max(1, len(line.text)) * word
    return max(other.right for other in paragraph) - previous.right > 1.15 * width


def _runs_on(before: Block, after: Block) -> bool:
    """Whether a paragraph goes on after a page or column break."""
    flowing = before.kind == after.kind == "text" and before.heading_level is None and after.heading_level is None
    return flowing and not _SENTENCE_END.search(before.text) and after.text[:1].islower()
