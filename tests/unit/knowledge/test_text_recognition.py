"""Scans and photos: read where Tesseract is installed, told with what to do where it is not, bombs never decoded."""

from __future__ import annotations

import os
import shutil
import struct
import time
from pathlib import Path

import pytest

from balas.errors import DocumentRejected
from balas.knowledge.files import FileType, sniff
from balas.knowledge.readers import ocr_languages, pdf_picture, picture_size, tesseract
from balas.knowledge.readers.ocr import Recogniser
from balas.knowledge.sandbox import parse_isolated
from balas.knowledge.uploads import uploaded_file
from tests.unit.knowledge.document_files import Words, headings, lines, pdf, read, rows, texts
from tests.unit.knowledge.scans import joined, png, png_of, scan, turned

DOCUMENTS = Path(__file__).parent / "documents"
PHOTO = (DOCUMENTS / "photo.jpg").read_bytes()
HOURS = "We are open from Monday to Friday between 8.00 and 17.00."
WRITTEN = lines("This page has a text layer of its own and is read from it.")
SCANNED = [
    Words(60, 780, "Opening hours", 22),
    *lines("We are open from Monday to Friday between", "8.00 and 17.00.", top=730),
]

recognising = [
    pytest.mark.ocr,
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed: `make test` gets it"),
]


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


class TestWithTesseract:
    pytestmark = recognising

    def test_scanned_pages_are_recognised_and_written_ones_are_not(self) -> None:
        heard: list[str] = []
        content = joined(pdf(WRITTEN), scan(SCANNED))
        document = parse_isolated("a.pdf", content, FileType.PDF, progress=heard.append)
        assert [(block.page, block.text) for block in document.blocks] == [
            (1, WRITTEN[0].text),
            (2, "Opening hours"),
            (2, HOURS),
        ]
        assert headings(document) == [(1, "Opening hours")]
        assert (document.pages, document.warnings) == (2, ())
        assert heard[-1] == "reading page 2 of 2 (text recognition)"
        assert not any("recognition" in line for line in heard[:-1])

    def test_a_page_on_its_side_under_a_stamp(self) -> None:
        document = read("a.pdf", scan(SCANNED, rotated=90, stamp="Scanned by CamCorder"))
        assert texts(document) == ["Opening hours", HOURS]

    def test_a_picture_of_a_table(self) -> None:
        cells = [("Name", "Weight", "Price"), ("Gayo", "250 gram", "85.000"), ("Toraja", "500 gram", "92.000")]
        words = [
            Words(x, 700 - 24 * n, cell, 12)
            for n, row in enumerate(cells)
            for x, cell in zip((60, 200, 340), row, strict=True)
        ]
        assert rows(read("a.png", png(words))) == [
            "Name: Gayo; Weight: 250 gram; Price: 85.000",
            "Name: Toraja; Weight: 500 gram; Price: 92.000",
        ]

    @pytest.mark.parametrize("name", ["photo.jpg", "photo.webp"])
    def test_the_text_on_a_photo_is_read(self, name: str) -> None:
        kept = uploaded_file(name, (DOCUMENTS / name).read_bytes())[0]
        document = parse_isolated(name, kept.content, kept.file_type)
        assert document.title == "Opening hours"
        assert HOURS in texts(document)[1]
        assert document.pages is None

    def test_a_picture_without_text(self) -> None:
        with pytest.raises(DocumentRejected, match="No text was found in the picture"):
            read("a.png", png([], extra="0.5 g 100 100 300 400 re f\n"))

    @pytest.mark.parametrize("content", [PHOTO[:400], png_of(400, 300, b"nonsense"), png_of(8_000, 7_900, b"")])
    def test_damaged_pictures_say_what_to_do(self, content: bytes) -> None:
        with pytest.raises(DocumentRejected, match="damaged, or too large"):
            read("a.png" if content.startswith(b"\x89") else "a.jpg", content)

    def test_what_there_is_no_time_for_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tesseract, "TOTAL_SECONDS", 0.0)
        document = read("a.pdf", joined(pdf(WRITTEN), scan(SCANNED), scan(SCANNED)))
        assert texts(document) == [WRITTEN[0].text]
        assert document.warnings == ("Pages 2, 3 were left out: recognising the text took too long. Split the file.",)

    def test_nothing_goes_on_once_the_clock_has_ended_it(self) -> None:
        full = lines(*["These lines fill a page so that it takes a second or two to recognise them all."] * 50, size=9)
        with pytest.raises(DocumentRejected, match="took longer"):
            parse_isolated("a.pdf", scan(*[full] * 4), FileType.PDF, wall_seconds=2)
        until = time.monotonic() + 2
        while _recognising() and time.monotonic() < until:
            time.sleep(0.05)
        assert _recognising() == []

    def test_languages_are_listed_without_models_of_other_kinds(self) -> None:
        program = tesseract.program()
        assert program is not None
        found = tesseract.languages(program)
        assert "eng" in found
        assert not any("/" in name for name in found)


def _recognising() -> list[int]:
    """Our own: others on this machine may recognise texts, too."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "comm").read_text().strip() == "tesseract" and os.getsid(int(folder.name)) == os.getsid(0):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


# ---- without Tesseract ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_tesseract")
@pytest.mark.parametrize(("name", "content"), [("a.pdf", scan(SCANNED)), ("a.jpg", PHOTO)])
def test_what_to_install_is_told(name: str, content: bytes) -> None:
    for reading in (read, lambda name, content: parse_isolated(name, content, sniff(name, content))):
        with pytest.raises(DocumentRejected, match="install the program tesseract with the packs of your languages"):
            reading(name, content)


@pytest.mark.usefixtures("without_tesseract")
def test_pages_without_text_among_others_are_told() -> None:
    document = read("a.pdf", joined(pdf(WRITTEN), scan(SCANNED)))
    assert texts(document) == [WRITTEN[0].text]
    assert document.warnings[0].startswith("Page 2 has no text: to have it read, install the program tesseract")


# ---- sizes and kinds ------------------------------------------------------------------------------------------------

HUGE = {
    "a.png": png_of(60_000, 60_000, b""),
    "a.jpg": b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">2H", 60_000, 60_000) + bytes(20),
    "a.webp": b"RIFF\0\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0" + (59_999).to_bytes(3, "little") * 2,
}


@pytest.mark.parametrize("name", HUGE)
def test_bombs_are_refused_by_their_pixels_before_they_are_decoded(name: str) -> None:
    started = time.process_time()
    with pytest.raises(DocumentRejected, match="60,000 x 60,000 pixels") as refused:
        read(name, HUGE[name])
    assert refused.value.status == 413
    assert time.process_time() - started < 0.5


def test_sizes_are_read_from_the_first_bytes() -> None:
    assert picture_size.size(PHOTO) == (700, 260)
    assert picture_size.size((DOCUMENTS / "photo.webp").read_bytes()) == (700, 260)
    assert picture_size.size(png([])) == (1190, 1684)
    assert picture_size.size(b"\xff\xd8\xff\xe1\xff\xff") is None
    assert picture_size.size(b"RIFF\0\0\0\0WEBPVP8 ") is None


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, "left top"), (3, "right bottom"), (6, "right top"), (8, "left bottom")]
)
def test_a_photo_is_set_upright_as_its_camera_says(orientation: int, corner: str) -> None:
    """The heading is the darkest part of the photo, and stands at its left, near the top."""
    picture = pdf_picture.upright(turned(PHOTO, orientation), (700, 260))
    kind, width, height, _ = picture.split(b"\n", 1)[0].split()
    across, up = int(width), int(height)
    assert (kind, (across, up)) == (b"P5", (700, 260) if orientation < 5 else (260, 700))
    grey = picture.split(b"\n", 1)[1]

    def darkness(left: bool, top: bool) -> int:
        rows = range(up // 2) if top else range(up // 2, up)
        columns = slice(0, across // 2) if left else slice(across // 2, across)
        return sum(255 - value for row in rows for value in grey[row * across : (row + 1) * across][columns])

    found = {
        f"{'left' if left else 'right'} {'top' if top else 'bottom'}": darkness(left, top)
        for left in (True, False)
        for top in (True, False)
    }
    assert max(found, key=lambda name: found[name]) == corner


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x00\x00\x00\x18ftypheic" + bytes(30), "HEIC or AVIF photo: save it as JPEG"),
        (b"GIF89a" + bytes(30), "GIF picture: save it as PNG"),
        (b"II*\x00" + bytes(30), "TIFF picture: save it as PDF"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a sound or film"),
    ],
)
def test_other_pictures_say_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(DocumentRejected, match=says):
        sniff("a.jpg", content)


# ---- languages ------------------------------------------------------------------------------------------------------


def test_a_script_of_its_own_decides_the_languages() -> None:
    installed = ["ara", "chi_sim", "deu", "eng", "fra", "hin", "ind", "spa", "tha"]
    assert ocr_languages.script(b"Page number: 0\nScript: Thai\nScript confidence: 9\n") == "Thai"
    assert ocr_languages.script(b"") == "Latin"
    assert ocr_languages.of_script("Thai", installed) == ["tha", "eng"]
    assert ocr_languages.of_script("Han", installed) == ["chi_sim", "eng"]
    assert ocr_languages.of_script("Latin", installed) == ["eng", "deu", "fra", "ind", "spa"]
    assert ocr_languages.of_script("Greek", installed) == ["eng", "deu", "fra", "ind", "spa"]


def test_a_first_reading_decides_among_languages_of_one_script() -> None:
    latin = ["eng", "deu", "fra", "ind", "spa"]
    spanish = "La tienda abre todos los dias de lunes a viernes y el domingo esta cerrada por la tarde."
    assert ocr_languages.of_text(spanish, latin) == ["spa", "eng"]
    assert ocr_languages.of_text("We are open from Monday to Friday, and closed on Sunday.", latin) == ["eng"]
    assert ocr_languages.of_text(" ", latin) == ["eng"]


def test_few_languages_are_used_together() -> None:
    assert Recogniser("tesseract", ["eng", "ind", "osd"])._choose(b"") == "eng+ind"
