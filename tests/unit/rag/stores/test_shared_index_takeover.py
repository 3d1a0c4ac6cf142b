"""What is of another model, database or format, and an index that is built aside and takes over."""

from __future__ import annotations

from typing import Any

import pytest

from balas.errors import IndexUnavailable
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.rag.stores.shared_indexes import Open, filled_aside, found
from tests.unit.rag.unit_vectors import DIMENSION, plain_entries


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
    monkeypatch.setattr("balas.rag.stores.qdrant_store.SHARED_FORMAT", 99)
    with pytest.raises(IndexUnavailable, match="another version of Balas"):
        opened()


def test_another_takes_over_between_two_searches(opened: Open, qdrant: QdrantHttp) -> None:
    reader = opened()
    reader.replace_document(1, plain_entries(1, 3, version=1))
    reader.version = 4
    aside = filled_aside(qdrant, edition=2)
    assert len(found(reader)) == 3, "nothing is seen of what is built aside"
    assert len(found(opened())) == 3
    aside.take_over()
    assert found(reader) == {f"edition2 document1 passage number {n}" for n in range(4)}
    assert (reader.version, reader.count()) == (5, 4)
    with qdrant.lock:
        assert len(qdrant.engine.get_collections().collections) == 1
    aside.close()


def test_another_model_takes_over_and_the_old_one_is_kept_for_who_still_runs_with_it(
    opened: Open, qdrant: QdrantHttp
) -> None:
    old = opened()
    old.replace_document(1, plain_entries(1, 3, version=1))
    old.version = 4
    aside = filled_aside(qdrant, edition=2, model="new")
    aside.take_over()
    assert len(found(old)) == 3
    with pytest.raises(IndexUnavailable, match="run balas reindex"):
        opened()
    with pytest.raises(IndexUnavailable, match="run balas reindex"):
        old.clear()
    assert len(found(opened(model="new"))) == 4
    again = filled_aside(qdrant, edition=3, model="new")
    again.take_over()
    with pytest.raises(IndexUnavailable, match="run balas reindex"):
        found(old)
    with qdrant.lock:
        assert len(qdrant.engine.get_collections().collections) == 1
    aside.close()
    again.close()


def test_the_collections_of_another_database_are_left_alone(opened: Open, qdrant: QdrantHttp) -> None:
    theirs = opened(database="theirs")
    theirs.replace_document(1, plain_entries(1, 3, version=1))
    theirs.version = 1
    ours = filled_aside(qdrant, edition=2)
    ours.take_over()
    assert len(found(theirs)) == 3
    ours.close()
