"""More edits of the same documents, written when the gate was done and looked at by nobody who worked on it."""

from __future__ import annotations

import re

import docx
import openpyxl

from tests.unit.knowledge.edited_documents import FAQ, HOURS, PRICES, RENTAL_NAME, RETURNS
from tests.unit.knowledge.edits import Change, Edit, moved, page_dropped, replaced, row_of, sheet, without_section, word


def cell_changed(code: str, old: object, new: object) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        page, number = row_of(book, code)
        (cell,) = [cell for cell in page[number] if cell.value == old]
        cell.value = new

    return sheet(change)


def codes_shifted(first: str, second: str) -> Change:
    """The names of two products exchanged, their prices left where they were."""

    def change(book: openpyxl.Workbook) -> None:
        (page, one), (_, other) = row_of(book, first), row_of(book, second)
        for column in (1, 2):
            upper, lower = page.cell(one, column), page.cell(other, column)
            upper.value, lower.value = lower.value, upper.value

    return sheet(change)


def rows_exchanged(first: str, second: str) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        (page, one), (_, other) = row_of(book, first), row_of(book, second)
        for upper, lower in zip(page[one], page[other], strict=True):
            upper.value, lower.value = lower.value, upper.value

    return sheet(change)


def names_lost(prefix: str) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        for page in book.worksheets:
            for row in page.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith(prefix):
                        cell.value = None

    return sheet(change)


def _notes(book: openpyxl.Workbook) -> None:
    page = book.create_sheet("Catatan")
    page.append(["Catatan", "Isi"])
    page.append(["Kemasan baru", "Semua kopi memakai kemasan kertas mulai bulan depan."])


def _sunday_gone(document: docx.document.Document) -> None:
    (row,) = [row for row in document.tables[0].rows if row.cells[0].text == "Minggu"]
    row._element.getparent().remove(row._element)


def _cell(old: str, new: str) -> Change:
    def change(document: docx.document.Document) -> None:
        cells = [c for table in document.tables for row in table.rows for c in row.cells if c.text == old]
        assert cells, old
        for cell in cells:
            cell.text = new

    return word(change)


def _paragraph(old: str, new: str) -> Change:
    def change(document: docx.document.Document) -> None:
        found = [paragraph for paragraph in document.paragraphs if old in paragraph.text]
        assert found, old
        for paragraph in found:
            paragraph.text = paragraph.text.replace(old, new)

    return word(change)


def exchanged(first: str, second: str) -> Change:
    def change(content: bytes) -> bytes:
        text = content.decode()
        assert first in text, first
        assert second in text, second
        return text.replace(first, "\0").replace(second, first).replace("\0", second).encode()

    return change


def answers_gone(content: bytes) -> bytes:
    """The questions are left, each without what stood below it."""
    return "\n\n".join(re.findall(r"^#.*$", content.decode(), re.MULTILINE)).encode()


UNSEEN_BAD = [
    Edit("a zero lost", PRICES, cell_changed("KIN-250", 88_000, 8_800)),
    Edit("guarantee shortened", PRICES, cell_changed("AER-01", "12 bulan", "2 bulan")),
    Edit("names of two products exchanged", PRICES, codes_shifted("GAY-250", "WAM-250")),
    Edit("names of one kind lost", PRICES, names_lost("Kopi Robusta")),
    Edit("Sunday's row deleted", HOURS, word(_sunday_gone)),
    Edit("digits of a telephone transposed", HOURS, _paragraph("555-0118", "555-0181")),
    Edit("hours of Ramadan changed", HOURS, _cell("11.00–22.00", "12.00–22.00")),
    Edit("parking made dearer", HOURS, _paragraph("mobil Rp 5.000", "mobil Rp 15.000")),
    Edit("middle page dropped", RETURNS, page_dropped(1)),
    Edit("prices of two destinations exchanged", FAQ, exchanged("| Rp 28.000 |", "| Rp 38.000 |")),
    Edit("banks changed", FAQ, replaced("BCA dan Mandiri", "BNI dan BRI")),
    Edit("deadline of the day changed", FAQ, replaced("sebelum pukul 14.00", "sebelum pukul 16.00")),
    Edit(
        "answers of two questions exchanged",
        FAQ,
        exchanged("Setiap Selasa dan Jumat.", "Nomor resi kami kirim lewat WhatsApp"),
    ),
    Edit("one section dropped", FAQ, without_section("Ada gratis ongkir?")),
    Edit("a discount of a tenth", FAQ, replaced("Potongan 10 %", "Potongan 1 %")),
    Edit("answers gone, questions left", FAQ, answers_gone),
    Edit("decimal point moved", RENTAL_NAME, replaced("€ 2.40 each way", "€ 24.0 each way")),
    Edit("names of two columns exchanged", RENTAL_NAME, exchanged("| Per hour |", "| Per day |")),
    Edit("distance times ten", RENTAL_NAME, replaced("within 6 km", "within 60 km")),
    Edit("a condition turned round", RENTAL_NAME, replaced("each way, without a booking", "each way, with a booking")),
]
UNSEEN_HARMLESS = [
    Edit("first line reworded", FAQ, replaced("Belum terjawab? Tulis saja", "Ada yang lain? Silakan tulis")),
    Edit(
        "order of questions changed",
        FAQ,
        lambda content: moved(content, "### Toko buka jam berapa?", "### Bisa dibungkus"),
    ),
    Edit("a word put in", FAQ, replaced("Bisa, khusus Bandung Raya", "Bisa, tetapi khusus Bandung Raya")),
    Edit("sheet of notes added", PRICES, sheet(_notes)),
    Edit("order of two rows changed", PRICES, rows_exchanged("V60-01", "FRP-350")),
    Edit("a sentence reworded", HOURS, _paragraph("Kurir instan melayani", "Pengiriman instan melayani")),
    Edit("bold letters", RENTAL_NAME, replaced("a deposit of € 120", "a **deposit of € 120**")),
    Edit("blanks at the ends of lines", RENTAL_NAME, lambda content: content.replace(b"\n", b"  \n")),
    Edit("other title", RENTAL_NAME, replaced("# Pedal & Shore bike rental", "# Pedal & Shore, bicycles for rent")),
    Edit("a courtesy at the end", RENTAL_NAME, lambda content: content + b"\nSee you at the harbour!\n"),
]
