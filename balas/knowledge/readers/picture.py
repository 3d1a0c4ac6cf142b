"""Photos and screenshots of text (JPEG, PNG, WebP), by text recognition."""

from __future__ import annotations

from dataclasses import replace

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, ocr, pdf_layout, pdf_picture, picture_size, tesseract
from balas.knowledge.readers.ocr import Recogniser
from balas.knowledge.readers.pdf_page import Page
from balas.values import ParsedDocument

POINTS_A_PIXEL = 0.24  # as if scanned with 300 dots an inch; only sizes beside each other matter


def read(content: bytes, progress: Progress) -> ParsedDocument:
    size = picture_size.size(content)
    if size is None or min(size) == 0:
        raise _damaged()
    if size[0] * size[1] > tesseract.MAX_PIXELS:
        most = tesseract.MAX_PIXELS // 1_000_000
        raise DocumentRejected(
            f"The picture has {size[0]:,} x {size[1]:,} pixels, more than {most} million: make it smaller.", status=413
        )
    recogniser = Recogniser.found()
    if recogniser is None:
        raise DocumentRejected(
            f"A picture needs text recognition, and there is none: {tesseract.HOW_TO_GET_IT}, then upload it again."
        )
    progress("reading page 1 of 1 (text recognition)")
    found = recogniser.read(pdf_picture.upright(content, size), POINTS_A_PIXEL)
    if found is None:
        raise _damaged()
    if not found.lines:
        raise DocumentRejected("No text was found in the picture.")
    blocks = pdf_layout.blocks([Page(found.lines)])
    unsure = ("The text recognition was unsure: read the passages through.",) if found.trust < ocr.UNSURE else ()
    return ParsedDocument(title="", blocks=tuple(replace(block, page=None) for block in blocks), warnings=unsure)


def _damaged() -> DocumentRejected:
    return DocumentRejected("The picture could not be read: it is damaged, or too large. Save it anew as PNG or JPEG.")
