"""What a sheet says is cited with its row, as a person finds it in the spreadsheet."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from balas.knowledge.chunker import chunk
from balas.knowledge.files import sniff
from balas.knowledge.parser import parse
from balas.rag.quoting.quotes import quotes
from balas.rag.talk.source_request import rows_of
from balas.samples import sample_files
from balas.values import Chunk, ChunkKind, Passage


def chunks(name: str, content: bytes) -> list[Chunk]:
    return chunk(parse(name, content, sniff(name, content)))


def passage(piece: Chunk) -> Passage:
    return Passage(1, 1, "", piece.heading, None, piece.text, 0, 1.0, 1.0, 1.0, 1.0, piece.kind, rows=piece.rows)


def test_each_line_of_a_price_list_knows_its_row() -> None:
    content = next(path for path in sample_files() if path.suffix == ".xlsx").read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(content))
    known = 0
    for piece in chunks("daftar_harga.xlsx", content):
        if piece.kind is not ChunkKind.TABLE:
            continue
        sheet = book[piece.heading.split(" › ")[0]]
        for line, row in zip(piece.text.splitlines(), piece.rows, strict=True):
            code = line.partition(";")[0].removeprefix("Kode: ")
            assert code in [cell.value for cell in sheet[row]]
            known += 1
    assert known > 40


def test_hidden_and_empty_rows_count_as_a_spreadsheet_counts() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for number, values in ((2, ("Item", "Price")), (3, ("Tea", "3")), (5, ("Milk", "2")), (6, ("Cake", "9"))):
        for column, value in enumerate(values, 1):
            sheet.cell(number, column, value)
    sheet.row_dimensions[5].hidden = True
    file = io.BytesIO()
    book.save(file)
    (piece,) = chunks("prices.xlsx", file.getvalue())
    assert piece.rows == (3, 6)


@pytest.mark.parametrize(("hint", "first"), [("", 3), ("sep=,\n", 4)])
def test_rows_of_separated_values(hint: str, first: int) -> None:
    (piece,) = chunks("prices.csv", f"{hint}Item,Price\n\nTea,3.00\nMilk,2.00\n".encode())
    assert piece.rows == (first, first + 1)


def test_an_entry_of_a_question_table_stands_in_one_row() -> None:
    content = b"Question,Answer\nDo you open on Sunday?,No. We are closed.\nIs parking free?,Yes. It is free.\n"
    first, second = chunks("faq.csv", content)
    assert (first.kind, first.rows, second.rows) == (ChunkKind.FAQ, (2,), (3,))
    assert [quote.rows for quote in quotes(passage(second))] == [(3,), (3,)]


def test_a_quote_knows_the_row_it_stands_in() -> None:
    (piece,) = chunks("prices.csv", b"Item,Price\nTea,3.00\nMilk,2.00\n")
    assert [quote.rows for quote in quotes(passage(piece))] == [(2,), (3,)]
    assert rows_of(piece.text, piece.rows, piece.text) == (2, 3)
    assert rows_of(piece.text, piece.rows, "Item: Coffee; Price: 4.00") == ()


def test_tables_that_are_no_sheets_have_no_rows(tmp_path: Path) -> None:
    content = b"# Prices\n\n| Item | Price |\n|---|---|\n| Tea | 3.00 |\n| Milk | 2.00 |\n"
    assert [piece.rows for piece in chunks("prices.md", content)] == [()]
