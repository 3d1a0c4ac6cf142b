"""Pages of a PDF that are pictures: read by text recognition where it is installed, told where it is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import pypdfium2

from balas.knowledge.readers import ocr, pdf_picture, tesseract
from balas.knowledge.readers.ocr import Recogniser
from balas.knowledge.readers.pdf_page import Page

NAMED = 20


class Scans:
    """Notes, for one file, which pages could not be read and which were hard to."""

    def __init__(self) -> None:
        self._bare: list[int] = []
        self._late: list[int] = []
        self._failed: list[int] = []
        self._unsure: list[int] = []

    @cached_property
    def recogniser(self) -> Recogniser | None:
        return Recogniser.found()

    def read(self, page: Any, number: int, seen: Page) -> Page:
        """The page with what is recognised on it. `seen`: its text layer, which a stamp or a page number may be."""
        if self.recogniser is None:
            self._bare.append(number)
        elif not self.recogniser.has_time:
            self._late.append(number)
        else:
            return self._recognised(self.recogniser, page, number, seen)
        return seen

    def warnings(self) -> Iterator[str]:
        if self._bare:
            again = "delete this document and upload it again"
            yield f"{_named(self._bare)} no text: to have it read, {tesseract.HOW_TO_GET_IT}, {again}."
        if self._late:
            yield f"{_named(self._late, 'was', 'were')} left out: recognising the text took too long. Split the file."
        if self._failed:
            yield f"{_named(self._failed, 'was', 'were')} left out: the text recognition failed."
        if self._unsure:
            yield f"{_named(self._unsure, 'was', 'were')} hard to recognise: read the passages through."

    def refusal(self) -> str:
        """Why a file without any text is refused."""
        if self._bare:
            return (
                f"No text found: it looks like a scan. To have it read, {tesseract.HOW_TO_GET_IT} and upload it again; "
                "or type the text in."
            )
        if self._late or self._failed:
            return "No text found: it looks like a scan, and the text recognition failed. Scan it anew, or split it."
        return "No text found: it looks like a scan, and no text was recognised. Scan it anew, or type the text in."

    def _recognised(self, recogniser: Recogniser, page: Any, number: int, seen: Page) -> Page:
        try:
            picture, points_a_pixel = pdf_picture.painted(page)
        except pypdfium2.PdfiumError:
            self._failed.append(number)
            return seen
        found = recogniser.read(picture, points_a_pixel)
        if found is None:
            self._failed.append(number)
            return seen
        if found.trust < ocr.UNSURE:
            self._unsure.append(number)
        return Page(found.lines) if found.lines else seen


def _named(pages: Sequence[int], one: str = "has", several: str = "have") -> str:
    named = ", ".join(map(str, pages[:NAMED])) + (" and more" if len(pages) > NAMED else "")
    return f"Page {named} {one}" if len(pages) == 1 else f"Pages {named} {several}"
