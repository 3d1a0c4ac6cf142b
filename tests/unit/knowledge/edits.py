"""Ways to change a document, and what an edit is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import docx
import openpyxl
import pypdfium2

from tests.unit.knowledge.edited_documents import originals

Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Edit:
    what: str
    name: str  # of the document
    change: Change


def replaced(old: str, new: str) -> Change:
    def change(content: bytes) -> bytes:
        text = content.decode()
        assert old in text, old
        return text.replace(old, new).encode()

    return change


def without_section(heading: str) -> Change:
    def change(content: bytes) -> bytes:
        text = content.decode()
        cut = re.sub(rf"^#+ {re.escape(heading)}.*?(?=^#|\Z)", "", text, flags=re.MULTILINE | re.DOTALL)
        assert cut != text, heading
        return cut.encode()

    return change


def sheet(change: Callable[[openpyxl.Workbook], None]) -> Change:
    def changed(content: bytes) -> bytes:
        book = openpyxl.load_workbook(io.BytesIO(content))
        change(book)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return changed


def row_of(book: openpyxl.Workbook, code: str) -> tuple[openpyxl.worksheet.worksheet.Worksheet, int]:
    for page in book.worksheets:
        for row in page.iter_rows():
            if any(cell.value == code for cell in row):
                return page, row[0].row
    raise AssertionError(code)


def row_deleted(code: str) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        page, number = row_of(book, code)
        for cell in page[number]:
            if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                cell.value = None

    return sheet(change)


def row_doubled(code: str, factor: float) -> Change:
    """The same row once more, with another price."""

    def change(book: openpyxl.Workbook) -> None:
        page, number = row_of(book, code)
        values = [cell.value for cell in page[number]]
        page.insert_rows(number + 1)
        for column, value in enumerate(values, 1):
            is_price = isinstance(value, int | float) and value >= 10_000
            page.cell(number + 1, column).value = round(value * factor) if is_price else value
            page.cell(number + 1, column).number_format = page.cell(number, column).number_format

    return sheet(change)


def prices_shifted() -> Change:
    """Each price one row too low, as when a cell was inserted into one column."""

    def change(book: openpyxl.Workbook) -> None:
        for page in book.worksheets:
            cells = [
                c for row in page.iter_rows() for c in row if isinstance(c.value, int | float) and c.value >= 10_000
            ]
            values = [cell.value for cell in cells]
            for cell, value in zip(cells, values[-1:] + values[:-1], strict=True):
                cell.value = value

    return sheet(change)


def sheet_dropped(number: int) -> Change:
    return sheet(lambda book: book.remove(book.worksheets[number]))


def column_emptied(heading: str) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        for page in book.worksheets:
            columns = {cell.column for row in page.iter_rows() for cell in row if cell.value == heading}
            for row in page.iter_rows():
                for cell in row:
                    if cell.column in columns and isinstance(cell.value, int | float):
                        cell.value = None

    return sheet(change)


def word(change: Callable[[docx.document.Document], None]) -> Change:
    def changed(content: bytes) -> bytes:
        document = docx.Document(io.BytesIO(content))
        change(document)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    return changed


def page_dropped(number: int) -> Change:
    def change(content: bytes) -> bytes:
        document = pypdfium2.PdfDocument(content)
        assert len(document) > 1
        del document[number % len(document)]
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    return change


def garbled(content: bytes) -> bytes:
    """Every table cell in one line without its neighbours, as a bad export makes it."""
    lines = content.decode().splitlines()
    cells = [cell.strip() for line in lines if line.startswith("|") for cell in line.strip("|").split("|")]
    kept = [line for line in lines if not line.startswith("|")]
    at = next(number for number, line in enumerate(lines) if line.startswith("|"))
    return "\n".join([*kept[:at], *sorted(cells, key=lambda cell: cell[::-1]), *kept[at:]]).encode()


def mojibake(content: bytes) -> bytes:
    return "".join(
        chr((ord(char) * 7 + 13) % 1000 + 160) if char.isalnum() else char for char in content.decode()
    ).encode()


def of_another(name: str) -> Change:
    return lambda content: originals()[name]


def cut_in_half(content: bytes) -> bytes:
    return content.decode()[: len(content.decode()) // 2].encode()


def moved(content: bytes, heading: str, before: str) -> bytes:
    """The section stands before the one that begins so."""
    text = content.decode()
    section = re.search(rf"^{re.escape(heading)}.*?(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert text.count(before) == 1
    return text.replace(section[0], "").replace(before, section[0].rstrip() + "\n\n" + before).encode()
