"""PDF through the front door."""

from __future__ import annotations

from pathlib import Path

import pytest

from balas.errors import DocumentRejected
from tests.unit.knowledge.document_files import (
    Words,
    headings,
    lines,
    pdf,
    questions,
    read,
    rows,
    texts,
)


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
