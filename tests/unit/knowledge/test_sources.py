from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import DocumentRejected, NotFound
from balas.knowledge import intake, sources
from balas.knowledge.fetcher import Fetched
from balas.knowledge.sources import PART_BYTES
from balas.knowledge.uploads import Upload, fetched_page, pasted_text, uploaded_file
from balas.models import Document, DocumentPart, DocumentStatus, KnowledgeState


def take(database: Database, *uploads: Upload) -> list[intake.Received]:
    return intake.take_in(database, uploads)


def one(database: Database, name: str, content: bytes, **more: str) -> intake.Received:
    return take(database, *uploaded_file(name, content, **more))[0]


def count(database: Database, model: type[Document] | type[DocumentPart]) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def finish(database: Database, document_id: int, status: DocumentStatus = DocumentStatus.INDEXED) -> None:
    with transaction(database) as session:
        document = session.get_one(Document, document_id)
        document.status, document.live_version, document.title = status, document.uploaded_version, "its own title"


def test_content_is_kept_in_slices_and_comes_back_whole(database: Database) -> None:
    content = bytes(range(32, 127)) * 30_000
    received = one(database, "big.txt", content)
    assert received.waits
    assert received.document.size == len(content)
    assert count(database, DocumentPart) == -(-len(content) // PART_BYTES) == 3
    with reading(database) as session:
        assert sources.content_of(session, received.document.id, 1) == content


def test_the_same_content_twice_is_one_document(database: Database) -> None:
    first = one(database, "returns.txt", b"thirty days")
    finish(database, first.document.id)
    again, renamed = one(database, "returns.txt", b"thirty days"), one(database, "copy.txt", b"thirty days")
    assert {again.document.id, renamed.document.id} == {first.document.id}
    assert not again.waits
    assert not renamed.waits
    assert count(database, Document) == 1


def test_content_that_is_still_waiting_still_waits(database: Database) -> None:
    one(database, "a.txt", b"text")
    assert one(database, "a.txt", b"text").waits


def test_new_content_of_the_same_source_is_a_new_version(database: Database) -> None:
    first = one(database, "returns.txt", b"thirty days")
    finish(database, first.document.id)
    second = one(database, "returns.txt", b"sixty days")
    assert second.waits
    assert second.document.id == first.document.id
    assert second.document.uploaded_version == 2
    assert second.document.live_version == 1
    assert second.document.title == "its own title"  # until the new version is live
    with reading(database) as session:
        assert sources.content_of(session, first.document.id, 2) == b"sixty days"
        assert sources.content_of(session, first.document.id, 1) == b"thirty days"  # live until then


def test_a_failed_document_is_tried_again_when_handed_in_again(database: Database) -> None:
    first = one(database, "a.txt", b"text")
    finish(database, first.document.id, DocumentStatus.FAILED)
    again = one(database, "a.txt", b"text")
    assert again.waits
    assert again.document.status == DocumentStatus.RECEIVED


def test_names_of_different_sources_do_not_meet(database: Database) -> None:
    file = one(database, "hours", b"nine to five")
    text = take(database, pasted_text("hours", "nine to six"))[0]
    page = take(database, *fetched_page(Fetched("https://example.org/hours", "hours.txt", b"nine to seven")))[0]
    assert len({file.document.id, text.document.id, page.document.id}) == 3
    assert (page.document.source, page.document.name) == ("url", "https://example.org/hours")


def test_each_line_of_a_jsonl_is_a_document(database: Database) -> None:
    lines = b'{"_id": "1", "title": "One", "text": "same"}\n\n{"_id": "2", "title": "", "text": "same", "lang": "de"}\n'
    received = take(database, *uploaded_file("faq.jsonl", lines))
    assert [(one.document.title, one.document.language) for one in received] == [("One", None), ("2", "de")]
    changed = lines.replace(b'"title": "One", "text": "same"', b'"title": "One", "text": "other"')
    again = take(database, *uploaded_file("faq.jsonl", changed))
    assert [one.document.id for one in again] == [one.document.id for one in received]
    assert [one.document.uploaded_version for one in again] == [2, 1]
    other_file = take(database, *uploaded_file("other.jsonl", b'{"_id": "1", "text": "another file, the same id"}'))
    assert other_file[0].document.id not in {one.document.id for one in received}


def test_a_deleted_document_is_gone_and_cannot_be_deleted_again(database: Database) -> None:
    document_id = one(database, "a.txt", b"text").document.id
    with transaction(database) as session:
        before = sources.version(session)
        sources.remove(session, document_id, now(session))
        assert sources.version(session) == before + 1
    with transaction(database) as session, pytest.raises(NotFound):
        sources.remove(session, document_id, now(session))
    with reading(database) as session:
        assert sources.page(session, limit=10) == []
        assert sources.unfinished(session, now(session), 10) == []
        with pytest.raises(NotFound):
            sources.get(session, document_id)
    assert count(database, DocumentPart) == 0
    assert one(database, "a.txt", b"text").document.id != document_id
    with transaction(database) as session, pytest.raises(NotFound):
        sources.remove(session, 999, now(session))


def test_listing_is_paged_newest_first(database: Database) -> None:
    ids = [one(database, f"Report_{n}%.txt", f"text {n}".encode()).document.id for n in range(5)]
    finish(database, ids[3])
    with reading(database) as session:
        newest = sources.page(session, limit=2)
        assert [row.id for row in newest] == [ids[4], ids[3]]
        assert [row.id for row in sources.page(session, limit=9, before_id=ids[3])] == ids[2::-1]
        assert [row.id for row in sources.page(session, limit=9, status="indexed")] == [ids[3]]
        assert [row.id for row in sources.page(session, limit=9, q="REPORT_2%")] == [ids[2]]
        assert sources.page(session, limit=9, q="%%") == []


def test_what_waits_for_a_worker(database: Database) -> None:
    ids = [one(database, f"{n}.txt", f"text {n}".encode()).document.id for n in range(4)]
    finish(database, ids[0])
    with transaction(database) as session:
        at = now(session)
        session.get_one(Document, ids[1]).lease_until = at.replace(year=at.year + 1)
        session.get_one(Document, ids[2]).next_attempt_at = at.replace(year=at.year + 1)
    with reading(database) as session:
        assert sources.unfinished(session, now(session), 10) == [ids[3]]


def test_equal_uploads_at_the_same_time_are_one_document(database: Database) -> None:
    """Different names, so that no unique key helps."""
    start = threading.Barrier(6)
    errors: list[Exception] = []

    def upload(name: str) -> None:
        start.wait()
        try:
            one(database, name, b"the same text")
        except Exception as error:  # noqa: BLE001 shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=upload, args=(f"{n % 3}.txt",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert count(database, Document) == 1
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(KnowledgeState)) == 1


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("empty.txt", b"", 422), ("a.pdf", b"<html></html>", 415), ("bad.jsonl", b'{"_id": 1}', 422)],
)
def test_what_can_never_be_a_document_is_refused(name: str, content: bytes, status: int) -> None:
    with pytest.raises(DocumentRejected) as refused:
        uploaded_file(name, content)
    assert refused.value.status == status


def test_a_text_needs_a_title_and_words() -> None:
    with pytest.raises(DocumentRejected):
        pasted_text(" ", "text")
    with pytest.raises(DocumentRejected):
        pasted_text("title", " \n ")
