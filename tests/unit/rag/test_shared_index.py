"""What comes with sharing: several processes (here: indexes with clients of their own) over one server's REST."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from balas.errors import IndexUnavailable, LeaseLost
from balas.rag import qdrant_server, shared_index
from balas.rag.index import PreparedQuery
from balas.rag.qdrant_server import ALIAS
from balas.rag.shared_index import IndexIdentity, SharedIndex, open_aside, open_shared_index
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.rag.vectors import DIMENSION, PUBLIC, asked, plain_entries

OURS: IndexIdentity = {"model": "test", "dimension": DIMENSION, "database": "ours"}
Open = Callable[..., SharedIndex]


@pytest.fixture
def server() -> Iterator[QdrantHttp]:
    with QdrantHttp() as server:
        yield server


@pytest.fixture
def opened(server: QdrantHttp) -> Iterator[Open]:
    indexes: list[SharedIndex] = []

    def open_one(**changes: Any) -> SharedIndex:
        indexes.append(open_shared_index(server.url, None, **{**OURS, **changes}))  # type: ignore[typeddict-item]
        return indexes[-1]

    yield open_one
    for index in indexes:
        index.close()


def scored(index: SharedIndex, query: PreparedQuery) -> list[tuple[int, float]]:
    return [(passage.chunk_id, round(passage.score, 5)) for passage in index.search(query, 50, 500, PUBLIC)]


def found(index: SharedIndex, text: str = "edition document passage") -> set[str]:
    return {passage.text for passage in index.search(asked(text), 100, 500, PUBLIC)}


def stored(server: QdrantHttp) -> list[Any]:
    """The points of passages, seen or not."""
    with server.lock:
        records, _ = server.engine.scroll(ALIAS, limit=10_000)
    return [record for record in records if "since" in (record.payload or {})]


def test_nothing_is_seen_before_it_is_published_and_then_by_all(opened: Open) -> None:
    writer, reader = opened(), opened()
    writer.replace_document(1, plain_entries(1, 400, version=1))  # more than one request
    reader.refresh()
    assert found(writer) == found(reader) == set()
    writer.version = 7
    assert len(found(writer)) == 100
    assert (reader.version, found(reader)) == (0, set())
    reader.refresh()
    assert (reader.version, reader.count(), reader.languages()) == (7, 400, ("en",))
    query = asked("edition1 document1 passage number 17")
    assert scored(reader, query) == scored(writer, query) == scored(opened(), query)


def test_who_has_not_looked_again_goes_on_seeing_the_old_whole(opened: Open) -> None:
    writer, reader = opened(), opened()
    for document_id in (1, 2):
        writer.replace_document(document_id, plain_entries(document_id, 9, version=1))
    writer.version = 1
    reader.refresh()
    query = asked("edition1 document1 passage", seed=1003)
    before = scored(reader, query)
    writer.replace_document(1, plain_entries(1, 5, version=2))
    writer.remove_document(2)
    writer.version = 2
    assert scored(reader, query) == before
    reader.refresh()
    assert scored(reader, query) == scored(writer, query)
    assert reader.count() == 5


def test_a_search_sees_a_document_before_or_after_never_between(opened: Open) -> None:
    writer = opened()
    writer.replace_document(1, plain_entries(1, 9, version=1))
    writer.replace_document(2, plain_entries(2, 9, version=1))
    writer.version = 1
    stop = threading.Event()
    wrong: list[list[str]] = []
    seen: set[str] = set()

    def look(index: SharedIndex, *, follows: bool) -> None:
        while not stop.is_set():
            if follows:
                index.refresh()
            passages = index.search(asked("document1 edition"), 20, 50, PUBLIC)
            editions = [p.text.split()[0] for p in passages if p.document_id == 1]
            seen.update(editions)
            if len(set(editions)) != 1 or len(editions) != (9 if editions[0] == "edition1" else 6):
                wrong.append(editions)

    reader = opened()
    threads = [
        threading.Thread(target=look, args=(writer,), kwargs={"follows": False}),
        threading.Thread(target=look, args=(reader,), kwargs={"follows": True}),
    ]
    for thread in threads:
        thread.start()
    for turn in range(25):
        odd = turn % 2
        writer.replace_document(1, plain_entries(1, 9 if odd else 6, version=1 if odd else 2))
        writer.version = turn + 2
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert seen == {"edition1", "edition2"}


def test_what_a_killed_writer_left_is_undone(opened: Open, server: QdrantHttp) -> None:
    first = opened()
    first.replace_document(1, plain_entries(1, 3, version=1))
    first.version = 1
    first.replace_document(1, plain_entries(1, 300, version=2))  # written, not published
    first.replace_document(2, plain_entries(2, 300, version=2))
    assert len(stored(server)) > 3
    second = opened()
    second.begin()
    second.replace_document(3, plain_entries(3, 1, version=1))
    second.version = 2
    assert (second.count(), len(stored(server))) == (4, 4)
    assert len(found(second)) == 4
    assert scored(opened(), asked("document3")) == scored(second, asked("document3"))


def test_a_writer_that_lost_its_lease_writes_nothing_more(opened: Open, server: QdrantHttp) -> None:
    index = opened()
    held = [True]

    def fence() -> None:
        if not held[0]:
            raise LeaseLost("another process has it")

    index.begin(fence)
    index.replace_document(1, plain_entries(1, 3, version=1))
    held[0] = False
    with pytest.raises(LeaseLost):
        index.version = 1
    assert (index.version, index.count(), stored(server)) == (0, 0, [])


def test_tidying_deletes_for_good(opened: Open, server: QdrantHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, reader, sleeper = opened(), opened(), opened()
    for document_id in (1, 2, 3):
        writer.replace_document(document_id, plain_entries(document_id, 9, version=1))
    writer.version = 1
    for one in (reader, sleeper):
        one.refresh()
    writer.remove_document(2)
    writer.replace_document(3, plain_entries(3, 4, version=2))
    writer.version = 2
    writer.tidy()
    assert len(stored(server)) == 9 + 9 + 9 + 4, "searches under way may still read them"
    reader.refresh()
    monkeypatch.setattr(shared_index, "TIDY_SECONDS", -1.0)
    writer.tidy()
    assert len(stored(server)) == 9 + 4
    assert not writer.is_untidy()
    query = asked("edition2 document3 passage", seed=3001)
    for one in (reader, sleeper, opened()):
        one.refresh()
        assert one.count() == 13
        assert scored(one, query) == scored(writer, query)


def test_a_new_process_reads_the_counts_and_not_every_passage(opened: Open, server: QdrantHttp) -> None:
    writer = opened()
    for document_id in range(1, 31):
        writer.replace_document(document_id, plain_entries(document_id, 20, version=1))
    writer.version = 1
    writer.replace_document(31, plain_entries(31, 2, version=1))
    writer.version = 2
    server.seen.clear()
    index = opened()
    scrolls = [request for request in server.seen if request.endswith("/scroll")]
    assert (index.count(), len(scrolls)) == (602, 2)
    assert scored(index, asked("document31")) == scored(writer, asked("document31"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "other"}, "vectors of test, not of other: run balas reindex"),
        ({"dimension": DIMENSION + 8}, "run balas reindex"),
        ({"database": "theirs"}, "another database"),
    ],
)
def test_the_index_of_others_is_never_used(opened: Open, changes: dict[str, Any], said: str) -> None:
    writer = opened()
    writer.replace_document(1, plain_entries(1, 3, version=1))
    writer.version = 1
    with pytest.raises(IndexUnavailable, match=said):
        opened(**changes)


def test_the_index_of_another_format_is_never_used(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    opened().clear()
    monkeypatch.setattr("balas.rag.qdrant_store.SHARED_FORMAT", 99)
    with pytest.raises(IndexUnavailable, match="another version of Balas"):
        opened()


def filled_aside(server: QdrantHttp, edition: int, **changes: Any) -> SharedIndex:
    aside = open_aside(server.url, None, **{**OURS, **changes})  # type: ignore[typeddict-item]
    aside.replace_document(1, plain_entries(1, 4, version=edition))
    aside.version = 5
    return aside


def test_another_takes_over_between_two_searches(opened: Open, server: QdrantHttp) -> None:
    reader = opened()
    reader.replace_document(1, plain_entries(1, 3, version=1))
    reader.version = 4
    aside = filled_aside(server, edition=2)
    assert len(found(reader)) == 3, "nothing is seen of what is built aside"
    assert len(found(opened())) == 3
    aside.take_over()
    assert found(reader) == {f"edition2 document1 passage number {n}" for n in range(4)}
    assert (reader.version, reader.count()) == (5, 4)
    with server.lock:
        assert len(server.engine.get_collections().collections) == 1
    aside.close()


def test_another_model_takes_over_and_the_old_one_is_kept_for_who_still_runs_with_it(
    opened: Open, server: QdrantHttp
) -> None:
    old = opened()
    old.replace_document(1, plain_entries(1, 3, version=1))
    old.version = 4
    aside = filled_aside(server, edition=2, model="new")
    aside.take_over()
    assert len(found(old)) == 3
    with pytest.raises(IndexUnavailable, match="run balas reindex"):
        opened()
    with pytest.raises(IndexUnavailable, match="run balas reindex"):
        old.clear()
    assert len(found(opened(model="new"))) == 4
    again = filled_aside(server, edition=3, model="new")
    again.take_over()
    with pytest.raises(IndexUnavailable, match="run balas reindex"):
        found(old)
    with server.lock:
        assert len(server.engine.get_collections().collections) == 1
    aside.close()
    again.close()


def test_the_collections_of_another_database_are_left_alone(opened: Open, server: QdrantHttp) -> None:
    theirs = opened(database="theirs")
    theirs.replace_document(1, plain_entries(1, 3, version=1))
    theirs.version = 1
    ours = filled_aside(server, edition=2)
    ours.take_over()
    assert len(found(theirs)) == 3
    ours.close()


def test_a_clear_by_another_is_no_empty_answer(opened: Open) -> None:
    writer, reader = opened(), opened()
    writer.replace_document(1, plain_entries(1, 3, version=1))
    writer.version = 1
    reader.refresh()
    writer.clear()
    with pytest.raises(IndexUnavailable, match="being built"):
        found(reader)


class TestFaults:
    def test_what_passes_is_tried_again(self, opened: Open, server: QdrantHttp) -> None:
        index = opened()
        server.refuse = [503, 500]
        index.replace_document(1, plain_entries(1, 3, version=1))
        index.version = 1
        server.refuse = [502]
        assert len(found(index)) == 3
        assert server.refuse == []

    def test_what_does_not_is_said(self, opened: Open, server: QdrantHttp) -> None:
        index = opened()
        index.replace_document(1, plain_entries(1, 3, version=1))
        index.version = 1
        server.refuse = [500] * 3
        with pytest.raises(IndexUnavailable, match="answered 500"):
            found(index)
        server.seen.clear()
        server.refuse = [400]
        with pytest.raises(IndexUnavailable, match="refused with 400"):
            found(index)
        assert len(server.seen) == 1
        assert len(found(index)) == 3

    def test_the_key(self, opened: Open) -> None:
        with QdrantHttp(key="right-key-0123") as locked:
            with pytest.raises(IndexUnavailable, match="QDRANT_API_KEY") as refused:
                open_shared_index(locked.url, "wrong-key-0123", **OURS)
            assert "wrong-key" not in str(refused.value)
            open_shared_index(locked.url, "right-key-0123", **OURS).close()

    def test_slow(self, opened: Open, server: QdrantHttp, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(qdrant_server, "TIMEOUT_SECONDS", 1)
        monkeypatch.setattr(qdrant_server, "ATTEMPTS", 1)
        index = opened()
        server.slow = 3.0
        began = time.monotonic()
        with pytest.raises(IndexUnavailable, match="ReadTimeout"):
            index.refresh()
        assert time.monotonic() - began < 2.5

    def test_away_and_back(self, server: QdrantHttp) -> None:
        index = open_shared_index(server.url, None, **OURS)
        index.replace_document(1, plain_entries(1, 3, version=1))
        index.version = 1
        server.shutdown()
        server.server_close()
        with pytest.raises(IndexUnavailable, match="can not be reached"):
            open_shared_index(server.url, None, **OURS)
        index.close()

    def test_not_a_qdrant_server(self, server: QdrantHttp) -> None:
        with pytest.raises(IndexUnavailable, match="check QDRANT_URL"):
            open_shared_index(f"{server.url}/elsewhere", None, **OURS)


def test_a_broken_write_is_nothing_and_the_next_one_whole(opened: Open, server: QdrantHttp) -> None:
    """Every request of a publication fails once for good; whatever was written by then must not be seen."""
    reader = opened()
    reader.replace_document(1, plain_entries(1, 3, version=1))
    reader.version = 1
    wanted = {f"edition1 document1 passage number {n}" for n in range(3)}
    for request in range(1, 12):
        writer = opened()
        server.seen.clear()

        def refuse(_: str, last: int = request) -> None:
            if len(server.seen) == last:
                server.refuse = [400]

        server.before = refuse
        try:
            writer.begin()
            writer.replace_document(1, plain_entries(1, 4, version=2))
            writer.version = 2
        except IndexUnavailable:
            server.before = lambda _: None
            server.refuse = []
            reader.refresh()
            assert found(reader) == wanted, request
        else:
            server.before = lambda _: None
            break
    assert request > 5
    reader.refresh()
    assert found(reader) == {f"edition2 document1 passage number {n}" for n in range(4)}
    fresh = replace(plain_entries(1, 1, version=2)[0])
    assert scored(opened(), asked(fresh.text)) == scored(reader, asked(fresh.text))
