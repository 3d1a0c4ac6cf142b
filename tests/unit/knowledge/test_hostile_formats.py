"""Presentations, OpenDocument files, e-books and old workbooks made to hurt their reader."""

from __future__ import annotations

import contextlib
import random
import time
import tracemalloc
from pathlib import Path

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import sniff
from balas.knowledge.sandbox import parse_isolated
from balas.values import ParsedDocument
from tests.unit.knowledge.document_files import read, texts, with_entry
from tests.unit.knowledge.office_files import (
    LOCKED_MANIFEST,
    A,
    P,
    epub,
    ole,
    open_cells,
    open_document,
    pptx,
    shape,
    xls,
)

PPTX = pptx(shape("Halo"))
ODT = open_document("text", "<text:p>Halo</text:p>")
ODS = open_document("spreadsheet", f'<table:table table:name="A">{open_cells("Halo")}</table:table>')
EPUB = epub("<p>Halo</p>")
XLS = xls(("Harga", [["Nama", "Harga"], ["Kopi", 1.0]]))
MAIN = {
    "a.pptx": "ppt/slides/slide1.xml",
    "a.odt": "content.xml",
    "a.ods": "content.xml",
    "a.epub": "OEBPS/content.opf",
}
WHOLE = {"a.pptx": PPTX, "a.odt": ODT, "a.ods": ODS, "a.epub": EPUB}


def isolated(name: str, content: bytes, wall_seconds: float = 20) -> ParsedDocument:
    return parse_isolated(name, content, sniff(name, content), wall_seconds=wall_seconds)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_bombs_are_refused_while_inflating_with_flat_memory(name: str) -> None:
    bomb = with_entry(WHOLE[name], "media/picture.bin", b"\0" * 120_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(DocumentRejected, match="bomb"):
            read(name, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_entries_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(DocumentRejected, match="lead out"):
        sniff(name, with_entry(WHOLE[name], "../../etc/cron.d/x", b"x"))


@pytest.mark.parametrize("name", sorted(WHOLE))
@pytest.mark.parametrize("entry", [b"nonsense", b"<a>", b"<a/>", b"", b"<a>" * 50_000])
def test_damaged_files_say_what_to_do(name: str, entry: bytes) -> None:
    with pytest.raises(DocumentRejected, match=r"damaged|no text"):
        read(name, with_entry(WHOLE[name], MAIN[name], entry))


def test_no_outer_file_is_read_and_no_entity_grows(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("kata-rahasia", encoding="utf-8")
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    prolog = f'<!DOCTYPE l [<!ENTITY o SYSTEM "{secret.as_uri()}"><!ENTITY e0 "hahaha">{laughs}]>'
    slide = f"<p:sld {A} {P}><p:cSld><p:spTree>{shape('Halo')}</p:spTree></p:cSld></p:sld>".replace(
        "Halo", "Halo &o;&e9;"
    )
    for name, entry in (
        ("a.pptx", slide.encode()),
        ("a.odt", _content(ODT).replace(b"Halo", b"Halo &o;&e9;")),
        ("a.ods", _content(ODS).replace(b"Halo", b"Halo &o;&e9;")),
        ("a.epub", b"<package>&o;&e9;</package>"),
    ):
        try:
            document = read(name, with_entry(WHOLE[name], MAIN[name], prolog.encode() + entry))
        except DocumentRejected:
            continue
        assert "rahasia" not in str(document)
        assert "hahaha" not in str(document)


def _content(container: bytes) -> bytes:
    from balas.knowledge.readers import archive

    content = archive.read(container, "content.xml")
    assert content is not None
    return content


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.odt", with_entry(ODT, "META-INF/manifest.xml", LOCKED_MANIFEST), "password"),
        ("a.ods", with_entry(ODS, "META-INF/manifest.xml", LOCKED_MANIFEST), "password"),
        (
            "a.epub",
            with_entry(
                EPUB,
                "META-INF/encryption.xml",
                b'<encryption xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod '
                b'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></encryption>',
            ),
            "DRM",
        ),
        ("a.docx", ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}), "password"),
        ("a.pptx", ole({"EncryptionInfo": b"x"}), "password"),
        ("a.doc", ole({"WordDocument": b"x", "1Table": b"x"}), "save it as .docx"),
        ("a.ppt", ole({"PowerPoint Document": b"x"}), "save it as .pptx"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged"),
    ],
)  # fmt: skip
def test_locked_and_older_files_are_told(name: str, content: bytes, says: str) -> None:
    with pytest.raises(DocumentRejected, match=says):
        read(name, content)


def test_scrambled_fonts_lock_no_book() -> None:
    fonts = (
        b'<encryption xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod '
        b'Algorithm="http://www.idpf.org/2008/embedding"/></encryption>'
    )
    assert texts(read("a.epub", with_entry(EPUB, "META-INF/encryption.xml", fonts))) == ["Halo"]


def test_a_sheet_that_repeats_itself_without_end_is_refused_or_read_in_time() -> None:
    started = time.process_time()
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    row = open_cells("x", more=' table:number-rows-repeated="1048576"')
    for inner in (open_cells(cell), row, row * 1_000):
        with pytest.raises(DocumentRejected, match="more than 100,000 rows or 500 columns"):
            read("a.ods", open_document("spreadsheet", f'<table:table table:name="A">{inner}</table:table>'))
    assert time.process_time() - started < 3


def test_a_slide_shown_without_end_is_refused() -> None:
    again = '<p:sldId id="256" r:id="rId1"/>' * 3_000
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    presentation = f'<p:presentation {P} xmlns:r="{relation}"><p:sldIdLst>{again}</p:sldIdLst></p:presentation>'
    with pytest.raises(DocumentRejected, match="3,000 slides"):
        read("a.pptx", with_entry(PPTX, "ppt/presentation.xml", presentation.encode()))


def test_directories_that_go_round_end() -> None:
    looped = bytearray(ole({"Workbook": b"x"}))
    directory = looped.index("Root Entry".encode("utf-16-le"))
    looped[directory + 128 + 68 : directory + 128 + 76] = b"\1\0\0\0\1\0\0\0"  # an entry beside itself
    looped[-512:] = b"\0" * 512  # each sector is followed by the first
    with contextlib.suppress(DocumentRejected):
        assert sniff("a.xls", bytes(looped)) == "xls"


@pytest.mark.parametrize("seed", range(3))
def test_scrambled_old_workbooks_never_take_the_worker_down(seed: int) -> None:
    dice = random.Random(seed)
    content = bytearray(XLS)
    for _ in range(60):
        content[dice.randrange(512, len(content))] = dice.randrange(256)
    with contextlib.suppress(DocumentRejected):
        isolated("a.xls", bytes(content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.rtf", b"{\\rtf1" + b"{" * 900_000),
        ("a.rtf", b"{\\rtf1 x\\bin9999999999 " + b"x" * 100),
        ("a.rtf", b"{\\rtf1 " + b"\\'4" * 200_000),
        ("a.rtf", b"{\\rtf1 " + b"\\cell" * 200_000 + b"\\row"),
        ("a.epub", epub("<p" * 300_000)),
        ("a.odt", open_document("text", "<text:list><text:list-item>" * 100 + "</text:list-item></text:list>" * 100)),
    ],
    ids=range(6),
)
def test_nesting_and_repetition_end_in_time(name: str, content: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(DocumentRejected):
        read(name, content)
    assert time.process_time() - started < 5
