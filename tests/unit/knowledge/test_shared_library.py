"""Several processes (here: desks with connections and clients of their own) on one database and one Qdrant."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import Conflict, IndexUnavailable
from balas.knowledge import shared_following
from balas.knowledge.index_lease import lease
from balas.models import Document, IndexLease, KnowledgeState
from balas.models.index_lease import REBUILDING, WRITING
from balas.rag.embeddings import Embedder
from balas.rag.stores import shared_index
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.knowledge.desk import Desk

OpenDesk = Callable[..., Desk]


@pytest.fixture
def server() -> Iterator[QdrantHttp]:
    with QdrantHttp() as server:
        yield server


@pytest.fixture
def desks(database: Database, tmp_path: Path, embedder: Embedder, server: QdrantHttp) -> Iterator[OpenDesk]:
    opened: list[Desk] = []

    def open_desk(model: Callable[[], Embedder] = lambda: embedder) -> Desk:
        own = Database(database.url.render_as_string(hide_password=False), 5)
        opened.append(Desk(own, tmp_path / str(len(opened)), model, qdrant_url=server.url))
        return opened[-1]

    yield open_desk
    for desk in opened:
        desk.close()
        desk.database.close()


def requests(server: QdrantHttp, ending: str) -> int:
    return sum(request.endswith(ending) for request in server.seen)


def test_processes_follow_each_other_within_one_search(desks: OpenDesk, server: QdrantHttp) -> None:
    desk, neighbour = desks(), desks()
    assert neighbour.found("opening hours") == []
    document_id = desk.add("a.txt", "Open from nine to five.")
    assert neighbour.found("opening hours") == ["Open from nine to five."]
    neighbour.add("a.txt", "Open from ten to six.")
    assert desk.found("opening hours") == ["Open from ten to six."]
    server.seen.clear()
    assert neighbour.found("opening hours") == ["Open from ten to six."]
    assert requests(server, "PUT /collections") == 0
    neighbour.delete(document_id)
    assert desk.found("opening hours") == neighbour.found("opening hours") == []


def test_a_search_in_step_asks_the_server_only_for_passages(desks: OpenDesk, server: QdrantHttp) -> None:
    desk = desks()
    desk.add("a.txt", "Open from nine to five.")
    desk.found("opening hours")
    server.seen.clear()
    desk.found("opening hours")
    paths = {request.rpartition("/points")[2] for request in server.seen}
    assert paths <= {"/query/batch", "/scroll"}
    assert len(server.seen) <= 4


def test_only_one_process_writes_what_all_search(desks: OpenDesk, server: QdrantHttp) -> None:
    several = [desks() for _ in range(3)]
    several[0].add("a.txt", "Open from nine to five.")
    for desk in several:
        desk.found("hours")
    several[0].add("b.txt", "Parking is free.")
    server.seen.clear()
    threads = [threading.Thread(target=desk.found, args=("parking",)) for desk in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    upserts = sum(request.startswith("PUT") and request.endswith("/points") for request in server.seen)
    assert upserts == 2, "the passage and the state, once"
    for desk in several:
        assert len(desk.found("parking")) == 2


def test_while_another_writes_the_others_search(
    desks: OpenDesk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_following, "PATIENCE_SECONDS", 0.2)
    desk = desks()
    kept = desk.add("kept.txt", "Open from nine to five.")
    deleted = desk.add("deleted.txt", "Open on Sunday by mistake.")
    taken = desk.add("taken.txt", "Open to the staff at eight.")
    assert len(desk.found("open")) == 3
    with lease(database, WRITING) as held:
        assert held is not None
        desk.delete(deleted)
        with transaction(desk.database) as session:
            session.get_one(Document, taken).audience = "staff"
        desk.add("new.txt", "Open from ten in winter.")
        assert desk.found("open") == ["Open from nine to five."], "no more what was withdrawn, not yet what is new"
    assert desk.row(kept).status == "indexed"
    assert set(desk.found("open")) == {"Open from nine to five.", "Open from ten in winter."}


def test_half_an_index_answers_nobody(desks: OpenDesk, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_following, "PATIENCE_SECONDS", 0.2)
    desk = desks()
    desk.add("a.txt", "Open from nine to five.")
    with lease(database, WRITING), pytest.raises(IndexUnavailable, match="Another process builds"):
        desk.found("open")
    assert len(desk.found("open")) == 1


def test_the_lease_of_a_killed_process_runs_out(desks: OpenDesk, database: Database) -> None:
    desk = desks()
    desk.add("a.txt", "Open from nine to five.")
    with transaction(database) as session:
        session.add(IndexLease(id=WRITING, attempts=1, lease_token="dead", lease_until=now(session)))
        session.get_one(IndexLease, WRITING).lease_until = now(session) - timedelta(seconds=1)
    assert len(desk.found("open")) == 1


def test_a_lease_is_renewed_and_told_when_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from balas.errors import LeaseLost

    monkeypatch.setattr("balas.knowledge.index_lease.RENEW_EVERY_SECONDS", 0.02)
    with lease(database, WRITING) as held:
        assert held is not None
        with lease(database, WRITING) as other:
            assert other is None
        with lease(database, REBUILDING) as another_kind:
            assert another_kind is not None
        with transaction(database) as session:
            session.get_one(IndexLease, WRITING).lease_until = now(session) - timedelta(seconds=1)
        threading.Event().wait(0.3)
        held.check()
        with lease(database, WRITING) as other:
            assert other is None, "renewed meanwhile"
        with transaction(database) as session:
            session.get_one(IndexLease, WRITING).lease_token = "taken over"
        with pytest.raises(LeaseLost):
            held.check()


def test_a_database_restored_from_a_backup_is_indexed_anew(desks: OpenDesk) -> None:
    desk, neighbour = desks(), desks()
    desk.add("a.txt", "Open from nine to five.")
    lost = desk.add("b.txt", "Parking is free.")
    assert len(desk.found("anything")) == len(neighbour.found("anything")) == 2
    with transaction(desk.database) as session:
        row = session.get_one(Document, lost)
        row.live_version, row.knowledge_version = None, 0
        session.get_one(KnowledgeState, 1).version = 1
    assert desk.found("anything") == ["Open from nine to five."]
    assert neighbour.found("anything") == ["Open from nine to five."]


def test_reindexing_leaves_no_gap(desks: OpenDesk, embedder: Embedder) -> None:
    desk, neighbour = desks(), desks()
    for n in range(12):
        desk.add(f"{n}.txt", f"Shop {n} is open from nine to five.")
    assert len(neighbour.found("shop", limit=50)) == 12
    stop = threading.Event()
    sizes: set[int] = set()

    def look() -> None:
        while not stop.is_set():
            sizes.add(len(neighbour.found("shop", limit=50)))

    looker = threading.Thread(target=look)
    looker.start()
    steps: list[tuple[int, int]] = []
    desk.library.reindex(lambda done, total: steps.append((done, total)))
    stop.set()
    looker.join()
    assert sizes == {12}
    assert steps[-1] == (12, 12)
    assert len(desk.found("shop", limit=50)) == 12


def test_another_model_is_refused_until_a_reindex(desks: OpenDesk, embedder: Embedder) -> None:
    class Renamed:
        name = "another-model"
        dimension = embedder.dimension
        embed_queries = staticmethod(embedder.embed_queries)
        embed_passages = staticmethod(embedder.embed_passages)

    old = desks()
    old.add("a.txt", "Open from nine to five.")
    assert len(old.found("open")) == 1
    new = desks(Renamed)
    with pytest.raises(IndexUnavailable, match="balas reindex"):
        new.found("open")
    new.library.reindex()
    assert len(new.found("open")) == len(old.found("open")) == 1


def test_two_reindexes_at_once_are_refused(desks: OpenDesk, database: Database, server: QdrantHttp) -> None:
    desk = desks()
    desk.add("a.txt", "Open from nine to five.")
    desk.found("open")
    with lease(database, REBUILDING), pytest.raises(Conflict, match="Another balas reindex"):
        desk.library.reindex()
    with server.lock:
        assert len(server.engine.get_collections().collections) == 1
    desk.library.reindex()


def test_tidying_deletes_what_was_withdrawn_from_the_server(
    desks: OpenDesk, server: QdrantHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desks()
    desk.library.tidy()
    secret = desk.add("a.txt", "The secret is under the mat.")
    desk.found("secret")
    desk.delete(secret)
    assert desk.found("secret") == []
    monkeypatch.setattr(shared_index, "TIDY_SECONDS", -1.0)
    desk.library.tidy()
    with server.lock:
        records, _ = server.engine.scroll("balas", limit=100)
    assert "under the mat" not in str(records)


def test_status_is_of_the_server(desks: OpenDesk, server: QdrantHttp) -> None:
    desk, neighbour = desks(), desks()
    desk.add("a.txt", "Open from nine to five.")
    neighbour.found("open")
    desk.found("open")
    neighbour.add("b.txt", "Parking is free.")
    neighbour.found("parking")
    status = desk.library.status()
    assert (status.index_version, status.passages) == (status.version, 2)
    server.refuse = [401]
    with pytest.raises(IndexUnavailable, match="QDRANT_API_KEY"):
        desk.library.status()
