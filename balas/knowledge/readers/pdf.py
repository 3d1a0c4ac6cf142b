"""PDF by PDFium, one page at a time: characters to lines with positions. `pdf_layout` makes blocks of them."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, pdf_layout, pdf_picture, pdf_rules, pdf_scripts
from balas.knowledge.readers.pdf_page import Cell, Line, Page, Rules
from balas.knowledge.readers.pdf_scans import Scans
from balas.values import ParsedDocument

MAX_PAGES = 2_000
CELL_GAP = 0.9  # in font sizes: a wider hole between two words is the border of a table column

_BREAKS = {10, 13}
_BLANKS = {0x20, 0x09, 0xA0}
_LINE_END_HYPHENS = {0x02, 0xFFFE}  # PDFium reports these instead of a hyphen and the line break after it
_WORTHLESS_TITLE = re.compile(r"(?i)^(untitled|document\d*|.*\.(docx?|xlsx?|pptx?|pdf|indd|html?|tmp))$")


def read(content: bytes, progress: Progress) -> ParsedDocument:
    document = _open(content)
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise DocumentRejected(f"The PDF has {count:,} pages, more than {MAX_PAGES:,}: split it.", status=413)
        scans = Scans()
        pages = [_page(document, number, scans, progress) for number in range(1, count + 1)]
        title = _title(document)
    finally:
        document.close()
    if not any(page.lines for page in pages):
        raise DocumentRejected(scans.refusal())
    return ParsedDocument(title, tuple(pdf_layout.blocks(pages)), count, tuple(scans.warnings()))


def _open(content: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
            raise DocumentRejected("The PDF is encrypted with a password: save it without one.") from error
        raise DocumentRejected("The PDF is damaged: open it, print it to a new PDF and upload that.") from error


def _title(document: Any) -> str:
    title = str(document.get_metadata_dict(skip_empty=True).get("Title", "")).strip().removeprefix("Microsoft Word - ")
    return "" if _WORTHLESS_TITLE.match(title) else title


def _page(document: Any, number: int, scans: Scans, progress: Progress) -> Page:
    """The page's lines in the order they are painted, or as they are recognised on its picture."""
    try:
        page = document[number - 1]
        text = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        raise DocumentRejected(
            f"The PDF is damaged at page {number}: open it, print it to a new PDF and upload that."
        ) from error
    try:
        rules = pdf_rules.rules(page.raw)
        lines = list(_lines(text.raw, rules))
        is_drawn = pdfium.FPDFPage_CountObjects(page.raw) > 0
        seen = Page(lines, rules)
        if not is_drawn or (lines and not pdf_picture.is_scan(page, sum(len(line.text) for line in lines))):
            progress(f"reading page {number} of {len(document)}")
            return seen
        recognised = " (text recognition)" if scans.recogniser else ""
        progress(f"reading page {number} of {len(document)}{recognised}")
        return scans.read(page, number, seen)
    finally:
        text.close()
        page.close()


def _lines(text: Any, rules: Rules) -> Iterator[Line]:
    start = 0
    count = pdfium.FPDFText_CountChars(text)
    codes = [pdfium.FPDFText_GetUnicode(text, position) for position in range(count)]
    for position in range(count + 1):
        hyphen = position < count and codes[position] in _LINE_END_HYPHENS
        if position == count or codes[position] in _BREAKS or hyphen:
            if line := _line(text, codes, start, position + hyphen, rules):
                yield line
            start = position + 1


def _line(text: Any, codes: list[int], start: int, end: int, rules: Rules) -> Line | None:
    """Words joined to cells: a hole wider than `CELL_GAP`, or a rule that is drawn between them, parts two cells."""
    positions = list(range(start, end))
    inked = [position for position in positions if codes[position] not in _BLANKS]
    if not inked:
        return None
    size = _size(text, inked[0])
    if any(map(pdf_scripts.has_marks, codes[start:end])):
        guessed = [position for position in positions if pdfium.FPDFText_IsGenerated(text, position) == 1]
        positions = pdf_scripts.once(codes, positions, guessed, partial(_box, text), size)
    baseline = _baseline(text, inked[0])
    borders = [rule.at for rule in rules.vertical if rule.covers(baseline + 0.3 * size)]
    cells: list[Cell] = []
    for word in _words(codes, positions):
        shown = "".join(_character(codes[position]) for position in word)
        if not shown.isascii():
            shown = pdf_scripts.logical(shown, [_box(text, position)[0] for position in word])
        (first_left, first_right, _, _), (last_left, last_right, _, _) = _box(text, word[0]), _box(text, word[-1])
        left, right = min(first_left, last_left), max(first_right, last_right)
        if cells and left - cells[-1].right <= CELL_GAP * size and not _crossed(cells[-1], left, borders):
            shown, left = f"{cells[-1].text} {shown}", min(cells[-1].left, left)
            cells[-1] = Cell(shown, left, max(cells[-1].right, right))
        else:
            cells.append(Cell(shown, left, right))
    bold = _is_bold(text, inked[0]) and _is_bold(text, inked[-1])
    return Line(tuple(cells), round(size, 1), bold, baseline)


def _crossed(cell: Cell, left: float, borders: list[float]) -> bool:
    return any(cell.right - 1 < border < left + 1 for border in borders)


def _words(codes: list[int], positions: Sequence[int]) -> Iterator[list[int]]:
    word: list[int] = []
    for position in positions:
        if codes[position] not in _BLANKS:
            word.append(position)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _character(code: int) -> str:
    """0 is a glyph whose font does not say which character it is: shown as lost, not left out."""
    if code in _LINE_END_HYPHENS:
        return "\u00ad"
    return chr(code) if code else "\ufffd"


def _box(text: Any, position: int) -> tuple[float, float, float, float]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text, position, left, right, bottom, top)
    return left.value, right.value, bottom.value, top.value


def _baseline(text: Any, position: int) -> float:
    across, up = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, position, across, up)
    return up.value


def _size(text: Any, position: int) -> float:
    """Font size as painted: PDFium gives the nominal one, and writers like Chromium scale by the matrix."""
    matrix = pdfium.FS_MATRIX()
    nominal = float(pdfium.FPDFText_GetFontSize(text, position))
    if pdfium.FPDFText_GetMatrix(text, position, matrix):
        scale = abs(matrix.d) or abs(matrix.b) or 1.0
        return max(0.1, nominal * scale) if nominal else 0.1
    return nominal or 0.1


def _is_bold(text: Any, position: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, position, name, 128, flags)
    # FPDFText_GetFontWeight is no help: it derives 1828 from the stem width of a regular Thai font.
    return bool(re.search(rb"(?i)bold|black|heavy", name.value))
