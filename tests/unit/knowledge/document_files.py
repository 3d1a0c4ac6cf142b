"""Real files for the tests of reading, by openpyxl, python-docx and a PDF writer of forty lines."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import docx
import openpyxl

from balas.knowledge.files import sniff
from balas.knowledge.parser import parse
from balas.values import Block, ParsedDocument


def read(name: str, content: bytes) -> ParsedDocument:
    """Through the front door: sniffed, then parsed."""
    return parse(name, content, sniff(name, content))


def texts(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks]


def headings(document: ParsedDocument) -> list[tuple[int, str]]:
    return [(block.heading_level, block.text) for block in document.blocks if block.heading_level]


def rows(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks if block.kind == "table"]


def questions(document: ParsedDocument) -> list[Block]:
    return [block for block in document.blocks if block.kind == "faq"]


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets:
        sheet = book.create_sheet(name)
        for row in cells:
            sheet.append(list(row))
    return book


def saved(document: Any) -> bytes:
    """An openpyxl workbook or a python-docx document as bytes."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def word(*paragraphs: tuple[str, str] | str) -> Any:
    """A Word document of (text, style) pairs or bare texts."""
    document = docx.Document()
    for paragraph in paragraphs:
        text, style = paragraph if isinstance(paragraph, tuple) else (paragraph, "Normal")
        document.add_paragraph(text, style=style)
    return document


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in entries.items():
            container.writestr(name, content)
    return buffer.getvalue()


def with_entry(content: bytes, name: str, entry: bytes) -> bytes:
    """A container with one entry replaced or added."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        entries = {info.filename: container.read(info) for info in container.infolist()}
    return zipped(entries | {name: entry})


@dataclass(frozen=True)
class Words:
    """A piece of text at a place of a PDF page of 595 x 842 points, from the lower left corner."""

    x: float
    y: float
    text: str
    size: float = 11
    bold: bool = False


def lines(*written: str, top: float = 780, size: float = 11, x: float = 60) -> list[Words]:
    """Lines of a paragraph, one below the other."""
    return [Words(x, top - number * size * 1.3, text, size) for number, text in enumerate(written)]


def pdf(*pages: Sequence[Words], extra: str = "", catalog: str = "", title: str = "") -> bytes:
    """A PDF with Helvetica; `extra` is put into every content stream, `catalog` into the catalog."""
    objects = [
        b"",  # the catalog and the page tree come last, when the pages are known
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Title ({title}) >>".encode("cp1252"),
    ]
    kids: list[int] = []
    for words in pages:
        stream = (extra + "\n".join(_shown(word) for word in words)).encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % len(objects)
        )
        kids.append(len(objects))
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode()
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode()
    return _with_index(objects)


def painted(stream: bytes) -> bytes:
    """A PDF of one page with this content stream, compressed."""
    plain = pdf([])
    squeezed = zlib.compress(stream, 9)
    start = plain.index(b"6 0 obj")
    end = plain.index(b"endobj", start)
    content = b"6 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\n" % (len(squeezed), squeezed)
    return plain[:start] + content + plain[end:]


def _shown(word: Words) -> str:
    text = word.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F{2 if word.bold else 1} {word.size} Tf {word.x} {word.y} Td ({text}) Tj ET"


def _with_index(objects: list[bytes]) -> bytes:
    content = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % place for place in places)
    content += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(content)
