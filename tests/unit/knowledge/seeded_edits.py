"""Edits of the sample documents and of one more: bad ones that a gate must see, and harmless ones that it must not."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import docx
import openpyxl
import pypdfium2

from balas.samples import sample_files
from tests.unit.knowledge.document_files import lines, pdf, saved, workbook

RENTAL = """# Pedal & Shore bike rental

## Prices · Precios

| Bike | Bicicleta | Per hour | Per day |
|---|---|---|---|
| City bike | Bicicleta de paseo | € 4.50 | € 18 |
| Mountain bike | Bicicleta de montaña | € 7.00 | € 29 |
| Electric bike | Bicicleta eléctrica | € 9.50 | € 41 |
| Tandem | Tándem | € 8.00 | € 33 |
| Child seat | Silla infantil | € 1.00 | € 5 |

## Deposit and papers

We take a deposit of € 120 for each bike, by card. It is released within 48 hours after the bike is back. Please bring \
an identity card or passport.

## Opening hours

From April to October we are open from 9:00 to 20:30 every day. From November to March we open on weekends only, from \
10:00 to 17:00.

## Damage and theft

A puncture is on us. Other damage costs what the workshop in Calle del Puerto asks, at most € 250 with the insurance \
of € 3 a day. A stolen bike costs the deposit if the police report reaches us within 24 hours.

## Cancelar una reserva (cancelling)

Las reservas se pueden cancelar gratis hasta 12 horas antes de la recogida. Después cobramos el 30 % del precio.

## Questions

### Do you deliver bikes to hotels?

Yes, within 6 km of the harbour for € 8, both ways included.

### Can I take the bike on the ferry?

Yes. The ferry to Isla Verde takes bikes for € 2.40 each way, without a booking.

### Do you rent helmets?

A helmet comes free with every bike. A lock costs € 2 a day.

### ¿Tienen visitas guiadas?

Sí, los martes y viernes a las 10:15, por € 25 por persona, con un mínimo de 4 personas.
"""
RENTAL_NAME = "pedal.md"
# What people ask, beside what is drafted from the documents.
ASKED = [
    ("Berapa ongkir ke Papua?", "tanya_jawab.md", "Rp 75.000"),
    ("¿Cuánto cuesta una bicicleta eléctrica por día?", RENTAL_NAME, "€ 41"),
    ("How much is the deposit?", RENTAL_NAME, "€ 120"),
    ("Can I cancel my booking?", RENTAL_NAME, "12 horas"),
    ("How long is the warranty on grinders?", "kebijakan_pengembalian.pdf", "12-month warranty"),
]
SILENT = ["Who is the president of France?", "Jual helikopter?"]

Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Edit:
    what: str
    name: str  # of the document
    change: Change


def originals() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sample_files()} | {RENTAL_NAME: RENTAL.encode()}


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


def page_dropped(number: int) -> Change:
    def change(content: bytes) -> bytes:
        document = pypdfium2.PdfDocument(content)
        assert len(document) > 1
        del document[number % len(document)]
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    return change


def _rota() -> bytes:
    days = [["Nama", "Senin", "Selasa", "Rabu"], ["Rina", "pagi", "pagi", "libur"], ["Budi", "sore", "libur", "pagi"]]
    return saved(workbook(("Jadwal kerja", days)))


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


PRICES, HOURS, RETURNS, FAQ = (
    "daftar_harga.xlsx", "jam_buka_dan_lokasi.docx", "kebijakan_pengembalian.pdf", "tanya_jawab.md",
)  # fmt: skip

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


def moved(content: bytes, heading: str, before: str) -> bytes:
    """The section stands before the one that begins so."""
    text = content.decode()
    section = re.search(rf"^{re.escape(heading)}.*?(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert text.count(before) == 1
    return text.replace(section[0], "").replace(before, section[0].rstrip() + "\n\n" + before).encode()


def _sold_out(book: openpyxl.Workbook, code: str) -> None:
    page, number = row_of(book, code)
    for cell in page[number]:
        if cell.value == "ada":
            cell.value = "habis"
