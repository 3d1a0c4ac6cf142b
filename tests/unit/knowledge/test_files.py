from __future__ import annotations

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import MAX_BYTES, FileType, check_size, display_name, sniff
from tests.unit.knowledge.document_files import lines, pdf, saved, word, workbook, zipped
from tests.unit.knowledge.office_files import epub, open_document, pptx, shape, xls

PDF = pdf(lines("Halo"))
DOCX = saved(word("Halo"))
XLSX = saved(workbook(("Harga", [["Nama", "Harga"], ["Kopi", 1]])))
HTML = b"<!DOCTYPE html><html><body><p>Halo</p></body></html>"
SVG = b'<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"><text>x</text></svg>'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", b"Halo dunia", FileType.TXT),
        ("README", b"Halo dunia", FileType.TXT),
        ("a.log", b"Halo\tdunia\r\n", FileType.TXT),
        ("A.MD", b"# Halo", FileType.MD),
        ("a.markdown", b"# Halo", FileType.MD),
        ("a.csv", b"a,b\n1,2", FileType.CSV),
        ("a.tsv", b"a\tb\n1\t2", FileType.CSV),
        ("a.jsonl", b'{"_id":"1","text":"x"}\n', FileType.JSONL),
        ("a.htm", b"<p>Halo", FileType.HTML),
        ("a.txt", HTML, FileType.HTML),
        ("page", b"\xef\xbb\xbf\n <html lang=id><body>x", FileType.HTML),
        ("a.md", b"<div>Halo</div>\n\n# Judul", FileType.MD),
        ("a.pdf", PDF, FileType.PDF),
        ("a.txt", PDF, FileType.PDF),
        ("scan", b"\r\n" + PDF, FileType.PDF),
        ("a.docx", DOCX, FileType.DOCX),
        ("upload.bin", XLSX, FileType.XLSX),
        ("a.pptx", pptx(shape("Halo")), FileType.PPTX),
        ("a.odt", open_document("text", ""), FileType.ODT),
        ("a.ods", open_document("spreadsheet", ""), FileType.ODS),
        ("a.odp", open_document("presentation", ""), FileType.ODP),
        ("a.epub", epub("<p>Halo</p>"), FileType.EPUB),
        ("a.xls", xls(("A", [["x"]])), FileType.XLS),
        ("a.doc", b"{\\rtf1 Halo}", FileType.RTF),
        ("scan", b"\x89PNG\r\n\x1a\n", FileType.PNG),
        ("a.jpeg", b"\xff\xd8\xff\xe0", FileType.JPG),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", FileType.WEBP),
        ("a.txt", "Halo dunia".encode("utf-16"), FileType.TXT),
        ("a.txt", "Halo dunia, apa kabar?".encode("utf-16-le"), FileType.TXT),
        ("a.csv", "名前,価格\n珈琲,500\n".encode("utf-16-be"), FileType.CSV),
    ],
)
def test_type_is_told_by_content_and_name_only_hints(name: str, content: bytes, expected: FileType) -> None:
    assert sniff(name, content) is expected


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.pdf", HTML, "named .pdf but holds HTML"),
        ("a.pdf", b"MZ\x90\x00" + b"\x00" * 60, "a Windows program"),
        ("a.pdf", zipped({"x.txt": b"x"}), "a ZIP archive"),
        ("a.pdf", SVG, "an SVG picture"),
        ("a.pdf", DOCX, "named .pdf but holds DOCX"),
        ("a.pdf", PDF + zipped({"x.txt": b"x"}), "a PDF and a ZIP at once"),
        ("a.docx", XLSX, "named .docx but holds XLSX"),
        ("a.odt", epub("<p>Halo</p>"), "named .odt but holds EPUB"),
        ("a.xls", XLSX, "named .xls but holds XLSX"),
        ("a.pptx", HTML, "named .pptx but holds HTML"),
        ("a.xlsb", zipped({"xl/workbook.bin": b"x"}), "binary Excel workbook"),
        ("a.odg", zipped({"mimetype": b"application/vnd.oasis.opendocument.graphics"}), "a ZIP archive"),
        ("a.xlsx", b"a,b\n1,2", "named .xlsx but holds TXT"),
        ("a.txt", b"\x7fELF\x02\x01\x01", "a program"),
        ("a.png", b"GIF89a" + bytes(20), "a GIF picture"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "named .pdf but holds PNG"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, "an old .doc"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 20, "a film"),
        ("a.txt", bytes(range(256)) * 4, "neither text nor"),
        ("a.html", SVG, "an SVG picture"),
        ("a.xml", b"<?xml version='1.0'?><feed><x/></feed>", "XML"),
        ("a.json", b'[{"a": 1}]', "JSON"),
        ("a.zip", b"PK\x05\x06" + b"\x00" * 18, "a ZIP archive"),
    ],
)
def test_what_is_not_read_is_refused_with_a_sentence(name: str, content: bytes, says: str) -> None:
    with pytest.raises(DocumentRejected, match=says) as refused:
        sniff(name, content)
    assert refused.value.status == 415
    assert ".pdf" in str(refused.value)


def test_empty_and_too_large_files_are_refused() -> None:
    check_size(1)
    check_size(MAX_BYTES)
    with pytest.raises(DocumentRejected) as empty:
        sniff("a.txt", b"")
    with pytest.raises(DocumentRejected) as large:
        check_size(MAX_BYTES + 1)
    assert (empty.value.status, large.value.status) == (422, 413)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("harga kopi.xlsx", "harga kopi.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ani\\harga.pdf", "harga.pdf"),
        ("/absolute/a.txt", "a.txt"),
        ("a\x00b.txt", "ab.txt"),
        ("\u202efdp.exe\u2066", "fdp.exe"),
        ("a\r\nb\t.txt", "ab.txt"),
        (".htaccess", "htaccess"),
        ("..", "document"),
        ("", "document"),
        ("   ", "document"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("lpt1.pdf", "_lpt1.pdf"),
        ("ราคากาแฟ.pdf", "ราคากาแฟ.pdf"),
        ("cafe\u0301.txt", "café.txt"),
    ],
)
def test_display_names_are_harmless(name: str, expected: str) -> None:
    assert display_name(name) == expected


def test_long_names_keep_their_extension() -> None:
    shown = display_name("a" * 300 + ".pdf")
    assert len(shown) == 120
    assert shown.endswith("….pdf")
