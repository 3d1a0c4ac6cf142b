"""Indexes over one server's REST, and what they and the server hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from balas.rag.index import PreparedQuery
from balas.rag.stores.qdrant_server import ALIAS
from balas.rag.stores.shared_index import IndexIdentity, SharedIndex, open_aside, open_shared_index
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.rag.unit_vectors import DIMENSION, PUBLIC, asked, plain_entries

OURS: IndexIdentity = {"model": "test", "dimension": DIMENSION, "database": "ours"}
Open = Callable[..., SharedIndex]


@contextmanager
def opening(server: QdrantHttp) -> Iterator[Open]:
    """Opens as many as are asked for, and closes them all."""
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


def filled_aside(server: QdrantHttp, edition: int, **changes: Any) -> SharedIndex:
    aside = open_aside(server.url, None, **{**OURS, **changes})  # type: ignore[typeddict-item]
    aside.replace_document(1, plain_entries(1, 4, version=edition))
    aside.version = 5
    return aside
