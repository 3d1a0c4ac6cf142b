"""Passages cut into what can be quoted alone: sentences, list items, table rows, the answers of FAQ entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from balas.rag.talk.source_request import rows_of
from balas.rag.words import cues
from balas.rag.words.sentences import split_sentences
from balas.values import ChunkKind, Passage, Source

MAX_QUOTE = 400  # characters; a longer sentence is quoted by its clauses, with dots where it was cut
CLAUSES = 240  # characters of such a piece
SHORT_CELL = 40  # characters
THAI_QUOTE = 120  # clauses of a script without full stops are quoted together up to this
LONGEST_NAME = 4  # words of a numbered clause's name
MAX_LEAD = 300  # characters of a list that is quoted with the line that opens it
_TERMINAL = re.compile(r"[.!?…。！？।॥۔؟][\"'”’»」』）)\]*_]*(?:\s?\[[^\]]*\])*$")
_THAI = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_ITEM = re.compile(r"^\s*(?:[-*•–◦▪‣]|\d{1,2}[.)]|[a-z][.)])\s+")
_MARKUP = re.compile(r"^\s*#{1,6}\s|^\s*[-=_*|:\s]{3,}$")
_NO_ITEM = re.compile(r"(?!\s*(?:[-*•–]|\d{1,2}[.)])\s)")
_SEMICOLON = re.compile(r"(?<=[;؛；])\s*")
_COMMA = re.compile(r"(?<=[,،，、])\s*")
_LABEL = re.compile(
    r"^\s*(?:q|a|t|j|p|r|f|tanya|jawab|question|answer|pertanyaan|jawaban|pregunta|respuesta)\s*[:.]\s*", re.IGNORECASE
)


_ROW = re.compile(r"[^:;\n]{1,60}: [^;\n]+(?:; [^:;\n]{1,60}: [^;\n]+)+")
_CLAUSE = re.compile(r"\s*\d{1,2}[.)]\s+([^\d?!]{1,60}\.)")
_NUMBERED = re.compile(r"^\s*(?:\d{1,2}[.)]\s+|\d+(?:\.\d+)+\s+)")


@dataclass(frozen=True, slots=True)
class Quote:
    """A piece of a passage as written. `context` is what it is understood by: headings, or the FAQ question.

    `lead` must be shown with it, since it may turn its meaning round: "Not refundable: opened bags".
    """

    passage: Passage
    text: str
    context: str
    place: int  # order within the passage
    line: int  # of the passage: pieces of one line are one paragraph
    is_row: bool = False
    lead: str = ""

    @property
    def bare(self) -> str:
        """Without the sign of a list's item."""
        return _ITEM.sub("", self.text)

    @property
    def label(self) -> str:
        """What a row or a line is of: "Sunday" of "Sunday: closed"."""
        first, mark, rest = self.cells[0].partition(":") if self.is_row else self.bare.partition(":")
        return (rest if self.is_row and mark else first) if mark or self.is_row else ""

    @property
    def values(self) -> list[str]:
        """The short cells of a row, without their labels."""
        return [cell.partition(": ")[2] for cell in self.cells if len(cell) <= SHORT_CELL] if self.is_row else []

    @property
    def follows(self) -> bool:
        """Does a sentence of the same paragraph stand right before it?"""
        return self.place > 0 and not self.is_row

    @property
    def rows(self) -> tuple[int, ...]:
        """Of the sheet it stands in, where known."""
        return rows_of(self.passage.text, self.passage.rows, self.text)

    @property
    def said(self) -> str:
        """With its heading, but of a row without the labels of columns, which every row repeats."""
        values = [cell.partition(": ")[2] or cell for cell in self.cells] if self.is_row else [self.text]
        return "\n".join([self.context, *values])

    @property
    def cells(self) -> list[str]:
        return self.text.split("; ") if self.is_row else [self.text]


def quotes(passage: Passage) -> list[Quote]:
    """What of a passage may be quoted, in order. Headings, half sentences and FAQ questions may not."""
    context = _context(passage.kind, passage.text, passage.heading)
    found = _quotable(passage.kind, passage.text, passage.title, passage.heading)
    return [
        Quote(passage, piece.text, context, place, piece.line, piece.is_row, piece.lead)
        for place, piece in enumerate(found)
    ]


def led(lead: str, text: str) -> str:
    """ "Not refundable: opened bags", or the line above a list and then the item."""
    return f"{lead}{' ' if _NO_ITEM.match(text) else chr(10)}{text}" if lead else text


def sources_of(chosen: Sequence[Quote]) -> tuple[Source, ...]:
    """Each page or sheet of a document once, with all that is quoted from it."""
    places: dict[tuple[int, int | None, str], list[Source]] = {}
    for quote in chosen:
        found = quote.passage
        source = Source(found.document_id, found.title, found.page, quote.text, found.url, found.heading, quote.rows)
        places.setdefault((source.document_id, source.page, source.sheet), []).append(source)
    return tuple(
        replace(
            first,
            quote="\n".join(one.quote for one in (first, *others))[:MAX_QUOTE],
            rows=tuple(dict.fromkeys(row for one in (first, *others) for row in one.rows)),
        )
        for first, *others in places.values()
    )


def is_item(line: str) -> bool:
    return bool(_ITEM.match(line))


def is_row(line: str) -> bool:
    """Does it read as a row of a table: "Item: tea; Price: 5"?"""
    return bool(_ROW.fullmatch(line))


class _Piece(NamedTuple):
    line: int
    text: str
    lead: str = ""
    is_row: bool = False


@lru_cache(maxsize=256)  # passages: the same ones are found all day
def _quotable(kind: ChunkKind, text: str, title: str, heading: str) -> tuple[_Piece, ...]:
    kinds = {ChunkKind.TABLE: _rows, ChunkKind.FAQ: _answers, ChunkKind.CURATED: _answers}
    denial = _denial(kind, _context(kind, text, heading))
    headings = {cues.normal(part).strip() for part in (title, *heading.split(" › "))}
    return tuple(
        piece._replace(lead=piece.lead or denial, is_row=kind is ChunkKind.TABLE or is_row(piece.text))
        for piece in kinds.get(kind, _sentences)(text)
        if cues.words(piece.text) and cues.normal(piece.text).strip(" :") not in headings
    )


def _denial(kind: ChunkKind, context: str) -> str:
    """A heading that denies what stands below it."""
    if kind is not ChunkKind.TEXT or not cues.has(context, "negation"):
        return ""
    return f"{_NUMBERED.sub('', context)}:"


def _context(kind: ChunkKind, text: str, heading: str) -> str:
    if kind in {ChunkKind.FAQ, ChunkKind.CURATED}:
        return _LABEL.sub("", text.partition("\n")[0]).strip()
    return heading.split(" › ")[-1].strip()


def _rows(text: str) -> Iterator[_Piece]:
    return (_Piece(number, line.strip()) for number, line in enumerate(text.splitlines()) if line.strip())


def _answers(text: str) -> Iterator[_Piece]:
    question, _, answer = text.partition("\n")
    yield from _sentences(_LABEL.sub("", answer) if answer.strip() else question)


def _sentences(text: str) -> Iterator[_Piece]:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _MARKUP.match(line)]
    here, lead = 0, ""
    while here < len(lines):
        taken = _list_length(lines, here)
        if taken > 1:
            yield _Piece(here, "\n".join(lines[here : here + taken]))
            here, lead = here + taken, ""
            continue
        line, is_item = lines[here], bool(_ITEM.match(lines[here]))
        if _opens_list(lines, here):
            lead = line
        else:
            lead = lead if is_item else ""
            yield from (_Piece(here, sentence, lead) for sentence in _whole(line, is_first=here == 0))
        here += 1


def _opens_list(lines: list[str], here: int) -> bool:
    """Is it the line above a list that is too long to be quoted whole?"""
    return lines[here].endswith((":", "：")) and here + 1 < len(lines) and bool(_ITEM.match(lines[here + 1]))


def _list_length(lines: list[str], start: int) -> int:
    """How many lines a list takes with the line that opens it ("We accept:"); 1 when no list begins here."""
    if not lines[start].endswith((":", "：")):
        return 1
    taken, size = 1, len(lines[start])
    for line in lines[start + 1 :]:
        is_item = bool(_ITEM.match(line)) or not _TERMINAL.search(line)
        if not is_item or line.endswith(":") or size + len(line) > MAX_LEAD:
            break
        taken, size = taken + 1, size + len(line) + 1
    return taken


def _whole(line: str, *, is_first: bool) -> Iterator[str]:
    """The sentences of a line without the halves that cutting a long paragraph leaves at its edges."""
    found = _together(_under_name(split_sentences(line)))
    for number, sentence in enumerate(found):
        opens_inside = is_first and number == 0 and sentence[0].islower() and len(found) > 1
        breaks_off = number == len(found) - 1 and number > 0 and _is_prose(sentence) and not _TERMINAL.search(sentence)
        if not opens_inside and not breaks_off:
            yield from [sentence] if len(sentence) <= MAX_QUOTE else _clauses(sentence)


def _under_name(sentences: list[str]) -> list[str]:
    """ "5. Late payment. $15 a day …": the name of a numbered clause says nothing alone, and its number to nobody."""
    named = _CLAUSE.fullmatch(sentences[0]) if len(sentences) > 1 else None
    if named is None or len(cues.words(named[1])) > LONGEST_NAME:
        return sentences
    return [f"{named[1]} {sentences[1]}", *sentences[2:]]


def _clauses(sentence: str) -> Iterator[str]:
    """A very long sentence cut after semicolons, or after commas where it has none."""
    ends = _SEMICOLON if _SEMICOLON.search(sentence) else _COMMA
    pieces = [""]
    for clause in ends.split(sentence):
        if pieces[-1] and len(pieces[-1]) + len(clause) > CLAUSES:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {clause}".strip()
    for number, piece in enumerate(pieces):
        before, after = "… " if number else "", " …" if number < len(pieces) - 1 else ""
        if len(piece) <= MAX_QUOTE:
            yield f"{before}{piece}{after}"


def _together(clauses: list[str]) -> list[str]:
    joined: list[str] = []
    for clause in clauses:
        if joined and _THAI.search(clause) and len(joined[-1]) < THAI_QUOTE:
            joined[-1] = f"{joined[-1]} {clause}"
        else:
            joined.append(clause)
    return joined


def _is_prose(sentence: str) -> bool:
    return len(cues.words(sentence)) >= 4 and not cues.is_unspaced(sentence)
