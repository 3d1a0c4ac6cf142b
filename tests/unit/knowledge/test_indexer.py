from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import LeaseLost, ModelRejected, ModelUnavailable
from balas.knowledge import indexer, sources
from balas.knowledge.indexer import MAX_ATTEMPTS, TOGETHER
from balas.knowledge.uploads import uploaded_file
from balas.models import Document, DocumentChunk, KnowledgeState, Vector
from balas.ports import JobName, Ring
from balas.rag.embeddings import Embedder
from tests.unit.knowledge.desk import Desk


class Watched:
    """The real model, with its calls counted, and something done before each."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name = inner.name
        self.dimension = inner.dimension
        self.embedded: list[str] = []
        self.before: Callable[[], object] = lambda: None

    def embed_queries(self, texts: Sequence[str]) -> Any:
        return self._inner.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> Any:
        self.before()
        self.embedded += texts
        return self._inner.embed_passages(texts)


@pytest.fixture
def model(embedder: Embedder) -> Watched:
    return Watched(embedder)


@pytest.fixture
def desk(database: Database, tmp_path: Path, model: Watched) -> Iterator[Desk]:
    desk = Desk(database, tmp_path, lambda: model)
    yield desk
    desk.close()


def count(desk: Desk, model: type[DocumentChunk] | type[Vector]) -> int:
    with reading(desk.database) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def sections(**texts: str) -> str:
    return "# Shop\n\n" + "\n\n".join(f"## {heading}\n\n{text}" for heading, text in texts.items())


def test_a_document_becomes_passages(desk: Desk) -> None:
    document_id = desk.add("shop.md", sections(Hours="Open from nine to five.", Parking="Free behind the shop."))
    row = desk.row(document_id)
    assert (row.chunk_count, row.progress, row.live_version, row.attempts) == (2, 1.0, 1, 0)
    assert row.phase is None
    assert row.lease_token is None
    with reading(desk.database) as session:
        chunks = sources.chunks(session, row, limit=10)
        assert [(chunk.position, chunk.heading, chunk.language) for chunk in chunks] == [
            (0, "Hours", "en"),
            (1, "Parking", "en"),
        ]
        assert session.scalar(select(KnowledgeState.version)) == 1
    assert "Free behind" in desk.found("where can I park my car?")[0]


def test_unchanged_passages_are_not_embedded_again(desk: Desk, model: Watched) -> None:
    texts = {"Hours": "Open from nine to five.", "Parking": "Free behind the shop.", "Pets": "Dogs may come in."}
    desk.add("shop.md", sections(**texts))
    assert len(model.embedded) == 3
    desk.add("shop.md", sections(**{**texts, "Pets": "No dogs, sorry."}))
    assert model.embedded[3:] == ["Pets\nNo dogs, sorry."]
    assert (count(desk, DocumentChunk), count(desk, Vector)) == (6, 4)  # the version before is kept
    desk.add("shop.md", sections(**{**texts, "Pets": "Cats only."}))
    assert (count(desk, DocumentChunk), count(desk, Vector)) == (6, 4)  # the one before that is gone


def test_nobody_indexes_a_document_that_somebody_holds(desk: Desk, model: Watched) -> None:
    document_id = desk.hand_in("a.txt", "Open from nine to five.")
    second: list[Ring | None] = []
    model.before = lambda: second.append(desk.index(document_id))
    desk.index(document_id)
    assert second == [None]
    assert len(model.embedded) == 1
    assert desk.row(document_id).status == "indexed"
    assert desk.index(document_id) is None  # nor again when it is done


def test_replaced_while_indexing_the_last_wins_whole(desk: Desk, model: Watched) -> None:
    document_id = desk.add("a.md", sections(One="the first of one", Two="the first of two"))
    desk.hand_in("a.md", sections(One="the second of one", Two="the second of two"))

    def replace() -> None:
        model.before = lambda: None
        desk.hand_in("a.md", sections(Three="the third of three"))

    model.before = replace
    with pytest.raises(LeaseLost):
        desk.index(document_id)
    assert sorted(desk.found("which one")) == ["the first of one", "the first of two"]
    desk.index(document_id)
    assert desk.found("which one") == ["the third of three"]
    assert count(desk, DocumentChunk) == 3  # with the two of the first, which was live before
    assert desk.row(document_id).live_version == 3


def test_deleted_while_indexing_it_is_gone(desk: Desk, model: Watched) -> None:
    document_id = desk.add("a.md", sections(One="the first of one"))
    desk.hand_in("a.md", sections(One="the second of one"))
    model.before = lambda: desk.delete(document_id)
    with pytest.raises(LeaseLost):
        desk.index(document_id)
    assert desk.found("which one") == []
    assert count(desk, DocumentChunk) == 0
    assert desk.index(document_id) is None


def test_a_worker_that_slept_through_its_lease_changes_nothing(desk: Desk) -> None:
    """It comes back to each of its writes after another worker has finished the document."""
    document_id = desk.hand_in("a.md", sections(One="the text of one"))
    with transaction(desk.database) as session:
        works = indexer.take(session, document_id, now(session))
        passages = indexer.read(works[0], b"# One\n\nwhat the sleeper read", lambda _: None)
        session.get_one(Document, document_id).lease_until = now(session) - timedelta(seconds=1)
    desk.index(document_id)
    version = desk.library.status().version
    read = [(works[0], passages)]
    for group in indexer.slices(read):
        with transaction(desk.database) as session:
            indexer.stage(session, group)
    with transaction(desk.database) as session:
        assert indexer.publish(session, read, now(session)) == []
        indexer.fail(session, works, "no", now(session))
        with pytest.raises(LeaseLost):
            indexer.note(session, works[0], "reading", 0.5)
    assert desk.row(document_id).status == "indexed"
    assert desk.found("which one") == ["the text of one"]
    assert count(desk, DocumentChunk) == 1
    assert desk.library.status().version == version + 1  # an empty publish costs a version, no more


def test_a_failure_keeps_the_old_version_live(desk: Desk) -> None:
    document_id = desk.add("a.txt", "Open from nine to five.")
    desk.hand_in("a.txt", "\u200b \n")
    desk.index(document_id)
    row = desk.row(document_id)
    assert (row.status, row.live_version, row.lease_token) == ("failed", 1, None)
    assert row.error == "The file holds no text."
    assert desk.found("when do you open") == ["Open from nine to five."]
    desk.add("a.txt", "Open from ten to six.")
    assert desk.found("when do you open") == ["Open from ten to six."]
    assert desk.row(document_id).error is None


def test_a_model_that_is_away_is_waited_for(desk: Desk, model: Watched) -> None:
    document_id = desk.hand_in("a.txt", "Open from nine to five.")

    def away() -> None:
        raise ModelUnavailable("The embedding server cannot be reached.", 40)

    model.before = away
    assert desk.index(document_id) == Ring(JobName.INGEST_DOCUMENT, document_id, 40)
    row = desk.row(document_id)
    assert (row.status, row.error) == ("received", "The embedding server cannot be reached.")
    model.before = lambda: None
    assert desk.index(document_id) is None  # not due yet
    assert desk.row(document_id).status == "received"
    with transaction(desk.database) as session:
        session.get_one(Document, document_id).next_attempt_at = now(session)
    desk.index(document_id)
    assert desk.row(document_id).status == "indexed"
    assert desk.row(document_id).error is None


def test_an_outage_of_any_length_fails_no_document(desk: Desk, model: Watched) -> None:
    document_id = desk.hand_in("a.txt", "Open from nine to five.")

    def away() -> None:
        raise ModelUnavailable("away")

    model.before = away
    for _ in range(MAX_ATTEMPTS * 2):
        desk.index(document_id)
        with transaction(desk.database) as session:
            session.get_one(Document, document_id).next_attempt_at = None
    assert desk.row(document_id).status == "received"


def test_a_model_that_refuses_fails_the_document(desk: Desk, model: Watched) -> None:
    document_id = desk.hand_in("a.txt", "Open from nine to five.")

    def refuse() -> None:
        raise ModelRejected("check OPENAI_API_KEY")

    model.before = refuse
    desk.index(document_id)
    assert (desk.row(document_id).status, desk.row(document_id).error) == ("failed", "check OPENAI_API_KEY")


def test_a_document_that_ends_its_worker_again_and_again_fails(desk: Desk) -> None:
    document_id = desk.hand_in("a.txt", "Open from nine to five.")
    for _ in range(MAX_ATTEMPTS):
        with transaction(desk.database) as session:
            assert indexer.take(session, document_id, now(session))
            session.get_one(Document, document_id).lease_until = now(session) - timedelta(seconds=1)
    assert desk.index(document_id) is None
    row = desk.row(document_id)
    assert row.status == "failed"
    assert "broke off" in (row.error or "")


def test_small_documents_are_indexed_together(desk: Desk, model: Watched) -> None:
    lines = "\n".join(f'{{"_id": "{n}", "text": "passage number {n}"}}' for n in range(TOGETHER + 3))
    ids = desk.take(*uploaded_file("faq.jsonl", lines.encode()))
    calls: list[None] = []
    model.before = lambda: calls.append(None)
    following = desk.index(ids[5])
    assert len(calls) <= 1 + TOGETHER // 32
    statuses = [desk.row(document_id).status for document_id in ids]
    assert statuses.count("indexed") == TOGETHER
    assert following is not None
    assert statuses[ids.index(following.row_id)] == "received"
    assert desk.index(following.row_id) is None
    assert {desk.row(document_id).status for document_id in ids} == {"indexed"}
    assert len(desk.found("passage", limit=100)) == len(ids)


def test_one_bad_document_among_many_fails_alone(desk: Desk) -> None:
    good = [desk.hand_in(f"{n}.txt", f"text number {n}") for n in range(3)]
    bad = desk.hand_in("bad.txt", "\u200b \n")
    desk.index(good[0])
    assert [desk.row(document_id).status for document_id in [*good, bad]] == ["indexed"] * 3 + ["failed"]


def test_one_deleted_among_many_is_gone_and_the_rest_indexed(desk: Desk, model: Watched) -> None:
    ids = [desk.hand_in(f"{n}.txt", f"text number {n}") for n in range(3)]
    model.before = lambda: desk.delete(ids[1])
    desk.index(ids[0])
    assert sorted(desk.found("text number")) == ["text number 0", "text number 2"]
    assert count(desk, DocumentChunk) == 2


def test_people_see_how_far_it_is(desk: Desk, model: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balas.knowledge.reporter.EVERY_SECONDS", 0.0)
    text = sections(**{f"Part{n}": f"What there is to say of part {n}. " * 5 for n in range(80)})
    document_id = desk.hand_in("long.md", text)
    seen: list[tuple[str | None, float]] = []
    model.before = lambda: seen.append((desk.row(document_id).phase, round(desk.row(document_id).progress, 2)))
    desk.index(document_id)
    assert [phase for phase, _ in seen] == [
        "reading",
        "indexing 32 of 80 passages",
        "indexing 64 of 80 passages",
    ]
    assert [progress for _, progress in seen] == sorted({progress for _, progress in seen})
