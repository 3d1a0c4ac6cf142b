"""Files made to hurt their reader: refused with a sentence, in little time and memory, and the worker lives."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import sniff
from balas.knowledge.readers import archive
from balas.knowledge.sandbox import parse_isolated
from balas.values import ParsedDocument
from tests.unit.knowledge.document_files import (
    lines,
    painted,
    pdf,
    read,
    saved,
    texts,
    with_entry,
    word,
    workbook,
    zipped,
)

DOCUMENTS = Path(__file__).parent / "documents"
DOCX = saved(word("Halo"))
XLSX = saved(workbook(("Harga", [["Nama", "Harga"], ["Kopi", 1]])))
PDF = pdf(lines("Halo"))
WORD = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def isolated(name: str, content: bytes, wall_seconds: float = 20) -> ParsedDocument:
    return parse_isolated(name, content, sniff(name, content), wall_seconds=wall_seconds)


def paragraph(text: bytes, before: bytes = b"") -> bytes:
    body = b"<w:body><w:p><w:r><w:t>" + text + b"</w:t></w:r></w:p></w:body>"
    return b'<?xml version="1.0"?>' + before + b"<w:document " + WORD + b">" + body + b"</w:document>"


def laughs(deep: int = 9) -> bytes:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, deep + 1))
    return b'<!DOCTYPE l [<!ENTITY e0 "hahahahaha">' + entities + b"]>"


# ---- containers -----------------------------------------------------------------------------------------------------


def test_a_decompression_bomb_is_refused_while_inflating_with_flat_memory() -> None:
    bomb = with_entry(DOCX, "word/media/picture.xml", b"\0" * 150_000_000)
    assert len(bomb) < 250_000
    tracemalloc.start()
    try:
        with pytest.raises(DocumentRejected, match="bomb"):
            read("a.docx", bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


def test_an_entry_that_declares_less_than_it_holds_is_refused() -> None:
    honest = zipped({"xl/workbook.xml": b"\0" * 60_000_000})
    lying = honest.replace(struct.pack("<L", 60_000_000), struct.pack("<L", 100))
    with pytest.raises(DocumentRejected, match=r"damaged|bomb"):
        archive.check(lying)


def test_overlapping_entries_are_counted_each_time() -> None:
    """Many entries of the directory that share one piece of compressed data, as in the smallest known bombs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("word/document.xml", b"\0" * 2_000_000)
        first = container.infolist()[0]
        for number in range(2_000):
            twin = zipfile.ZipInfo(f"word/{number}.xml")
            for name in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, name, getattr(first, name))
            container.filelist.append(twin)
    with pytest.raises(DocumentRejected, match=r"bomb|damaged"):
        archive.check(buffer.getvalue())


def test_a_zip_that_holds_itself_is_just_a_zip() -> None:
    with pytest.raises(DocumentRejected, match="ZIP archive"):
        sniff("a.docx", zipped({"r.zip": zipped({"r.zip": b"x"})}))


def test_too_many_entries_are_refused_before_they_are_listed() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        for number in range(30_000):
            container.writestr(zipfile.ZipInfo(str(number)), b"")
    content = buffer.getvalue()
    tracemalloc.start()
    try:
        with pytest.raises(DocumentRejected, match="entries"):
            sniff("a.docx", content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "word/../../x", "..\\x", "C:\\x"])
def test_entries_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(DocumentRejected, match="lead out"):
        sniff("a.docx", with_entry(DOCX, name, b"x"))


def test_a_protected_entry_is_told() -> None:
    locked = bytearray(DOCX)
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DocumentRejected, match="password"):
        read("a.docx", bytes(locked))


# ---- XML ------------------------------------------------------------------------------------------------------------


def test_no_outer_file_is_read_through_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("kata-rahasia", encoding="utf-8")
    outer = b'<!DOCTYPE l [<!ENTITY e SYSTEM "%s">]>' % secret.as_uri().encode()
    document = isolated("a.docx", with_entry(DOCX, "word/document.xml", paragraph(b"Halo &e; dunia", outer)))
    assert "Halo" in texts(document)[0]
    assert "rahasia" not in str(document)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", with_entry(DOCX, "word/document.xml", paragraph(b"&e9;", laughs()))),
        ("a.docx", with_entry(DOCX, "docProps/core.xml", laughs() + b"<a>&e9;</a>")),
        ("a.xlsx", with_entry(XLSX, "xl/styles.xml", laughs() + b"<a>&e9;</a>")),
        ("a.xlsx", with_entry(XLSX, "xl/worksheets/sheet1.xml", laughs() + b"<worksheet>&e9;</worksheet>")),
        ("a.html", b"<html><body>" + laughs() + b"<p>Halo &e9;</p>"),
    ],
)
def test_entities_never_grow(name: str, content: bytes) -> None:
    try:
        document = isolated(name, content)
    except DocumentRejected:
        return
    assert "hahaha" * 5 not in str(document)


def test_relations_to_the_outside_are_not_followed() -> None:
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    relations = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        b'Type="' + kind + b'" Target="http://127.0.0.1:9/evil.dotm" TargetMode="External"/></Relationships>'
    )
    assert texts(isolated("a.docx", with_entry(DOCX, "word/_rels/document.xml.rels", relations))) == ["Halo"]


@pytest.mark.parametrize(
    "content",
    [
        with_entry(DOCX, "word/document.xml", b"nonsense"),
        with_entry(DOCX, "word/document.xml", b"<w:document " + WORD + b">" + b"<w:tbl><w:tr><w:tc>" * 5_000),
        zipped({"word/document.xml": b"<a/>"}),
        DOCX[: len(DOCX) // 2],
        DOCX[:2_000] + bytes(300) + DOCX[2_300:],
    ],
)
def test_damaged_word_files_say_what_to_do(content: bytes) -> None:
    with pytest.raises(DocumentRejected, match="damaged"):
        read("a.docx", content)


# ---- PDF ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ((DOCUMENTS / "encrypted.pdf").read_bytes(), "encrypted with a password"),
        (PDF[: PDF.index(b"xref")], "damaged"),
        (b"%PDF-1.7\n" + bytes(range(1, 256)) * 400, "damaged"),
        (PDF.replace(b"/Kids [7 0 R]", b"/Kids [2 0 R]"), "damaged"),
        (pdf(*[[]] * 2_001), "2,001 pages"),
    ],
)
def test_hostile_pdfs_are_refused_with_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(DocumentRejected, match=says):
        read("a.pdf", content)


def test_a_damaged_index_is_mended() -> None:
    assert texts(read("a.pdf", PDF.replace(b"0000000", b"9999999"))) == ["Halo"]


def test_scripts_and_launch_actions_of_a_pdf_do_nothing() -> None:
    actions = (
        "/OpenAction << /S /JavaScript /JS (app.launchURL\\('http://127.0.0.1:9/'\\)) >> "
        "/AA << /WC << /S /Launch /F (/bin/touch) >> /O << /S /URI /URI (http://127.0.0.1:9/) >> >> "
        "/Names << /EmbeddedFiles << /Names [(evil.exe) 9 0 R] >> >>"
    )
    assert texts(isolated("a.pdf", pdf(lines("Halo"), catalog=actions))) == ["Halo"]


@pytest.mark.parametrize(
    "stream",
    [b"0 0 m 1 1 l S\n" * 10_000_000, b"q " * 5_000_000],
    ids=["ten million objects", "five million open states"],
)
def test_a_page_of_far_too_much_is_refused_and_the_worker_lives(stream: bytes) -> None:
    content = painted(stream)
    assert len(content) < 400_000
    with pytest.raises(DocumentRejected, match="could not be read"):
        isolated("a.pdf", content)
    assert texts(isolated("a.pdf", PDF)) == ["Halo"]


# ---- tables and text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b",".join([b"1"] * 1_000_000), "line of more than"),
        (b",".join([b"1"] * 600), "more than 500 columns"),
        (b"x" * 20_000_000, "line of more than"),
        (b'a,b\n"' + b"x\n" * 1_000_000, "never closed"),
        (b"a,b\n" + b"1,2\n" * 100_001, "more than 100,000 rows"),
    ],
)
def test_tables_without_measure(content: bytes, says: str) -> None:
    started = time.process_time()
    with pytest.raises(DocumentRejected, match=says):
        read("a.csv", content)
    assert time.process_time() - started < 10


def test_a_workbook_with_one_cell_far_out_does_not_fill_the_memory() -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    with pytest.raises(DocumentRejected):
        isolated("a.xlsx", with_entry(XLSX, "xl/worksheets/sheet1.xml", far))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<html><body>" + b"<div>" * 200_000 + b"x"),
        ("a.html", b"<html><body>" + b"<ul><li>" * 50_000 + b"x"),
        ("a.html", b"<html><table><tr><td colspan=999999999 rowspan=999999999>x</table>" * 500),
        ("a.md", b">" * 200_000 + b"x"),
        ("a.md", b"<!--" * 200_000),
        ("a.md", b"[" * 30_000),
        ("a.txt", b"Q: a?\n" * 50_000),
        ("a.csv", b"a,b\n" + b"." * 99_999 + b"x,1\n"),
        ("a.txt", b"\n" * 20_000_000 + b"x"),
    ],
)
def test_nesting_and_repetition_end_in_time(name: str, content: bytes) -> None:
    started = time.monotonic()
    with contextlib.suppress(DocumentRejected):
        isolated(name, content, wall_seconds=60)
    assert time.monotonic() - started < 25


def test_too_much_text_is_refused() -> None:
    with pytest.raises(DocumentRejected, match="characters") as refused:
        read("a.txt", b"Halo dunia apa kabar.\n\n" * 250_000)
    assert refused.value.status == 413


def test_the_memory_of_the_worker_stays_flat() -> None:
    content = painted(b"0 0 m 1 1 l S\n" * 5_000_000 + b"q " * 5_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DocumentRejected):
        isolated("a.pdf", content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # KiB
