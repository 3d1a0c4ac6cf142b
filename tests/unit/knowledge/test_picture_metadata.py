"""What cameras write beside the pixels is not kept; the pixels are, to the byte."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balas.database.engine import Database
from balas.database.session import reading
from balas.knowledge import intake, sources
from balas.knowledge.fetcher import Fetched
from balas.knowledge.files import FileType, sniff
from balas.knowledge.picture_metadata import stripped
from balas.knowledge.readers import pdf_picture, picture_size
from balas.knowledge.uploads import Upload, fetched_page, uploaded_file
from tests.unit.knowledge.document_files import Words
from tests.unit.knowledge.scans import png, turned

DOCUMENTS = Path(__file__).parent / "documents"
PHOTO = (DOCUMENTS / "photo.jpg").read_bytes()
WEBP = (DOCUMENTS / "photo.webp").read_bytes()
PIXELS = WEBP[WEBP.index(b"VP8 ") :]
PNG = png([Words(60, 780, "Opening hours", 22)], scale=0.5)
CANARY = b"canary-6.2088S-106.8456E"


def exif(orientation: int = 1) -> bytes:
    """As a phone writes it: the orientation, where it was, and a preview."""
    entries = [
        struct.pack(">HHLHH", 0x0112, 3, 1, orientation, 0),
        struct.pack(">HHLL", 0x010E, 2, len(CANARY), 8 + 2 + 24 + 4),
    ]
    listed = struct.pack(">H", len(entries)) + b"".join(entries) + bytes(4)
    return b"MM\0*" + struct.pack(">L", 8) + listed + CANARY + PHOTO[:300]


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(orientation: int = 1) -> bytes:
    written = [
        segment(0xE1, b"Exif\0\0" + exif(orientation)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + CANARY),
        segment(0xE2, b"MPF\0" + CANARY),
        segment(0xED, b"Photoshop 3.0\0" + CANARY),
        segment(0xFE, CANARY),
        segment(0xE0, b"JFXX\0\x10" + CANARY),
    ]
    return PHOTO[:2] + b"".join(written) + PHOTO[2:] + PHOTO[:2] + CANARY  # a film behind the picture


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))


def labelled_png() -> bytes:
    written = [
        chunk(b"tEXt", b"Location\0" + CANARY),
        chunk(b"eXIf", exif()),
        chunk(b"iTXt", b"XML\0\0\0\0\0" + CANARY),
    ]
    return PNG[:33] + b"".join(written) + PNG[33:-12] + chunk(b"zzZz", CANARY) + PNG[-12:] + CANARY


def part(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<L", len(body)) + body + b"\0" * (len(body) % 2)


def labelled_webp() -> bytes:
    size = (699).to_bytes(3, "little") + (259).to_bytes(3, "little")
    parts = part(b"VP8X", bytes([0x2C, 0, 0, 0]) + size) + part(b"ICCP", CANARY) + PIXELS
    parts += part(b"EXIF", exif()) + part(b"XMP ", CANARY)
    return b"RIFF" + struct.pack("<L", 4 + len(parts)) + b"WEBP" + parts


LABELLED = {"a.jpg": jpeg(), "b.png": labelled_png(), "c.webp": labelled_webp()}


@pytest.mark.parametrize("name", LABELLED)
def test_nothing_of_it_is_stored_whichever_way_it_came(name: str, database: Database) -> None:
    content = LABELLED[name]
    assert CANARY in content
    ways: list[list[Upload]] = [
        uploaded_file(name, content),
        fetched_page(Fetched(f"https://example.org/{name}", name, content), title="fetched"),
        [Upload("url", "of a crawl", name, content, sniff(name, content), title="crawled")],
    ]
    for received in intake.take_in(database, [upload for way in ways for upload in way]):
        with reading(database) as session:
            kept = sources.content_of(session, received.document.id, 1)
        assert CANARY not in kept
        assert b"Exif" not in kept
        assert received.document.size == len(kept)
        assert sniff(name, kept) is FileType(name[2:])
        assert picture_size.size(kept) == picture_size.size(content)


def test_the_same_picture_with_another_place_is_the_same_document(database: Database) -> None:
    moved = jpeg().replace(CANARY, CANARY[::-1])
    again = [uploaded_file("a.jpg", jpeg()), uploaded_file("a.jpg", jpeg()), uploaded_file("b.jpg", moved)]
    received = intake.take_in(database, [upload for uploads in again for upload in uploads])
    assert len({one.document.id for one in received}) == 1
    assert received[-1].document.uploaded_version == 1


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_stays_upright_and_keeps_its_pixels(orientation: int) -> None:
    kept = stripped(jpeg(orientation))
    assert picture_size.turn(kept) == orientation
    assert pdf_picture.upright(kept, (700, 260)) == pdf_picture.upright(turned(PHOTO, orientation), (700, 260))
    assert PHOTO[PHOTO.index(b"\xff\xdb") :] in kept  # tables, frame and scan


def test_what_the_pixels_are_made_of_stays() -> None:
    assert stripped(PNG) == PNG
    assert stripped(labelled_png()) == PNG
    assert stripped(labelled_webp()).endswith(PIXELS)
    assert stripped(labelled_webp())[20] == 0  # announces neither profile nor EXIF nor XMP
    adobe = segment(0xEE, b"Adobe\0d\0\0\0\0\x01")
    assert adobe in stripped(PHOTO[:2] + adobe + PHOTO[2:])


def test_every_scan_of_a_progressive_photo_stays() -> None:
    frame = segment(0xC2, b"\x08\0\x08\0\x08\x01\x01\x11\0")
    scans = [segment(0xC4, b"table") + segment(0xDA, b"\x01\x01\0\0\0\0") + b"pi\xff\0xe\xff\xd0ls" for _ in range(3)]
    whole = b"\xff\xd8" + frame + b"".join(scans) + b"\xff\xd9"
    assert stripped(whole) == whole
    between = segment(0xFE, CANARY).join(scans)
    assert stripped(b"\xff\xd8" + frame + between + b"\xff\xd9") == whole


@pytest.mark.parametrize("name", LABELLED)
def test_cut_off_anywhere_it_is_cut_off_and_says_no_more(name: str) -> None:
    content = LABELLED[name]
    for length in range(12, len(content), 7):
        kept = stripped(content[:length])
        assert len(kept) <= length + 4
        assert CANARY not in kept
        assert kept[:2] == content[:2]


@given(st.sampled_from([b"\xff\xd8\xff", PNG[:8], b"RIFF1234WEBP"]), st.binary(max_size=300))
def test_any_bytes_are_survived(start: bytes, rest: bytes) -> None:
    once = stripped(start + rest)
    assert stripped(once) == once


def test_segments_without_end_are_left_behind() -> None:
    endless = b"\xff\xd8" + b"\xff\xdd\x00\x02" * 1_000_000
    assert len(stripped(endless)) < 100_000


def test_other_files_are_as_they_were() -> None:
    for content in (b"%PDF-1.7 Exif\0\0", b"text", b"RIFF1234WAVE", b""):
        assert stripped(content) is content
