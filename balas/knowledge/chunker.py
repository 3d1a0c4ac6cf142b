"""From blocks to passages: what belongs together stays together, each small enough to be found by its own words.

Measured in characters: 700 to 1,000 for scripts with blanks between words, 500 to 750 for Thai and its neighbours, 300
to 400 for Chinese, Japanese and Korean, whose characters say more. Same blocks, same passages: vectors are kept by
content hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from balas.rag.signals.sameness import fingerprint, meaning
from balas.rag.words.sentences import sentence_spans
from balas.values import Block, Chunk, ChunkKind, ParsedDocument

FULL = 1_000  # a passage is closed before it grows beyond this
WHOLE = 1_200  # a section up to this stays one passage
LIMIT = 1_500  # no passage is ever longer
OVERLAP = 250  # the longest sentence that is repeated where a paragraph is cut
TABLE_CHARACTERS = 800
TABLE_ROWS = 10
TWIN_PAGE = 200  # characters: from here on a page that comes again is the same page
MAX_HEADING = 120  # a longer heading is read as a paragraph

# What all this shrinks to where the model reads fewer characters as one token: 4.3 of Latin, 3.0 to 3.5, 1.5 to 2.2.
_SHARES = (
    (0.75, frozenset({"th", "lo", "km", "my"}), re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")),
    (0.4, frozenset({"zh", "ja", "ko"}), re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")),
)


@dataclass(frozen=True, slots=True)
class _Section:
    path: tuple[str, ...]
    blocks: list[Block]


def chunk(document: ParsedDocument, language: str | None = None) -> list[Chunk]:
    """Passages in reading order. `language` (ISO 639-1) tells dense scripts even where Latin words prevail.

    What says the same as a passage of an earlier section, or a page that is there twice, is left out.
    """
    passages: list[Chunk] = []
    said: set[tuple[str, str]] = set()
    for section in _sections(replace(document, blocks=tuple(_without_twin_pages(document.blocks)))):
        heading = " › ".join(section.path)
        made = [replace(passage, heading=heading) for passage in _Cutter(_scale(section, language)).cut(section.blocks)]
        passages += [passage for passage in made if meaning(passage.text, heading) not in said]
        said.update(meaning(passage.text, heading) for passage in made)
    return [replace(passage, position=position) for position, passage in enumerate(passages)]


def _without_twin_pages(blocks: Sequence[Block]) -> Iterator[Block]:
    """Without pages that occur twice, as from a scanner; a page of a few words may well occur again."""
    seen: set[str] = set()
    for page, group in groupby(blocks, key=lambda block: block.page):
        content = list(group)
        text = "\n".join(block.text for block in content)
        said = fingerprint(text)
        if page is None or said not in seen:
            yield from content
        if len(text) >= TWIN_PAGE:
            seen.add(said)


def _sections(document: ParsedDocument) -> Iterator[_Section]:
    """Runs of blocks under the same headings. A heading with nothing under it is a passage of its own."""
    open_headings: list[tuple[int, str]] = []
    heading: Block | None = None  # the last one, while nothing stands under it
    blocks: list[Block] = []

    def path(headings: Sequence[tuple[int, str]]) -> tuple[str, ...]:
        return tuple(text for position, (_, text) in enumerate(headings) if position or text != document.title)

    for block in document.blocks:
        if block.heading_level is None or (len(block.text) > MAX_HEADING and block.kind is ChunkKind.TEXT):
            blocks.append(replace(block, heading_level=None))
            heading = None
            continue
        if blocks:
            yield _Section(path(open_headings), blocks)
            blocks = []
        elif heading is not None and (heading.heading_level or 0) >= block.heading_level:
            yield _Section(path(open_headings[:-1]), [replace(heading, heading_level=None)])
        while open_headings and open_headings[-1][0] >= block.heading_level:
            open_headings.pop()
        if block.kind is ChunkKind.FAQ:  # a question that was a heading: it ends what was open and opens nothing
            blocks, heading = [replace(block, heading_level=None)], None
            continue
        open_headings.append((block.heading_level, block.text))
        heading = block
    if blocks:
        yield _Section(path(open_headings), blocks)
    elif heading is not None:
        yield _Section(path(open_headings[:-1]), [replace(heading, heading_level=None)])


def _scale(section: _Section, language: str | None) -> float:
    text = "".join(block.text for block in section.blocks)
    for share, languages, letters in _SHARES:
        if language in languages or len(letters.findall(text)) * 3 > len(text):
            return share
    return 1.0


class _Cutter:
    """Cuts one section. Positions and headings are given by the caller."""

    def __init__(self, scale: float) -> None:
        self.full = int(FULL * scale)
        self.whole = int(WHOLE * scale)
        self.overlap = int(OVERLAP * scale)
        self.table = int(TABLE_CHARACTERS * scale)

    def cut(self, blocks: Sequence[Block]) -> Iterator[Chunk]:
        run: list[Block] = []
        for block in blocks:
            if run and (block.kind is not run[0].kind or block.kind is ChunkKind.FAQ):
                yield from self._run(run)
                run = []
            run.append(block)
        if run:
            yield from self._run(run)

    def _run(self, run: list[Block]) -> Iterator[Chunk]:
        """Neighbouring blocks of one kind."""
        if run[0].kind is ChunkKind.TABLE:
            return self._rows(run)
        if run[0].kind is ChunkKind.FAQ:
            return self._entry(run[0])
        return self._text(run)

    def _text(self, run: list[Block]) -> Iterator[Chunk]:
        pieces = [piece for block in run for piece in self._paragraph(block)]
        for group in self._groups([len(piece.text) for piece in pieces], self.full, whole=self.whole):
            yield _passage(pieces[group.start : group.stop], "\n")

    def _rows(self, run: list[Block]) -> Iterator[Chunk]:
        rows = [piece for block in run for piece in self._row(block)]
        for group in self._groups([len(row.text) for row in rows], self.table, most=TABLE_ROWS):
            yield _passage(rows[group.start : group.stop], "\n")

    def _entry(self, block: Block) -> Iterator[Chunk]:
        """A question with its answer; a long answer is cut and the question said again."""
        if len(block.text) <= LIMIT:
            yield _passage([block], "\n")
            return
        question, _, answer = block.text.partition("\n")
        if len(question) > self.overlap or not answer:
            question, answer = "", block.text
        for piece in self._paragraph(replace(block, text=answer)):
            yield _passage([replace(piece, text=f"{question}\n{piece.text}".strip())], "\n")

    def _row(self, block: Block) -> Iterator[Block]:
        """A row too long for a passage is cut between its cells, each part beginning with the row's first cell."""
        if len(block.text) <= self.whole:
            yield block
            return
        first, *cells = block.text.split("; ")
        named = first if len(first) <= self.overlap else ""
        lines = [named] if named else list(_slices(first, self.full))
        parts: list[str] = []
        for cell in (piece for whole in cells for piece in _slices(whole, self.full)):
            if len(lines[-1]) + len(cell) + 2 > self.full + len(named):
                parts.append(lines[-1])
                lines.append(named)
            lines[-1] = f"{lines[-1]}; {cell}" if lines[-1] else cell
        yield from (replace(block, text=text) for text in dict.fromkeys(lines) if text)

    def _paragraph(self, block: Block) -> Iterator[Block]:
        """The block itself, or pieces of it that end with a sentence and overlap by one."""
        if len(block.text) <= self.whole:
            yield block
            return
        text = block.text
        spans = [part for span in sentence_spans(text) for part in _cut_span(text, span, self.full)]
        lengths = [end - start + 1 for start, end in spans]
        for group in self._groups(lengths, self.full - self.overlap):
            first = group.start
            if first and lengths[first - 1] <= self.overlap and spans[first - 1][1] < spans[first][0]:
                first -= 1
            yield replace(block, text=text[spans[first][0] : spans[group.stop - 1][1]])

    def _groups(self, lengths: list[int], full: int, whole: int = 0, most: int = 0) -> Iterator[range]:
        """Ranges of neighbours: as few as `full` and `most` allow, and as even as possible, so that no crumb is left
        over."""
        most = most or len(lengths)
        if sum(lengths) + len(lengths) <= whole and len(lengths) <= most:
            yield range(len(lengths))
            return
        fewest = len(_filled(lengths, full, most))
        low, high = 1, full
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if len(_filled(lengths, middle, most)) <= fewest else (middle + 1, high)
        yield from _filled(lengths, low, most)


def _filled(lengths: list[int], full: int, most: int) -> list[range]:
    """Neighbours put together until the next would pass `full`; a single longer one stands alone."""
    groups: list[range] = []
    start, size = 0, 0
    for position, length in enumerate(lengths):
        if position > start and (size + length > full or position - start >= most):
            groups.append(range(start, position))
            start, size = position, 0
        size += length + 1
    groups.append(range(start, len(lengths)))
    return groups


def _passage(blocks: Sequence[Block], separator: str) -> Chunk:
    text = separator.join(block.text for block in blocks)
    rows = tuple(block.row for block in blocks if block.row is not None)
    known = rows if len(rows) == len(blocks) else ()
    return Chunk(position=0, text=text, page=blocks[0].page, kind=blocks[0].kind, rows=known)


def _cut_span(text: str, span: tuple[int, int], full: int) -> Iterator[tuple[int, int]]:
    """A sentence longer than a passage, cut at the last comma or blank that fits; where there is none, anywhere."""
    start, end = span
    while end - start > full:
        window = text[start : start + full]
        comma = max(window.rfind(mark) for mark in ",;،、，；")
        blank = window.rfind(" ")
        at = comma + 1 if comma > full // 2 else blank if blank > full // 2 else full
        yield start, start + at
        start += at
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def _slices(text: str, full: int) -> Iterator[str]:
    for start, end in _cut_span(text, (0, len(text)), full):
        yield text[start:end]
