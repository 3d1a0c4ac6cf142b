"""Scans and pictures for the tests of text recognition, painted by PDFium from pages that are written."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import pypdfium2

from tests.unit.knowledge.document_files import Words, pdf

DOTS_AN_INCH = 150


def scan(*pages: Sequence[Words], rotated: int = 0, stamp: str = "") -> bytes:
    """A PDF whose pages are pictures. `stamp` is a text layer over them, as some scanners leave theirs."""
    written = pypdfium2.PdfDocument(pdf(*pages))
    made = pypdfium2.PdfDocument.new()
    stamped = pypdfium2.PdfDocument(pdf([Words(400, 20, stamp, 8)])) if stamp else None
    for index in range(len(written)):
        picture = written[index].render(scale=DOTS_AN_INCH / 72, grayscale=True, rotation=rotated)
        width, height = picture.width * 72 / DOTS_AN_INCH, picture.height * 72 / DOTS_AN_INCH
        if stamped is None:
            page = made.new_page(width, height)
        else:
            made.import_pages(stamped)
            page = made[index]
            page.set_mediabox(0, 0, width, height)
        image = pypdfium2.PdfImage.new(made)
        image.set_bitmap(picture)
        image.set_matrix(pypdfium2.PdfMatrix(width, 0, 0, height, 0, 0))
        page.insert_obj(image)
        page.gen_content()
    return _saved(made)


def joined(*documents: bytes) -> bytes:
    """The pages of several PDFs in one."""
    made = pypdfium2.PdfDocument.new()
    for content in documents:
        made.import_pages(pypdfium2.PdfDocument(content))
    return _saved(made)


def png(words: Sequence[Words], extra: str = "", scale: float = 2.0) -> bytes:
    """The written part of a page as a grey PNG."""
    bitmap = pypdfium2.PdfDocument(pdf(words, extra=extra))[0].render(scale=scale, grayscale=True)
    rows = bytes(bitmap.buffer)
    lines = b"".join(
        b"\0" + rows[at * bitmap.stride : at * bitmap.stride + bitmap.width] for at in range(bitmap.height)
    )
    return png_of(bitmap.width, bitmap.height, zlib.compress(lines))


def png_of(width: int, height: int, data: bytes) -> bytes:
    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))

    header = struct.pack(">2L5B", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", data) + part(b"IEND", b"")


def turned(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG that says how the camera was held."""
    exif = b"Exif\0\0MM\0*" + struct.pack(">LHHHLHHL", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def _saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
