"""What comes with sharing: several processes (here: indexes with clients of their own) over one server's REST."""

from __future__ import annotations

import threading

import pytest

from balas.errors import IndexUnavailable
from balas.rag.stores import shared_index
from balas.rag.stores.shared_index import SharedIndex
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.rag.stores.shared_indexes import Open, found, scored, stored
from tests.unit.rag.unit_vectors import PUBLIC, asked, plain_entries


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


def test_tidying_deletes_for_good(opened: Open, qdrant: QdrantHttp, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert len(stored(qdrant)) == 9 + 9 + 9 + 4, "searches under way may still read them"
    reader.refresh()
    monkeypatch.setattr(shared_index, "TIDY_SECONDS", -1.0)
    writer.tidy()
    assert len(stored(qdrant)) == 9 + 4
    assert not writer.is_untidy()
    query = asked("edition2 document3 passage", seed=3001)
    for one in (reader, sleeper, opened()):
        one.refresh()
        assert one.count() == 13
        assert scored(one, query) == scored(writer, query)


def test_a_new_process_reads_the_counts_and_not_every_passage(opened: Open, qdrant: QdrantHttp) -> None:
    writer = opened()
    for document_id in range(1, 31):
        writer.replace_document(document_id, plain_entries(document_id, 20, version=1))
    writer.version = 1
    writer.replace_document(31, plain_entries(31, 2, version=1))
    writer.version = 2
    qdrant.seen.clear()
    index = opened()
    scrolls = [request for request in qdrant.seen if request.endswith("/scroll")]
    assert (index.count(), len(scrolls)) == (602, 2)
    assert scored(index, asked("document31")) == scored(writer, asked("document31"))


def test_a_clear_by_another_is_no_empty_answer(opened: Open) -> None:
    writer, reader = opened(), opened()
    writer.replace_document(1, plain_entries(1, 3, version=1))
    writer.version = 1
    reader.refresh()
    writer.clear()
    with pytest.raises(IndexUnavailable, match="being built"):
        found(reader)
