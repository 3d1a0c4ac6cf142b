"""Text, Markdown, web pages, questions and `.jsonl` through the front door: sniffed and parsed."""

from __future__ import annotations

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import FileType
from balas.knowledge.parser import parse, parse_jsonl, parse_text, title_of_name
from tests.unit.knowledge.document_files import (
    headings,
    questions,
    read,
    rows,
    texts,
)


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


def test_pasted_text_needs_words_and_gets_a_title() -> None:
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


def test_markdown_keeps_headings_lists_and_tables() -> None:
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


def test_html_inside_one_large_form_is_read() -> None:
    page = b"<html><body><form><p>Buka jam 8.</p><input value=x><button>Kirim</button></form></body></html>"
    assert texts(read("a.html", page)) == ["Buka jam 8."]


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


def test_each_line_of_jsonl_is_a_document() -> None:
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
