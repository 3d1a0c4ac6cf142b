"""What every search index does, and that all of them give the same passages the same scores.

The embedded engine is the measure. Beside it always: the client's in-memory engine, by itself and over HTTP; a Qdrant
server where BALAS_TEST_QDRANT_URL names one (a throwaway one: everything of Balas in it is dropped).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from balas.rag.index import IndexedDocument, IndexEntry, PreparedQuery, prepare_entry, prepare_query
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.stores.hybrid_index import HybridIndex
from balas.rag.stores.qdrant_server import QdrantServer, open_server
from balas.rag.stores.qdrant_store import QdrantStore, identity_of
from balas.rag.stores.shared_index import SharedIndex
from balas.values import Chunk, Passage
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.rag.unit_vectors import DIMENSION, PUBLIC, asked, plain_entries, plain_entry, vector

SERVER = os.environ.get("BALAS_TEST_QDRANT_URL")  # read here: the environment of a test is emptied
IDENTITY = identity_of("test", DIMENSION, "this database")
WEIGHT = 1.5
ENGINES = ["embedded", "memory", "http", *(["server"] if SERVER else [])]


def in_memory() -> QdrantServer:
    from qdrant_client import QdrantClient

    return QdrantServer(QdrantClient(":memory:"))


def emptied(server: QdrantServer) -> QdrantServer:
    for name in server.collections():
        server.drop(name)
    return server


def shared(server: QdrantServer) -> SharedIndex:
    store = QdrantStore(server, IDENTITY)
    store.attach()
    return SharedIndex(store, WEIGHT)


def embedded(folder: Path) -> HybridIndex:
    return open_edge_index(folder, model="test", dimension=DIMENSION)


def test_a_real_server_takes_part() -> None:
    if not SERVER:
        pytest.skip("NO QDRANT SERVER WAS TESTED: set BALAS_TEST_QDRANT_URL to a throwaway one")
    assert open_server(SERVER, None).collections() is not None


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HybridIndex]:
    with ExitStack() as stack, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Payload indexes have no effect|Local mode performs exact")
        if request.param == "embedded":
            opened = embedded(tmp_path)
        elif request.param == "memory":
            opened = shared(in_memory())
        elif request.param == "http":
            opened = shared(open_server(stack.enter_context(QdrantHttp()).url, None))
        else:
            opened = shared(emptied(open_server(str(SERVER), None)))
        stack.callback(opened.close)
        yield opened


@pytest.fixture
def measure(tmp_path: Path) -> Iterator[HybridIndex]:
    opened = embedded(tmp_path / "measure")
    yield opened
    opened.close()


def hits(index: HybridIndex, query: PreparedQuery, limit: int = 60, *audiences: str) -> list[Passage]:
    """With every passage a candidate: of those that tie at the end of a leg's list each engine keeps others."""
    return index.search(query, limit, 1000, frozenset(audiences or PUBLIC))


def assert_same(found: list[Passage], wanted: list[Passage]) -> None:
    """The same passages in the same order, scores to the fifth digit."""
    assert [passage.chunk_id for passage in found] == [passage.chunk_id for passage in wanted]
    for one, other in zip(found, wanted, strict=True):
        for leg in ("score", "dense", "words", "characters"):
            assert getattr(one, leg) == pytest.approx(getattr(other, leg), abs=1e-5), leg
        assert replace(one, score=0, dense=0, words=0, characters=0) == replace(
            other, score=0, dense=0, words=0, characters=0
        )


SAID = (
    "Opening hours: nine to five, on Sunday from ten.",
    "Zapatillas de correr, precio 89,90 €, talla {n}",
    "配送需要三到五天，周末不送货。订单{n}",
    "जूते की कीमत {n} रुपये है",
    "Retur dalam {n} hari, ongkir ditanggung pembeli",
    "🎉🎉🎉",
    "Delivery to the dealers takes {n} days",
)


def library(version: int = 1) -> list[IndexEntry]:
    entries = []
    for n in range(1, 71):
        text = SAID[n % len(SAID)].format(n=n)
        language = ("en", "es", "zh", "hi", "id", "", "en")[n % len(SAID)]
        entries.append(
            prepare_entry(
                Chunk(n, text, "Delivery" if n % 5 == 0 else "", n % 4 or None),
                IndexedDocument(
                    n // 3 + 1, version, f"Document {n // 3 + 1}", "dealers" if n // 3 % 4 == 0 else "public"
                ),
                chunk_id=n,
                vector=vector(n),
                language=language,
            )
        )
    return entries


QUESTIONS = [
    ("when do you open on sunday", ["en"]),
    ("precio de las zapatillas", ["es", "en"]),
    ("周末送货吗", ["zh", "en"]),
    ("जूते की कीमत", ["hi"]),
    ("berapa ongkir retur 12 hari", ["id", "en"]),
    ("deliverry to deelers", ["en"]),
    ("🎉", [""]),
    ("", ["en"]),
]


def fill(index: HybridIndex, entries: list[IndexEntry]) -> None:
    by_document: dict[int, list[IndexEntry]] = {}
    for entry in entries:
        by_document.setdefault(entry.document_id, []).append(entry)
    for document_id, own in by_document.items():
        index.replace_document(document_id, own)


def prepared(question: str, languages: list[str], seed: int) -> PreparedQuery:
    return prepare_query(question, vector(seed), languages)


@pytest.mark.parametrize("limit", [3, 60])
def test_the_same_passages_in_the_same_order_with_the_same_scores(
    index: HybridIndex, measure: HybridIndex, limit: int
) -> None:
    for one in (index, measure):
        fill(one, library())
        one.version = 1
    for seed, (question, languages) in enumerate(QUESTIONS):
        query = prepared(question, languages, seed)
        for audiences in (("public",), ("public", "dealers"), ("nobody",)):
            assert_same(hits(index, query, limit, *audiences), hits(measure, query, limit, *audiences))
        assert index.information(query.characters) == pytest.approx(measure.information(query.characters))
    assert (index.count(), index.languages()) == (measure.count(), measure.languages())


def test_the_weights_of_words_follow_replacements_and_removals(index: HybridIndex, measure: HybridIndex) -> None:
    for one in (index, measure):
        fill(one, library())
        one.version = 1
        for document_id in range(3, 12):
            one.remove_document(document_id)
        later = [
            replace(entry, chunk_id=entry.chunk_id + 1000, version=2) for entry in library() if entry.chunk_id > 50
        ]
        fill(one, [entry for entry in later if entry.document_id % 2])
        one.version = 2
    for seed, (question, languages) in enumerate(QUESTIONS):
        query = prepared(question, languages, seed)
        assert_same(hits(index, query), hits(measure, query))
    assert index.count() == measure.count()


def test_a_chunk_id_given_away_again(index: HybridIndex, measure: HybridIndex) -> None:
    """As SQLite does with the id of the newest row after it was deleted."""
    for one in (index, measure):
        one.replace_document(1, [plain_entry(1, 0, "prices of shoes")])
        one.version = 1
        again = replace(plain_entry(2, 0, "opening hours"), chunk_id=1000)
        one.remove_document(1)
        one.replace_document(2, [again])
        one.version = 2
    query = asked("opening hours of shoes")
    assert_same(hits(index, query), hits(measure, query))
    assert (index.count(), len(hits(index, query))) == (1, 1)


def test_what_is_there_already_may_come_again(index: HybridIndex, measure: HybridIndex) -> None:
    for one in (index, measure):
        for _ in range(3):
            one.replace_document(1, plain_entries(1, 5, version=1))
            one.flush()
    query = asked("edition1 document1")
    assert_same(hits(index, query), hits(measure, query))
    assert index.count() == 5


def test_a_document_without_passages_is_none(index: HybridIndex) -> None:
    index.replace_document(1, plain_entries(1, 3, version=1))
    index.version = 4
    index.replace_document(1, [])
    index.remove_document(9)
    index.version = 5
    assert (index.version, index.count(), hits(index, asked("document1"))) == (5, 0, [])
    with pytest.raises(ValueError, match="another document"):
        index.replace_document(3, plain_entries(4, 1, version=1))


def test_a_cleared_index_is_empty_and_can_be_filled_again(index: HybridIndex) -> None:
    index.replace_document(1, plain_entries(1, 3, version=1))
    index.version = 4
    index.clear()
    assert (index.version, index.count(), hits(index, asked("document1"))) == (0, 0, [])
    index.replace_document(2, plain_entries(2, 2, version=1))
    index.version = 6
    assert (index.version, index.count(), len(hits(index, asked("document2")))) == (6, 2, 2)


def test_more_than_one_request_holds(index: HybridIndex, measure: HybridIndex) -> None:
    rng = np.random.default_rng(3)
    entries = [plain_entry(n, 0, f"row {n} of {rng.integers(40)} and {rng.integers(40)}") for n in range(1, 701)]
    for one in (index, measure):
        fill(one, entries)
        one.version = 1
    query = asked("row 17 of 3 and 8", seed=4)
    assert_same(hits(index, query, 20), hits(measure, query, 20))
    assert index.count() == 700
