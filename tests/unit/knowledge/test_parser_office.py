"""Word, Excel and CSV through the front door."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.unit.knowledge.document_files import (
    headings,
    read,
    rows,
    saved,
    texts,
    word,
    workbook,
)

NAIVE = dt.datetime(2026, 1, 5, 9, 15)  # noqa: DTZ001 - spreadsheets know no time zones


def test_word_headings_lists_and_tables() -> None:
    made = word(
        ("Panduan toko", "Title"), ("Jam", "Heading 1"), "Kami buka setiap hari.", ("Dago", "Heading 2"),
        ("satu", "List Bullet"), ("dua", "List Bullet"), ("pertama", "List Number"), ("kedua", "List Number"),
    )  # fmt: skip
    table = made.add_table(rows=0, cols=3)
    for row in (("Hari", "Dago", "Braga"), ("Senin", "08.00", "09.00"), ("Selasa", "08.00", "tutup")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document = read("panduan.docx", saved(made))
    assert document.title == "Panduan toko"
    assert headings(document) == [(1, "Panduan toko"), (1, "Jam"), (2, "Dago")]
    assert "- satu\n- dua\n1. pertama\n2. kedua" in texts(document)
    assert rows(document) == ["Hari: Senin; Dago: 08.00; Braga: 09.00", "Hari: Selasa; Dago: 08.00; Braga: tutup"]


def test_word_merged_cells() -> None:
    made = word("Harga")
    table = made.add_table(rows=0, cols=3)
    for row in (("Nama", "Berat", "Harga"), ("Gayo", "250 g", "85"), ("", "500 g", "160"), ("Toraja", "1 kg", "300")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    assert rows(read("a.docx", saved(made))) == [
        "Nama: Gayo; Berat: 250 g; Harga: 85",
        "Nama: Gayo; Berat: 500 g; Harga: 160",
        "Nama: Toraja; Berat: 1 kg; Harga: 300",
    ]


def test_word_inserted_text_is_read_deleted_and_hidden_text_is_not() -> None:
    made = word("Harga ")
    paragraph = made.paragraphs[0]._p
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    for xml in (
        f'<w:ins xmlns:w="{namespace}" w:id="1" w:author="a"><w:r><w:t>baru</w:t></w:r></w:ins>',
        f'<w:del xmlns:w="{namespace}" w:id="2" w:author="a"><w:r><w:delText>lama</w:delText></w:r></w:del>',
        f'<w:r xmlns:w="{namespace}"><w:rPr><w:vanish/></w:rPr><w:t>rahasia</w:t></w:r>',
    ):
        from lxml import etree

        paragraph.append(etree.fromstring(xml))
    document = read("a.docx", saved(made))
    assert texts(document) == ["Harga baru"]
    assert document.warnings == ("Hidden text was left out.",)


def test_word_bold_line_is_a_heading() -> None:
    made = word("Kami buka setiap hari.")
    made.add_paragraph().add_run("Ongkos kirim").bold = True
    made.add_paragraph("Rp 9.000 per kg.")
    assert headings(read("a.docx", saved(made))) == [(6, "Ongkos kirim")]


def test_excel_values_as_people_read_them() -> None:
    book = workbook(("Harga", [["Nama", "Harga", "Diskon", "Mulai", "Jam", "Halal", "Berat"], []]))
    sheet = book["Harga"]
    sheet.append(["Kopi", 85000.0, 0.125, dt.date(2026, 1, 5), dt.time(8, 30), True, 0.1 + 0.2])
    sheet.append(["Teh", 12500.5, 0.1, NAIVE, dt.time(21, 0), False, 1e8])
    for row in (3, 4):
        sheet.cell(row, 2).number_format = '_-"Rp"* #,##0_-'
        sheet.cell(row, 3).number_format = "0.0%"
    assert rows(read("a.xlsx", saved(book))) == [
        "Nama: Kopi; Harga: Rp 85.000; Diskon: 12.5%; Mulai: 2026-01-05; Jam: 08:30; Halal: yes; Berat: 0.3",
        "Nama: Teh; Harga: Rp 12.500,50; Diskon: 10%; Mulai: 2026-01-05 09:15; Jam: 21:00; Halal: no; Berat: 100000000",
    ]


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("[$Rp-421] #,##0", 85000, "Rp 85.000"),
        ("[$$-409]#,##0.00", 12.5, "$12.50"),
        ("€ #,##0", 1200, "€1.200"),
        ("#,##0", 85000, "85000"),
        ('0 "pcs"', 12, "12 pcs"),
        ('0"%"', 12, "12"),
        ("0%", 0.07, "7%"),
        ('#,##0" zł"', 1250.5, "1250.50 zł"),
        ('"TSh" #,##0', 75000, "TSh 75000"),
        ("#,##0\\ [$₽-419]", 300, "300 ₽"),
        ('0 "kg"', 5, "5 kg"),
        ('0" (inkl. MwSt)"', 5, "5"),
    ],
)
def test_excel_number_formats(code: str, value: float, shown: str) -> None:
    book = workbook(("H", [["Nama", "Harga"], ["Kopi", value]]))
    book["H"].cell(2, 2).number_format = code
    assert rows(read("a.xlsx", saved(book))) == [f"Nama: Kopi; Harga: {shown}"]


def test_excel_title_lines_sections_and_merged_cells() -> None:
    book = workbook(
        ("Daftar", [
            ["Daftar harga 2026"], [], [None, "Harga", None], ["Nama", "250 g", "500 g"], ["KOPI BUBUK"],
            ["Gayo", 85, 160], ["Toraja", 90, 170], [], ["Belum termasuk ongkos kirim."],
        ]),
        ("Alat", [["Nama", "Harga"], ["V60", 95]]),
    )  # fmt: skip
    book["Daftar"].merge_cells("A1:C1")
    book["Daftar"].merge_cells("B3:C3")
    document = read("a.xlsx", saved(book))
    assert headings(document) == [(4, "Daftar"), (5, "Daftar harga 2026"), (6, "KOPI BUBUK"), (4, "Alat")]
    assert rows(document) == [
        "Nama: Gayo; Harga 250 g: 85; Harga 500 g: 160",
        "Nama: Toraja; Harga 250 g: 90; Harga 500 g: 170",
        "Nama: V60; Harga: 95",
    ]
    assert "Belum termasuk ongkos kirim." in texts(document)
    assert document.title == "a"


def test_a_name_and_one_price_below_a_table_of_several_are_of_no_column() -> None:
    book = workbook(
        ("Pool", [
            ["Tarif", "2 Std", "Tageskarte"], ["Erwachsene", 5, 7], ["Kinder", 3, 4], ["Gruppen", 30, None],
            [], ["Verleih"], ["Badetuch", 4, None], ["Brille", 2, None],
        ]),
        ("Menu", [["Name", "Price", "Note"], ["Tea", 3, "hot"], [], ["Cake", 9, None]]),
    )  # fmt: skip
    document = read("a.xlsx", saved(book))
    assert rows(document) == [
        "Tarif: Erwachsene; 2 Std: 5; Tageskarte: 7", "Tarif: Kinder; 2 Std: 3; Tageskarte: 4",
        "Tarif: Gruppen; 2 Std: 30", "Badetuch: 4", "Brille: 2",
        "Name: Tea; Price: 3; Note: hot", "Name: Cake; Price: 9",
    ]  # fmt: skip


def test_excel_hidden_parts_are_left_out_and_told() -> None:
    book = workbook(
        ("Harga", [["Nama", "Modal", "Jual"], ["Kopi", 11111, 20000], ["Rahasia", 22222, 1]]),
        ("Pemasok", [["Nama", "Telepon"], ["Budi", "33333"]]),
    )
    book["Harga"].column_dimensions["B"].hidden = True
    book["Harga"].row_dimensions[3].hidden = True
    book["Pemasok"].sheet_state = "hidden"
    document = read("a.xlsx", saved(book))
    assert rows(document) == ["Nama: Kopi; Jual: 20000"]
    assert any("1 hidden rows and 1 hidden columns" in warning for warning in document.warnings)
    assert any('hidden sheet "Pemasok"' in warning for warning in document.warnings)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_separators_and_quotes(separator: str) -> None:
    content = separator.join(["Nama", "Harga"]) + "\r\n" + separator.join(['"Kopi\n""Gayo"""', "Rp 85.000"]) + "\r\n"
    assert rows(read("a.csv", content.encode())) == ['Nama: Kopi "Gayo"; Harga: Rp 85.000']


def test_csv_decimal_commas_do_not_count_as_separators() -> None:
    content = "Nama;Berat;Harga\nKopi;1,5;10,25\nTeh;0,5;3,10\nGula;2,0;1,99\n"
    assert rows(read("a.csv", content.encode()))[0] == "Nama: Kopi; Berat: 1,5; Harga: 10,25"


def test_csv_with_excels_hint_and_without_header() -> None:
    assert rows(read("a.csv", b"sep=;\nNama;Harga\nKopi;1\n")) == ["Nama: Kopi; Harga: 1"]
    assert rows(read("b.csv", b"Senin,08.00-21.00\nMinggu,09.00-20.00\n")) == [
        "Senin: 08.00-21.00",
        "Minggu: 09.00-20.00",
    ]


def test_a_header_repeated_among_the_rows_is_no_row() -> None:
    content = b"Nama,Harga\nKopi,Rp 5.000\nNama,Harga\nTeh,Rp 3.000\n"
    assert rows(read("a.csv", content)) == ["Nama: Kopi; Harga: Rp 5.000", "Nama: Teh; Harga: Rp 3.000"]


@pytest.mark.parametrize(
    ("below", "told"),
    [
        ("Charge,Amount\nAlert,N4\nCard,N9", ["Charge: Alert; Amount: N4", "Charge: Card; Amount: N9"]),
        (
            "CHARGES\nCharge,Amount\nAlert,N4\nCheque book,not offered\nCard,N9",
            ["Charge: Alert; Amount: N4", "Charge: Cheque book; Amount: not offered", "Charge: Card; Amount: N9"],
        ),
        (
            "Account,Opening,Fee\nFixed,90,free\nFlex,10,none",
            ["Account: Fixed; Opening: 90; Fee: free", "Account: Flex; Opening: 10; Fee: none"],
        ),
        (
            "Junior,free,no\nSenior,50,1 %\nStaff,20,2 %",
            [
                "Account: Junior; Opening: free; Yearly: no",
                "Account: Senior; Opening: 50; Yearly: 1 %",
                "Account: Staff; Opening: 20; Yearly: 2 %",
            ],
        ),
    ],
)
def test_tables_below_one_another_have_headers_of_their_own(below: str, told: list[str]) -> None:
    content = f"Account,Opening,Yearly,Note\nAjo,500,2 %,daily\nRegular,2000,4 %,weekly\n\n{below}\n"
    assert rows(read("rates.csv", content.encode())) == [
        "Account: Ajo; Opening: 500; Yearly: 2 %; Note: daily",
        "Account: Regular; Opening: 2000; Yearly: 4 %; Note: weekly",
        *told,
    ]
