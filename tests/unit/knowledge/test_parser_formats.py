"""Presentations, OpenDocument files, e-books, old workbooks and rich text through the front door."""

from __future__ import annotations

import pytest

from balas.knowledge.chunker import chunk
from tests.unit.knowledge.document_files import headings, questions, read, rows, texts
from tests.unit.knowledge.office_files import epub, open_cells, open_document, pptx, shape, slide_table, xls

# ---- presentations --------------------------------------------------------------------------------------------------


def test_slides_are_pages_with_titles_tables_and_notes() -> None:
    document = read(
        "a.pptx",
        pptx(
            shape("Layanan toko", kind="ctrTitle") + shape("Toko Kopi Lereng", kind="subTitle"),
            shape("Senin 08.00", "Minggu tutup", kind="") + shape("Jam buka", kind="title") + shape("2", kind="sldNum"),
            shape("Harga", kind="title")
            + slide_table(("Nama", "Berat", "Harga"), ("Gayo", "250 g", "85"), ("^", "500 g", "160")),
            notes=("", "Saat hari raya tutup."),
            title="PowerPoint Presentation",
        ),
    )
    assert document.title == "Layanan toko"
    assert document.pages == 3
    assert headings(document) == [(1, "Layanan toko"), (2, "Jam buka"), (2, "Harga")]
    assert [(block.page, block.text) for block in document.blocks[2:5]] == [
        (2, "Jam buka"),
        (2, "- Senin 08.00\n- Minggu tutup"),
        (2, "Saat hari raya tutup."),
    ]
    assert rows(document) == ["Nama: Gayo; Berat: 250 g; Harga: 85", "Nama: Gayo; Berat: 500 g; Harga: 160"]


def test_what_stands_on_most_slides_and_hidden_slides_are_left_out() -> None:
    slides = [shape(f"Bagian {n}", kind="title") + shape(f"Isi {n}.") + shape("lereng.example") for n in range(4)]
    document = read("a.pptx", pptx(*slides, hidden=(2,)))
    assert texts(document) == ["Bagian 0", "Isi 0.", "Bagian 2", "Isi 2.", "Bagian 3", "Isi 3."]
    assert document.blocks[-1].page == 4
    assert document.warnings == ("Hidden slides were left out: 2.",)


def test_groups_and_alternatives_are_opened_once() -> None:
    inner = shape("Dalam grup")
    choice = (
        f"<mc:AlternateContent><mc:Choice Requires='x'>{shape('Baru')}</mc:Choice>"
        f"<mc:Fallback>{shape('Lama')}</mc:Fallback></mc:AlternateContent>"
    )
    numbered = shape("satu", "dua", properties='<a:pPr><a:buAutoNum type="arabicPeriod"/></a:pPr>')
    document = read("a.pptx", pptx(f"<p:grpSp><p:grpSp>{inner}</p:grpSp></p:grpSp>{choice}{numbered}"))
    assert texts(document) == ["Dalam grup", "Baru", "1. satu\n2. dua"]


def test_an_open_document_presentation() -> None:
    def frame(kind: str, inner: str) -> str:
        return f'<draw:frame presentation:class="{kind}"><draw:text-box>{inner}</draw:text-box></draw:frame>'

    slides = (
        f"<draw:page>{frame('title', '<text:p>Jam buka</text:p>')}"
        + frame("outline", "<text:list><text:list-item><text:p>Senin 08.00</text:p></text:list-item></text:list>")
        + f"<presentation:notes>{frame('notes', '<text:p>Hari raya tutup.</text:p>')}</presentation:notes></draw:page>"
        f'<draw:page draw:style-name="d2">{frame("title", "<text:p>Rahasia</text:p>")}</draw:page>'
    )
    style = (
        '<style:style style:name="d2"><style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    document = read("a.odp", open_document("presentation", slides, style))
    assert texts(document) == ["Jam buka", "- Senin 08.00", "Hari raya tutup."]
    assert (document.pages, document.warnings) == (2, ("Hidden slides were left out: 2.",))


# ---- OpenDocument ---------------------------------------------------------------------------------------------------


def test_an_open_document_text() -> None:
    styles = (
        '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1"/>'
        '</text:list-style><style:style style:name="P1" style:parent-style-name="Title"/>'
        '<style:style style:name="T1"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="P2"><style:text-properties text:display="none"/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:p>dihapus</text:p></text:tracked-changes>"
        '<text:p text:style-name="P1">Panduan toko</text:p><text:h text:outline-level="2">Jam<text:s/>buka</text:h>'
        "<text:p>Buka<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>kecuali Minggu"
        "</text:p></text:note-body></text:note> tiap hari.<office:annotation><text:p>cek lagi</text:p>"
        '</office:annotation></text:p><text:p><text:span text:style-name="T1">Cara pesan</text:span></text:p>'
        '<text:list text:style-name="L1"><text:list-item><text:p>satu</text:p></text:list-item>'
        "<text:list-item><text:p>dua</text:p></text:list-item></text:list>"
        '<text:p text:style-name="P2">rahasia</text:p><text:section text:display="none"><text:p>rahasia</text:p>'
        "</text:section><text:section><text:p>Terakhir.</text:p></text:section>"
    )
    document = read("a.odt", open_document("text", body, styles, title="Buku panduan"))
    assert document.title == "Buku panduan"
    assert headings(document) == [(1, "Panduan toko"), (2, "Jam buka"), (6, "Cara pesan")]
    assert "Buka (kecuali Minggu) tiap hari." in texts(document)
    assert "1. satu\n2. dua" in texts(document)
    assert texts(document)[-1] == "Terakhir."
    assert document.warnings == ("Hidden text was left out.",)
    assert not any(gone in str(document) for gone in ("dihapus", "cek lagi", "rahasia"))


def test_a_table_of_an_open_document_text() -> None:
    down = '<table:table-cell table:number-rows-spanned="2"><text:p>Gayo</text:p></table:table-cell>'
    table = (
        f"<table:table><table:table-header-rows>{open_cells('Nama', 'Berat', 'Harga')}</table:table-header-rows>"
        f"{open_cells(down, '250 g', '85')}{open_cells('<table:covered-table-cell/>', '500 g', '160')}</table:table>"
    )
    assert rows(read("a.odt", open_document("text", table))) == [
        "Nama: Gayo; Berat: 250 g; Harga: 85",
        "Nama: Gayo; Berat: 500 g; Harga: 160",
    ]


def test_an_open_document_spreadsheet_is_read_as_it_is_shown() -> None:
    styles = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    price = '<table:table-cell office:value-type="currency" office:value="85000"><text:p>Rp 85.000</text:p>'
    since = '<table:table-cell office:value-type="date" office:date-value="2026-01-05"><text:p>01/05/26</text:p>'
    end = "</table:table-cell>"
    rest = '<table:table-cell table:number-columns-repeated="16384"/>'
    body = (
        '<table:table table:name="Harga"><table:table-column/><table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="2"/>'
        + open_cells("Nama", "Modal", "Harga", "Sejak")
        + open_cells("Kopi", "11111", price + end, since + end)
        + open_cells("Teh", "22222", "Rp 9.000", "", more=' table:visibility="filter"')
        + open_cells(
            '<table:table-cell table:number-columns-repeated="2"><text:p>Gula</text:p></table:table-cell>', "3"
        )
        + open_cells(rest, more=' table:number-rows-repeated="1048570"')
        + '</table:table><table:table table:name="Pemasok" table:style-name="ta2">'
        + open_cells("Budi", "33333")
        + "</table:table>"
    )
    document = read("a.ods", open_document("spreadsheet", body, styles))
    assert rows(document) == ["Nama: Kopi; Harga: Rp 85.000; Sejak: 2026-01-05", "Nama: Gula; Harga: 3"]
    assert headings(document) == [(4, "Harga")]
    assert document.warnings == (
        '1 hidden rows and 1 hidden columns of the sheet "Harga" were left out: unhide them if they may be told.',
        'The hidden sheet "Pemasok" was left out.',
    )


# ---- e-books, old workbooks, rich text ------------------------------------------------------------------------------


def test_an_e_book_has_its_chapters_as_headings() -> None:
    document = read(
        "a.epub",
        epub(
            "<img src='cover.png'/>",
            "<h1>Biji kopi</h1><p>Simpan di tempat <i/>kering.</p>",
            "<p>Giling sesaat sebelum diseduh.</p>",
            title="Buku kopi",
            toc=("Sampul", "Bab satu", "Giling"),
        ),
    )
    assert document.title == "Buku kopi"
    assert headings(document) == [(1, "Biji kopi"), (1, "Giling")]
    assert [piece.heading for piece in chunk(document)] == ["Biji kopi", "Giling"]
    assert "Simpan di tempat kering." in texts(document)


def test_an_old_workbook() -> None:
    sheet = ("Harga", [["Nama", "Harga"], ["Kopi Gayo", 85000.0], ["Té negro", 12.5]])
    document = read("a.xls", xls(sheet, ("Pemasok", [["Budi", "33333"]]), hidden=["Pemasok"]))
    assert headings(document) == [(4, "Harga")]
    assert rows(document) == ["Nama: Kopi Gayo; Harga: 85000", "Nama: Té negro; Harga: 12.5"]
    assert document.warnings == ('The hidden sheet "Pemasok" was left out.',)


def test_rich_text_keeps_headings_tables_and_foreign_letters() -> None:
    document = read(
        "a.rtf",
        rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\*\generator Riched20;}{\header Kepala}"
        rb"\pard\outlinelevel1 Jam buka\par\pard\b Cara pesan\b0\par"
        rb"\pard Caf\'e9 \u22721?\u20896? buka{\v  rahasia} setiap hari, \{kecuali\}" + b"\r\n Minggu.\\par\n"
        rb"\trowd\cellx1\pard\intbl Nama\cell Harga\cell\row\pard\intbl Kopi\cell Rp 5.000\cell\row"
        rb"\pard{\listtext\f3\'b7\tab}satu\par{\pict\pngblip 89504e47}\u-10179?\u-8704?\par}",
    )
    assert headings(document) == [(2, "Jam buka"), (6, "Cara pesan")]
    assert "Café 壁冠 buka setiap hari, {kecuali} Minggu." in texts(document)
    assert rows(document) == ["Nama: Kopi; Harga: Rp 5.000"]
    assert texts(document)[-2:] == ["- satu", "😀"]
    assert document.warnings == ("Hidden text was left out.",)


def test_rich_text_of_a_code_page_with_letters_of_two_bytes() -> None:
    coded = "".join(f"\\'{byte:02x}" for byte in "営業時間は八時から".encode("cp932"))
    assert texts(read("a.rtf", rb"{\rtf1\ansi\ansicpg932 " + coded.encode() + b"}")) == ["営業時間は八時から"]


# ---- questions ------------------------------------------------------------------------------------------------------

ASKED = ("Bisa COD?", "Bisa, khusus Bandung.")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pptx", pptx(shape(ASKED[0], kind="title") + shape(ASKED[1], kind=""))),
        ("a.pptx", pptx(slide_table(("No", "Pertanyaan", "Jawaban"), ("1", *ASKED)))),
        ("a.odt", open_document("text", f"<text:h>{ASKED[0]}</text:h><text:p>{ASKED[1]}</text:p>")),
        ("a.odt", open_document("text", f"<text:p>T: {ASKED[0]}</text:p><text:p>J: {ASKED[1]}</text:p>")),
        (
            "a.ods",
            open_document(
                "spreadsheet",
                f'<table:table table:name="FAQ">{open_cells("Question", "Answer")}{open_cells(*ASKED)}</table:table>',
            ),
        ),
        ("a.epub", epub(f"<h2>{ASKED[0]}</h2><p>{ASKED[1]}</p>")),
        ("a.xls", xls(("FAQ", [["Pregunta", "Respuesta"], list(ASKED)]))),
        ("a.rtf", rb"{\rtf1\ansi Q: Bisa COD?\par A: Bisa, khusus Bandung.\par}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_questions_of_every_format_stay_with_their_answers(name: str, content: bytes) -> None:
    assert [block.text for block in questions(read(name, content))] == ["Bisa COD?\nBisa, khusus Bandung."]
