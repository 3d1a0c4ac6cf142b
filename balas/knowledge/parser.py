"""From any readable file to one `ParsedDocument`: choose the reader, clean texts, find questions, name the document."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import msgspec

from balas.errors import DocumentRejected
from balas.knowledge.files import FileType, display_name
from balas.knowledge.readers import Progress, Read, charset, faq, plain
from balas.knowledge.readers.words import clean, one_line
from balas.values import Block, ParsedDocument

MAX_CHARACTERS = 5_000_000
MAX_TITLE = 200
MAX_LINE_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a `.jsonl` file: a document under an id of its own."""

    external_id: str
    document: ParsedDocument
    language: str | None = None


class _Line(msgspec.Struct):
    id: str = msgspec.field(name="_id")
    text: str
    title: str = ""
    lang: str | None = None


def parse(
    name: str,
    content: bytes,
    file_type: FileType,
    title: str | None = None,
    progress: Progress = lambda line: None,
    *,
    of_website: bool = False,
) -> ParsedDocument:
    """Read one file. Raises `DocumentRejected` with what to do about it.

    `of_website`: a page of a website. It may hold links and no text, and its questions are joined to their answers only
    later, when it is known what all pages repeat.
    """
    if file_type is FileType.JSONL:
        raise DocumentRejected("A .jsonl file holds many documents: it is read line by line.")
    # Only the reader that is needed is imported: a child process starts for each file.
    read: Read = importlib.import_module(f"balas.knowledge.readers.{file_type.reader}").read
    document = _finished(read(content, progress), pair=not of_website)
    if not document.blocks and not of_website:
        raise DocumentRejected("The file holds no text.")
    named = one_line(title or "")[:MAX_TITLE] or document.title or title_of_name(name)
    return replace(document, title=named, web=document.web if of_website else None)


def parse_text(title: str, text: str) -> ParsedDocument:
    """Pasted text."""
    document = _finished(ParsedDocument(title="", blocks=tuple(plain.paragraphs(text))))
    if not document.blocks:
        raise DocumentRejected("There is no text.")
    return replace(document, title=one_line(title)[:MAX_TITLE] or document.title or _first_words(document))


def parse_jsonl(content: bytes) -> Iterator[Entry]:
    """The documents of a `.jsonl` file, one by one; an error names its line and stops."""
    decoder = msgspec.json.Decoder(_Line)
    seen: set[str] = set()
    for number, line in enumerate(charset.decode(content).split("\n"), 1):
        if not line.strip():
            continue
        if len(line) > MAX_LINE_BYTES:
            raise DocumentRejected(f"Line {number}: longer than {MAX_LINE_BYTES:,} characters.")
        try:
            entry = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
            raise DocumentRejected(f'Line {number}: not {{"_id", "title", "text"}}: {error}') from error
        if not entry.id or entry.id in seen:
            raise DocumentRejected(f"Line {number}: the _id is {'used twice' if entry.id else 'empty'}.")
        seen.add(entry.id)
        if not clean(entry.text):
            raise DocumentRejected(f"Line {number}: the text is empty.")
        yield Entry(entry.id, parse_text(entry.title or entry.id, entry.text), entry.lang)


def title_of_name(name: str) -> str:
    """ "harga_kopi-2026.xlsx" -> "harga kopi-2026"."""
    stem = PurePosixPath(display_name(name)).stem
    return one_line(re.sub(r"[_+]+|%20", " ", stem)) or "document"


def _finished(document: ParsedDocument, *, pair: bool = True) -> ParsedDocument:
    cleaned = [replace(block, text=_cleaned(block)) for block in document.blocks]
    blocks = [block for block in cleaned if block.text]
    blocks = faq.pair(blocks) if pair else blocks
    characters = sum(len(block.text) for block in blocks)
    if characters > MAX_CHARACTERS:
        raise DocumentRejected(
            f"The file holds {characters:,} characters, more than {MAX_CHARACTERS:,}: split it.", status=413
        )
    warnings = document.warnings
    if any("\ufffd" in block.text for block in blocks):
        warnings = (*warnings, "Some characters were already lost in the file (shown as \ufffd).")
    title = one_line(document.title)[:MAX_TITLE] or _first_heading(blocks)
    return replace(document, title=title, blocks=tuple(blocks), warnings=warnings)


def _cleaned(block: Block) -> str:
    return one_line(block.text) if block.heading_level else clean(block.text)


def _first_heading(blocks: list[Block]) -> str:
    """The heading the document begins with."""
    for block in blocks[:5]:
        if block.heading_level is not None and block.heading_level <= 2:
            return block.text[:MAX_TITLE]
    return ""


def _first_words(document: ParsedDocument) -> str:
    first = one_line(document.blocks[0].text)
    return first if len(first) <= 60 else first[:60].rsplit(" ", 1)[0] + "…"
