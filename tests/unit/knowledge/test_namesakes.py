from __future__ import annotations

from pathlib import Path

import pytest

from balas.database.engine import Database
from balas.database.session import reading
from balas.knowledge import intake, namesakes
from balas.knowledge.uploads import uploaded_file
from balas.models import Document


class Shelf:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    def write(self, place: str, words: str, suffix: str = "txt") -> str:
        file = self.folder / place / f"readme.{suffix}"
        file.parent.mkdir(exist_ok=True)
        file.write_text(words)
        return str(file)

    def ingest(self, *places: str, audience: str | None = None) -> list[int]:
        singly = namesakes.known_by(self.database, [Path(place) for place in places])
        uploads = [one for place in places for one in singly[Path(place).resolve()].uploads(audience)]
        return [one.document.id for one in intake.take_in(self.database, uploads)]

    def row(self, document_id: int) -> Document:
        with reading(self.database) as session:
            return session.get_one(Document, document_id)


@pytest.fixture
def shelf(sqlite: Database, tmp_path: Path) -> Shelf:
    return Shelf(sqlite, tmp_path)


def test_two_of_one_name_are_two_documents_and_stay_what_they_are(shelf: Shelf) -> None:
    a, b = shelf.write("a", "About a."), shelf.write("b", "About b.")
    first, second = shelf.ingest(a, b)
    assert first != second
    shelf.write("a", "More about a."), shelf.write("b", "More about b.")
    assert shelf.ingest(b, a) == [second, first]
    shelf.write("b", "All about b.")
    assert shelf.ingest(b) == [second]
    assert [shelf.row(number).uploaded_version for number in (first, second)] == [2, 3]
    assert shelf.row(first).name == "readme.txt"


def test_one_that_is_known_by_its_name_stays_known_by_it(shelf: Shelf) -> None:
    a, b = shelf.write("a", "About a."), shelf.write("b", "About b.")
    [known] = shelf.ingest(b)
    assert intake.take_in(shelf.database, uploaded_file("readme.txt", b"About b."))[0].document.id == known
    other, same = shelf.ingest(a, b)
    assert (same, other == known) == (known, False)
    shelf.write("b", "More about b.")
    assert shelf.ingest(a, b) == [other, known]
    assert shelf.ingest(b) == [known]


def test_whose_it_was_can_not_be_told(shelf: Shelf) -> None:
    """Nothing is overwritten, and what was for few is told to nobody new."""
    a, b = shelf.write("a", "About a."), shelf.write("b", "About b.")
    [known] = shelf.ingest(b, audience="staff")
    shelf.write("b", "More about b.")
    both = shelf.ingest(a, b)
    assert len({known, *both}) == 3
    assert [shelf.row(number).audience for number in (known, *both)] == ["staff"] * 3


def test_lines_of_two_files(shelf: Shelf) -> None:
    places = [shelf.write(place, f'{{"_id": "1", "text": "About {place}."}}', "jsonl") for place in "ab"]
    assert len(set(shelf.ingest(*places))) == 2


def test_a_file_that_can_not_be_read_is_told_when_it_is_taken_in(shelf: Shelf) -> None:
    places = [Path(shelf.write(place, "MZ\0", "pdf")) for place in "ab"]
    assert len(namesakes.known_by(shelf.database, places)) == 2
