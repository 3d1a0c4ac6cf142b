"""Edits of the sample documents and of one more: bad ones that a gate must see, and harmless ones that it must not."""

from __future__ import annotations

from collections.abc import Callable

import docx
import openpyxl

from tests.unit.knowledge.document_files import lines, pdf, saved, workbook
from tests.unit.knowledge.edited_documents import FAQ, HOURS, PRICES, RENTAL_NAME, RETURNS
from tests.unit.knowledge.edits import (
    Edit,
    column_emptied,
    cut_in_half,
    garbled,
    mojibake,
    moved,
    of_another,
    page_dropped,
    prices_shifted,
    replaced,
    row_deleted,
    row_doubled,
    row_of,
    sheet,
    sheet_dropped,
    without_section,
    word,
)


def _table_gone(document: docx.document.Document) -> None:
    table = document.tables[0]._element
    table.getparent().remove(table)


def _texts_gone(document: docx.document.Document) -> None:
    for paragraph in document.paragraphs:
        paragraph.clear()


def _hours_swapped(document: docx.document.Document) -> None:
    for row in document.tables[0].rows[1:]:
        first, second = row.cells[1].text, row.cells[2].text
        row.cells[1].text, row.cells[2].text = second, first


def _paragraph(old: str, new: str) -> Callable[[docx.document.Document], None]:
    def change(document: docx.document.Document) -> None:
        found = [paragraph for paragraph in document.paragraphs if old in paragraph.text]
        assert found, old
        for paragraph in found:
            paragraph.text = paragraph.text.replace(old, new)

    return change


def _rota() -> bytes:
    days = [["Nama", "Senin", "Selasa", "Rabu"], ["Rina", "pagi", "pagi", "libur"], ["Budi", "sore", "libur", "pagi"]]
    return saved(workbook(("Jadwal kerja", days)))


BAD = [
    Edit("price row deleted", PRICES, row_deleted("GAY-500")),
    Edit("another price row deleted", PRICES, row_deleted("MOK-3")),
    Edit("row doubled with another price", PRICES, row_doubled("TOR-250", 1.25)),
    Edit("prices shifted by one row", PRICES, prices_shifted()),
    Edit("sheet dropped", PRICES, sheet_dropped(1)),
    Edit("price column emptied", PRICES, column_emptied("Harga")),
    Edit("wrong workbook", PRICES, lambda content: _rota()),
    Edit("table of hours dropped", HOURS, word(_table_gone)),
    Edit("columns swapped", HOURS, word(_hours_swapped)),
    Edit("address lost", HOURS, word(_paragraph("Jl. Taman Kencana Indah No. 7, Buah Batu, Bandung 40265.", ""))),
    Edit("headings and texts gone, tables left", HOURS, word(_texts_gone)),
    Edit("page dropped", RETURNS, page_dropped(0)),
    Edit("last page dropped", RETURNS, page_dropped(-1)),
    Edit("wrong PDF", RETURNS, lambda content: pdf(lines("Kartu nama", "Rina Lestari, manajer toko", "0812 555 0101"))),
    Edit("placeholder", RETURNS, lambda content: pdf(lines("Dokumen ini sedang diperbarui. Silakan kembali besok."))),
    Edit("section dropped", FAQ, without_section("Kapan pesanan saya dikirim?")),
    Edit("translation lost", FAQ, lambda c: c[: c.index(b"## English")]),
    Edit("one translated answer lost", FAQ, without_section("Can you gift-wrap my order?")),
    Edit("table turned to garbage", FAQ, garbled),
    Edit("one figure changed", FAQ, replaced("Biaya layanan COD Rp 5.000", "Biaya layanan COD Rp 50.000")),
    Edit("second half cut off", FAQ, cut_in_half),
    Edit("characters destroyed", FAQ, mojibake),
    Edit("emptied but for its title", FAQ, lambda content: content.split(b"\n")[0] + b"\n"),
    Edit(
        "negation lost",
        FAQ,
        replaced("We only ship to addresses in Indonesia, from", "We ship to all of the world, from"),
    ),
    Edit("row deleted", RENTAL_NAME, replaced("| Electric bike | Bicicleta eléctrica | € 9.50 | € 41 |\n", "")),
    Edit(
        "figure doubled in prose",
        RENTAL_NAME,
        lambda c: c + "\nWe take a deposit of € 200 for each bike, by card.\n".encode(),
    ),
    Edit("section dropped", RENTAL_NAME, without_section("Deposit and papers")),
    Edit("translated section lost", RENTAL_NAME, without_section("Cancelar una reserva (cancelling)")),
    Edit("season's hours mixed up", RENTAL_NAME, replaced("9:00 to 20:30", "10:00 to 17:00")),
    Edit("digits transposed", RENTAL_NAME, replaced("| € 29 |", "| € 92 |")),
    Edit("hours of a rule changed", RENTAL_NAME, replaced("released within 48 hours", "released within 84 hours")),
    Edit("a tour's time changed", RENTAL_NAME, replaced("a las 10:15", "a las 11:45")),
    Edit("a zero too many", RENTAL_NAME, replaced("harbour for € 8,", "harbour for € 80,")),
    Edit("table turned to garbage", RENTAL_NAME, garbled),
    Edit("another shop's document", RENTAL_NAME, of_another(FAQ)),
    Edit("questions dropped", RENTAL_NAME, lambda c: c[: c.index(b"## Questions")]),
]

HARMLESS = [
    Edit("typing error", FAQ, replaced("Pesanan yang lunas", "Pesananan yang lunas")),
    Edit("typing error mended", FAQ, replaced("Belum terjawab?", "Belum terjawab juga?")),
    Edit("blank lines", FAQ, lambda content: content.replace(b"\n\n", b"\n\n\n")),
    Edit(
        "section added",
        FAQ,
        lambda c: c + b"\n### Do you have a loyalty card?\n\nYes, ten cups and the next one is free.\n",
    ),
    Edit(
        "question added in Indonesian",
        FAQ,
        replaced(
            "## Kopi\n", "## Kopi\n\n### Apakah kopinya organik?\n\nSebagian: Gayo dan Flores bersertifikat organik.\n"
        ),
    ),
    Edit("courtesy added", FAQ, replaced("Ada. Gratis ongkir", "Ada, tentu saja! Gratis ongkir")),
    Edit(
        "order of questions changed", RENTAL_NAME, lambda c: moved(c, "### Do you rent helmets?", "### Do you deliver")
    ),
    Edit("order of sections changed", RENTAL_NAME, lambda c: moved(c, "## Damage and theft", "## Opening hours")),
    Edit(
        "row added",
        RENTAL_NAME,
        replaced("| Tandem |", "| Cargo bike | Bicicleta de carga | € 11.00 | € 47 |\n| Tandem |"),
    ),
    Edit("typing error in a heading", RENTAL_NAME, replaced("## Opening hours", "## Openning hours")),
    Edit(
        "section added",
        RENTAL_NAME,
        lambda c: c + b"\n### Is there a shower?\n\nYes, behind the workshop, free of charge.\n",
    ),
    Edit("stock changed", PRICES, sheet(lambda book: _sold_out(book, "GAY-250"))),
    Edit("product added", PRICES, row_doubled("HMP-01", 1.0)),
    Edit("sentence added", HOURS, word(lambda d: d.add_paragraph("Kami juga punya sudut baca anak di lantai 2."))),
    Edit("word changed", HOURS, word(_paragraph("Dua lantai", "Terdiri dari dua lantai"))),
]


def _sold_out(book: openpyxl.Workbook, code: str) -> None:
    page, number = row_of(book, code)
    for cell in page[number]:
        if cell.value == "ada":
            cell.value = "habis"
