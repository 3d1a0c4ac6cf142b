"""A server that refuses, is slow, is away or is none; writers that are killed or lose their lease."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from balas.errors import IndexUnavailable, LeaseLost
from balas.rag.stores import qdrant_server
from balas.rag.stores.shared_index import open_shared_index
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.rag.stores.shared_indexes import OURS, Open, found, scored, stored
from tests.unit.rag.unit_vectors import asked, plain_entries


def test_what_a_killed_writer_left_is_undone(opened: Open, qdrant: QdrantHttp) -> None:
    first = opened()
    first.replace_document(1, plain_entries(1, 3, version=1))
    first.version = 1
    first.replace_document(1, plain_entries(1, 300, version=2))  # written, not published
    first.replace_document(2, plain_entries(2, 300, version=2))
    assert len(stored(qdrant)) > 3
    second = opened()
    second.begin()
    second.replace_document(3, plain_entries(3, 1, version=1))
    second.version = 2
    assert (second.count(), len(stored(qdrant))) == (4, 4)
    assert len(found(second)) == 4
    assert scored(opened(), asked("document3")) == scored(second, asked("document3"))


def test_a_writer_that_lost_its_lease_writes_nothing_more(opened: Open, qdrant: QdrantHttp) -> None:
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
    assert (index.version, index.count(), stored(qdrant)) == (0, 0, [])


class TestFaults:
    def test_what_passes_is_tried_again(self, opened: Open, qdrant: QdrantHttp) -> None:
        index = opened()
        qdrant.refuse = [503, 500]
        index.replace_document(1, plain_entries(1, 3, version=1))
        index.version = 1
        qdrant.refuse = [502]
        assert len(found(index)) == 3
        assert qdrant.refuse == []

    def test_what_does_not_is_said(self, opened: Open, qdrant: QdrantHttp) -> None:
        index = opened()
        index.replace_document(1, plain_entries(1, 3, version=1))
        index.version = 1
        qdrant.refuse = [500] * 3
        with pytest.raises(IndexUnavailable, match="answered 500"):
            found(index)
        qdrant.seen.clear()
        qdrant.refuse = [400]
        with pytest.raises(IndexUnavailable, match="refused with 400"):
            found(index)
        assert len(qdrant.seen) == 1
        assert len(found(index)) == 3

    def test_the_key(self) -> None:
        with QdrantHttp(key="right-key-0123") as locked:
            with pytest.raises(IndexUnavailable, match="QDRANT_API_KEY") as refused:
                open_shared_index(locked.url, "wrong-key-0123", **OURS)
            assert "wrong-key" not in str(refused.value)
            open_shared_index(locked.url, "right-key-0123", **OURS).close()

    def test_slow(self, opened: Open, qdrant: QdrantHttp, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(qdrant_server, "TIMEOUT_SECONDS", 1)
        monkeypatch.setattr(qdrant_server, "ATTEMPTS", 1)
        index = opened()
        qdrant.slow = 3.0
        began = time.monotonic()
        with pytest.raises(IndexUnavailable, match="ReadTimeout"):
            index.refresh()
        assert time.monotonic() - began < 2.5

    def test_away(self, qdrant: QdrantHttp) -> None:
        index = open_shared_index(qdrant.url, None, **OURS)
        index.replace_document(1, plain_entries(1, 3, version=1))
        index.version = 1
        qdrant.shutdown()
        qdrant.server_close()
        with pytest.raises(IndexUnavailable, match="cannot be reached"):
            open_shared_index(qdrant.url, None, **OURS)
        index.close()

    def test_not_a_qdrant_server(self, qdrant: QdrantHttp) -> None:
        with pytest.raises(IndexUnavailable, match="check QDRANT_URL"):
            open_shared_index(f"{qdrant.url}/elsewhere", None, **OURS)


def test_a_broken_write_is_nothing_and_the_next_one_whole(opened: Open, qdrant: QdrantHttp) -> None:
    """Every request of a publication fails once for good; whatever was written by then must not be seen."""
    reader = opened()
    reader.replace_document(1, plain_entries(1, 3, version=1))
    reader.version = 1
    wanted = {f"edition1 document1 passage number {n}" for n in range(3)}
    for request in range(1, 12):
        writer = opened()
        qdrant.seen.clear()

        def refuse(_: str, last: int = request) -> None:
            if len(qdrant.seen) == last:
                qdrant.refuse = [400]

        qdrant.before = refuse
        try:
            writer.begin()
            writer.replace_document(1, plain_entries(1, 4, version=2))
            writer.version = 2
        except IndexUnavailable:
            qdrant.before = lambda _: None
            qdrant.refuse = []
            reader.refresh()
            assert found(reader) == wanted, request
        else:
            qdrant.before = lambda _: None
            break
    assert request > 5
    reader.refresh()
    assert found(reader) == {f"edition2 document1 passage number {n}" for n in range(4)}
    fresh = replace(plain_entries(1, 1, version=2)[0])
    assert scored(opened(), asked(fresh.text)) == scored(reader, asked(fresh.text))
