"""Every format through the front door: real files, sniffed and parsed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import FileType
from balas.knowledge.parser import parse, parse_jsonl, parse_text, title_of_name
from tests.unit.knowledge.document_files import (
    Words,
    headings,
    lines,
    pdf,
    questions,
    read,
    rows,
    saved,
    texts,
    word,
    workbook,
)

NAIVE = dt.datetime(2026, 1, 5, 9, 15)  # noqa: DTZ001 - spreadsheets know no time zones

# ---- text -----------------------------------------------------------------------------------------------------------


def test_plain_text_paragraphs_headings_and_broken_lines() -> None:
    document = read(
        "jam_buka.txt",
        b"JAM BUKA\n\nToko kami di Dago buka setiap hari dari pukul delapan pagi sampai\n"
        b"sembilan malam, kecuali hari libur.\n\nAlamat\n======\nJl. Braga 1\nBandung\n\n- satu\n- dua\n",
    )
    assert document.title == "JAM BUKA"
    assert headings(document) == [(2, "JAM BUKA"), (1, "Alamat")]
    assert texts(document)[1] == (
        "Toko kami di Dago buka setiap hari dari pukul delapan pagi sampai sembilan malam, kecuali hari libur."
    )
    assert "Jl. Braga 1\nBandung" in texts(document)
    assert texts(document)[-1] == "- satu\n- dua"


def test_title_of_a_file_name() -> None:
    assert title_of_name("../harga_kopi_2026.xlsx") == "harga kopi 2026"
    assert title_of_name("\x00") == "document"
    assert read("jam_buka.txt", b"Buka jam 8.").title == "jam buka"
    assert parse("a.txt", b"Buka jam 8.", FileType.TXT, title=" Jam\nbuka ").title == "Jam buka"


def test_pasted_text() -> None:
    assert parse_text("Jam", "Buka jam 8.").title == "Jam"
    assert parse_text("", "Buka jam 8 sampai jam 9 malam.").title == "Buka jam 8 sampai jam 9 malam."
    with pytest.raises(DocumentRejected, match="no text"):
        parse_text("Jam", " \n\u200b ")


def test_a_file_of_nothing_but_blanks_is_refused() -> None:
    with pytest.raises(DocumentRejected, match="no text"):
        read("a.txt", b" \n\t\n ")


def test_texts_are_clean_and_lost_characters_are_told() -> None:
    document = read("a.txt", "A\u202eB\u200bC\u00a0 D\ufffd e\u0301\x0b".encode())
    assert texts(document) == ["ABC D\ufffd é"]
    assert "lost" in document.warnings[0]


# ---- markdown -------------------------------------------------------------------------------------------------------


def test_markdown() -> None:
    document = read(
        "a.md",
        b"---\ntitle: Panduan\ntags: [a]\n---\n# Toko\n\nTeks **tebal** dan [situs](https://x.id/a).\n\n## Menu\n\n"
        b"1. Satu\n2. Dua\n   - anak\n\n| Nama | Harga |\n|---|---:|\n| Kopi | Rp 5.000 |\n| Teh | Rp 3.000 |\n\n"
        b"```\nkode\n```\n<!-- rahasia --><p>html</p>\n",
    )
    assert document.title == "Panduan"
    assert headings(document) == [(1, "Toko"), (2, "Menu")]
    assert "Teks tebal dan situs (https://x.id/a)." in texts(document)
    assert "1. Satu\n2. Dua\n- anak" in texts(document)
    assert rows(document) == ["Nama: Kopi; Harga: Rp 5.000", "Nama: Teh; Harga: Rp 3.000"]
    assert "kode" in texts(document)
    assert "rahasia" not in str(document)


# ---- word -----------------------------------------------------------------------------------------------------------


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


# ---- excel ----------------------------------------------------------------------------------------------------------


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
        ('0 "pcs"', 12, "12"),
        ('0"%"', 12, "12"),
        ("0%", 0.07, "7%"),
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


# ---- csv ------------------------------------------------------------------------------------------------------------


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


# ---- html -----------------------------------------------------------------------------------------------------------


def test_html_main_part_only() -> None:
    document = read(
        "a.html",
        b"<!DOCTYPE html><html><head><title> Toko\n Kopi </title><style>p{}</style></head><body><nav>Menu</nav>"
        b"<main><h1>Halo</h1><p>Teks <b>tebal</b><br>baris dua <a href='https://x.id/a'>situs</a> "
        b"<a href='tel:+62221'>Telepon</a></p><script>alert(1)</script><p hidden>rahasia</p>"
        b"<div style='display: none'>rahasia</div><ul><li>satu<ul><li>anak</li></ul></li><li>dua</li></ul>"
        b"<table><caption>Harga</caption><tr><th>Nama</th><th>Harga</th></tr>"
        b"<tr><td rowspan=2>Kopi</td><td>10</td></tr><tr><td>20</td></tr></table>"
        b"<details><summary>Bisa COD?</summary>Bisa.</details><dl><dt>Halal?</dt><dd>Ya.</dd></dl></main>"
        b"<footer>Kaki</footer></body></html>",
    )
    assert document.title == "Toko Kopi"
    assert headings(document) == [(1, "Halo"), (5, "Harga")]
    assert "Teks tebal\nbaris dua situs (https://x.id/a) Telepon (+62221)" in texts(document)
    assert "- satu\n- anak\n- dua" in texts(document)
    assert rows(document) == ["Nama: Kopi; Harga: 10", "Nama: Kopi; Harga: 20"]
    assert [block.text for block in questions(document)] == ["Bisa COD?\nBisa.", "Halal?\nYa."]
    for gone in ("Menu", "alert", "rahasia", "Kaki", "p{}"):
        assert gone not in str(document)


# ---- pdf ------------------------------------------------------------------------------------------------------------


def test_pdf_pages_headings_and_joined_lines() -> None:
    first = [
        Words(60, 790, "Kebijakan pengembalian", 18, bold=True),
        *lines(
            "Barang yang rusak atau salah kirim kami ganti tanpa biaya selama pem-",
            "beli mengirim foto barang dan foto label paket dalam tujuh hari setelah",
            "paket diterima di rumah.",
            top=750,
        ),
        Words(60, 650, "Berubah pikiran", 14),
        *lines("Buku-buku dan alat yang belum dipakai boleh dikembalikan kapan saja", "dalam tujuh hari.", top=620),
    ]
    document = read("a.pdf", pdf(first, lines("Halaman kedua berdiri sendiri."), title="Retur"))
    assert document.title == "Retur"
    assert document.pages == 2
    assert headings(document) == [(1, "Kebijakan pengembalian"), (2, "Berubah pikiran")]
    assert texts(document)[1] == (
        "Barang yang rusak atau salah kirim kami ganti tanpa biaya selama pembeli mengirim foto barang dan foto label "
        "paket dalam tujuh hari setelah paket diterima di rumah."
    )
    assert [block.page for block in document.blocks] == [1, 1, 1, 1, 2]


def test_pdf_doubled_words_keep_their_hyphen() -> None:
    page = lines("Kami menjual macam-macam kopi dan teh dari kebun di lereng gunung, buku-", "buku resep, dan alat.")
    assert "buku-buku resep" in texts(read("a.pdf", pdf(page)))[0]


def test_pdf_margins_and_page_numbers_are_dropped() -> None:
    pages = [
        [
            Words(60, 810, "Toko Kopi - rahasia dapur"),
            *lines(f"Isi halaman {name} yang hanya ada di sini.", top=700),
            Words(60, 30, f"Halaman {number} dari 4"),
        ]
        for number, name in enumerate(("satu", "dua", "tiga", "empat"), 1)
    ]
    assert texts(read("a.pdf", pdf(*pages))) == [
        f"Isi halaman {name} yang hanya ada di sini." for name in ("satu", "dua", "tiga", "empat")
    ]


def test_pdf_paragraph_over_a_page_break_is_one() -> None:
    document = read("a.pdf", pdf(lines("Kami membuka toko setiap hari"), lines("kecuali hari libur.")))
    assert texts(document) == ["Kami membuka toko setiap hari kecuali hari libur."]


def test_pdf_table_of_aligned_words() -> None:
    table = (
        ("Nama", "Berat", "Harga"),
        ("Kopi Gayo", "250 g", "Rp 85.000"),
        ("Kopi Toraja", "1 kg", "Rp 300.000"),
        ("Teh", "50 g", "Rp 9.000"),
    )
    page = [
        Words(x, 700 - 20 * number, text)
        for number, row in enumerate(table)
        for x, text in zip((60, 250, 400), row, strict=True)
    ]
    assert rows(read("a.pdf", pdf(page))) == [
        "Nama: Kopi Gayo; Berat: 250 g; Harga: Rp 85.000",
        "Nama: Kopi Toraja; Berat: 1 kg; Harga: Rp 300.000",
        "Nama: Teh; Berat: 50 g; Harga: Rp 9.000",
    ]


def test_pdf_of_a_browser_with_columns_wrapped_cells_and_many_scripts() -> None:
    document = read("layout.pdf", (Path(__file__).parent / "documents" / "layout.pdf").read_bytes())
    found = texts(document)
    # a paragraph that goes on in the second column
    assert any(text.endswith("gula aren yang dijual di toko kami di Bandung.") for text in found)
    assert rows(document) == [
        "Nama produk: Kopi Gayo; Keterangan panjang: Kopi arabika dari dataran tinggi Gayo yang diproses basah dengan "
        "rasa cokelat dan rempah serta sedikit rasa jeruk di akhir; Harga: Rp 85.000; Stok: ada",
        "Nama produk: Kopi Toraja Sapan pilihan dari desa Sapan; Keterangan panjang: Karamel; Harga: Rp 92.000; "
        "Stok: habis",
        "Nama produk: Teh; Keterangan panjang: Teh hijau dari Ciwidey yang dipetik pagi hari dan dikeringkan dengan "
        "angin gunung selama satu malam; Harga: Rp 30.000; Stok: ada",
    ]
    # marks that PDFium reports twice, words that it reports backwards
    assert any("ร้านเปิดทุกวันตั้งแต่แปดโมงเช้าถึงสามทุ่ม ราคากาแฟหนึ่งถุง 250 บาท ส่งฟรีทั่วประเทศ" in text for text in found)
    assert any("المتجر مفتوح كل يوم من الساعة الثامنة صباحا حتى التاسعة مساء" in text for text in found)
    assert any("市内免费送货。" in text and "二百五十克" in text for text in found)
    # glyphs whose font does not name their character
    assert any("lost" in warning for warning in document.warnings)
    assert [block.text for block in questions(document)] == [
        "Apakah bisa COD?\nBisa, khusus Bandung.",
        "Bisa retur?\nBisa, dalam 7 hari.",
    ]


def test_pdf_scans_are_told() -> None:
    picture = "q 100 0 0 100 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x7f EI Q\n"
    with pytest.raises(DocumentRejected, match="looks like a scan"):
        read("a.pdf", pdf([], extra=picture))
    with pytest.raises(DocumentRejected, match="looks like a scan"):
        read("a.pdf", pdf([]))


# ---- questions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Q: Buka jam berapa?\nA: Jam 8.\n\nQ: Bisa COD?\nA: Bisa.\nDi Bandung.\n"),
        ("a.txt", "T: Buka jam berapa?\nJ: Jam 8.\nT: Bisa COD?\nJ: Bisa.\nDi Bandung.\n"),
        ("a.txt", "1. Tanya: Buka jam berapa?\nJawab: Jam 8.\n\n2. Tanya: Bisa COD?\nJawab: Bisa. Di Bandung."),
        ("a.txt", "Buka jam berapa?\nJam 8.\n\nBisa COD?\nBisa.\nDi Bandung.\n"),
        ("a.txt", "Buka jam berapa?\n\nJam 8.\n\nBisa COD?\n\nBisa.\nDi Bandung.\n"),
        ("a.md", "**Buka jam berapa?**\nJam 8.\n\n**Bisa COD?**\n\nBisa.\nDi Bandung.\n"),
        ("a.md", "## Buka jam berapa?\n\nJam 8.\n\n## Bisa COD?\n\nBisa.\n\nDi Bandung.\n"),
        ("a.csv", 'Pertanyaan,Jawaban\nBuka jam berapa?,Jam 8.\nBisa COD?,"Bisa.\nDi Bandung."\n'),
        ("a.md", "|No|Question|Answer|\n|-|-|-|\n|1|Buka jam berapa?|Jam 8.|\n|2|Bisa COD?|Bisa. Di Bandung.|"),
    ],
)  # fmt: skip
def test_questions_stay_with_their_answers(name: str, content: str) -> None:
    found = [" ".join(block.text.split()) for block in questions(read(name, content.encode()))]
    assert found == ["Buka jam berapa? Jam 8.", "Bisa COD? Bisa. Di Bandung."]


def test_a_question_in_running_text_is_no_entry() -> None:
    document = read(
        "a.txt", b"Kopi kami segar. Mau coba? Datang saja ke toko.\n\nA. Pilihan pertama\nB. Pilihan kedua\n"
    )
    assert questions(document) == []


# ---- jsonl ----------------------------------------------------------------------------------------------------------


def test_jsonl() -> None:
    content = '\ufeff{"_id":"1","title":"Jam","text":"Buka jam 8.","lang":"id"}\n\n{"_id":"2","text":"Halo","more":1}\n'
    first, second = parse_jsonl(content.encode())
    assert (first.external_id, first.language, first.document.title) == ("1", "id", "Jam")
    assert (second.external_id, second.language, texts(second.document)) == ("2", None, ["Halo"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"_id":"2"}', "Line 2.*text"),
        ('{"text":"x"}', "Line 2.*_id"),
        ('{"_id":2,"text":"x"}', "Line 2.*_id"),
        ("nonsense", "Line 2"),
        ("[" * 100_000, "Line 2"),
        ('{"_id":"1","text":"x"}', "Line 2.*used twice"),
        ('{"_id":"2","text":"  "}', "Line 2.*empty"),
    ],
)
def test_jsonl_errors_name_the_line(line: str, says: str) -> None:
    with pytest.raises(DocumentRejected, match=says):
        list(parse_jsonl(f'{{"_id":"1","text":"x"}}\n{line}\n'.encode()))
