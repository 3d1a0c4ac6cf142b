"""What a search in an index finds, for whom, and with which score."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from balas.rag.index import BUNDLED_DENSE_WEIGHT, IndexEntry, PreparedQuery, prepare_query
from balas.rag.stores import edge_store
from balas.rag.stores.edge_store import AUDIENCES_COUNTED, open_edge_index
from balas.rag.stores.hybrid_index import TWINS, HybridIndex
from balas.rag.words.lexical import length_in_words, term_frequencies, word_tokens
from tests.unit.rag.unit_vectors import DIMENSION, PUBLIC, asked, plain_entries, plain_entry, vector


@pytest.fixture
def index(tmp_path: Path) -> Iterator[HybridIndex]:
    opened = open_edge_index(tmp_path / "index", model="test", dimension=DIMENSION)
    yield opened
    opened.close()


def test_the_fused_score_is_exact_for_every_passage(tmp_path: Path) -> None:
    """Whatever leg brought a passage in, all of its scores are there: the same as computed from nothing."""
    index = open_edge_index(tmp_path / "index", model="multilingual-e5-small", dimension=DIMENSION)
    texts = [
        f"{'delivery ' * (n % 4)} shoes number {n} {'return policy' if n % 5 == 0 else 'size chart'}" for n in range(60)
    ]
    stored = [plain_entry(n, 0, text) for n, text in enumerate(texts, 1)]
    for entry in stored:
        index.replace_document(entry.document_id, [entry])
    query = asked("delivery of shoes and returns", seed=5)
    found = index.search(query, 60, 5, PUBLIC)
    assert 5 < len(found) <= 15
    by_id = {entry.chunk_id: entry for entry in stored}
    scores = {entry.chunk_id: expected(entry, query, stored) for entry in stored}
    for passage in found:
        dense, words, characters = scores[passage.chunk_id]
        assert passage.dense == pytest.approx(dense, abs=1e-5)
        assert passage.words == pytest.approx(words, abs=1e-5)
        assert passage.characters == pytest.approx(characters, abs=1e-5)
        assert passage.score == pytest.approx(BUNDLED_DENSE_WEIGHT * dense + (words + characters) / 2, abs=1e-4)
        assert passage.text == by_id[passage.chunk_id].text
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    best = max(scores, key=lambda chunk: BUNDLED_DENSE_WEIGHT * scores[chunk][0] + sum(scores[chunk][1:]) / 2)
    assert found[0].chunk_id == best
    index.close()


def expected(entry: IndexEntry, query: PreparedQuery, stored: list[IndexEntry]) -> tuple[float, float, float]:
    """Cosine and shares by definition: BM25 over all passages, by the sum of the question's idf."""

    def share(leg: str, terms: dict[int, int]) -> float:
        held = [set(getattr(other, leg).indices.tolist()) for other in stored]
        weights = {}
        for term, times in terms.items():
            count = sum(term in tokens for tokens in held)
            weights[term] = times * np.log1p((len(stored) - count + 0.5) / (count + 0.5))
        own = dict(zip(getattr(entry, leg).indices.tolist(), getattr(entry, leg).values.tolist(), strict=True))
        return float(sum(weight * own.get(term, 0) for term, weight in weights.items()) / sum(weights.values()))

    dense = float(entry.vector @ query.vector)
    return dense, share("words", query.words[0]), share("characters", query.characters)


def test_only_the_audiences_asked_for(index: HybridIndex) -> None:
    index.replace_document(1, [plain_entry(1, 0, "prices for everybody")])
    index.replace_document(2, [plain_entry(2, 0, "prices for dealers", audience="dealers")])
    index.replace_document(3, [plain_entry(3, 0, "prices for staff", audience="staff")])
    query = asked("prices for staff", seed=3000)

    def seen(*audiences: str) -> set[int]:
        return {passage.document_id for passage in index.search(query, 10, 10, frozenset(audiences))}

    assert seen("public") == {1}
    assert seen("public", "dealers") == {1, 2}
    assert seen("staff") == {3}
    assert seen("nobody") == set()
    assert seen() == set()


def test_a_document_for_others_that_comes_later_stays_hidden(index: HybridIndex) -> None:
    query = asked("prices for staff", seed=2000)
    index.replace_document(1, [plain_entry(1, 0, "prices for everybody")])
    assert len(index.search(query, 10, 10, PUBLIC)) == 1
    index.replace_document(2, [plain_entry(2, 0, "prices for staff", audience="staff")])
    assert [p.document_id for p in index.search(query, 10, 10, PUBLIC)] == [1]
    index.replace_document(1, [plain_entry(1, 0, "prices for everybody", audience="staff")])
    assert index.search(query, 10, 10, PUBLIC) == []


def test_more_audiences_than_are_counted(index: HybridIndex) -> None:
    for number in range(1, AUDIENCES_COUNTED + 20):
        index.replace_document(number, [plain_entry(number, 0, "prices", audience=f"group{number}")])
    asked_for = frozenset(f"group{number}" for number in range(1, AUDIENCES_COUNTED + 10))
    found = index.search(asked("prices", seed=1000), 500, 500, asked_for)
    assert len(found) == TWINS  # all say the same
    seen = index.search(asked("prices", seed=(AUDIENCES_COUNTED + 15) * 1000), 500, 500, asked_for)
    assert seen
    assert all(passage.document_id < AUDIENCES_COUNTED + 10 for passage in seen)


def test_a_large_index_is_searched_while_it_is_optimized(index: HybridIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors become bytes from a number of passages on; lowered here. Scores stay exact."""
    monkeypatch.setattr(edge_store, "LARGE", 1000)
    for number in range(1, 150):
        index.replace_document(number, plain_entries(number, 40, version=1))
    query = asked("document77 passage", seed=77003)
    before = {p.chunk_id: p.score for p in index.search(query, 20, 20, PUBLIC)}
    looks: list[bool] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            found = index.search(query, 20, 20, PUBLIC)
            looks.append(len(found) == 20 and found[0].document_id == 77)

    reader = threading.Thread(target=look)
    reader.start()
    index.flush()
    stop.set()
    reader.join()
    assert looks
    assert all(looks)
    after = {p.chunk_id: p.score for p in index.search(query, 20, 20, PUBLIC)}
    assert len(before.keys() & after.keys()) >= 18
    assert all(after[chunk] == pytest.approx(before[chunk], abs=1e-4) for chunk in before.keys() & after.keys())
    index.replace_document(77, plain_entries(77, 2, version=2))
    assert {p.text.split()[0] for p in index.search(query, 50, 50, PUBLIC) if p.document_id == 77} == {"edition2"}
    assert index.count() == 149 * 40 - 38


def test_replacing_and_removing(index: HybridIndex) -> None:
    index.replace_document(1, plain_entries(1, 5, version=1))
    index.replace_document(2, plain_entries(2, 3, version=1))
    index.replace_document(1, plain_entries(1, 2, version=2))
    assert index.count() == 5
    texts = {passage.text for passage in index.search(asked("document1"), 10, 10, PUBLIC)}
    assert {text for text in texts if "document1" in text} == {f"edition2 document1 passage number {n}" for n in (0, 1)}
    index.remove_document(1)
    index.remove_document(1)
    assert index.count() == 3
    assert {passage.document_id for passage in index.search(asked("document1"), 10, 10, PUBLIC)} == {2}
    with pytest.raises(ValueError, match="another document"):
        index.replace_document(3, plain_entries(4, 1, version=1))


def test_copies_do_not_fill_the_result(index: HybridIndex) -> None:
    copies = [replace(plain_entry(1, n, "Opening hours: 9 to 5."), vector=vector(1)) for n in range(200)]
    index.replace_document(1, copies)
    for number in range(2, 12):
        index.replace_document(number, [replace(plain_entry(number, 0, "opening hours 9 to 5!"), vector=vector(1))])
    for number in range(12, 22):
        index.replace_document(number, [plain_entry(number, 0, f"Something else, number {number}.")])
    found = index.search(asked("opening hours", seed=1), 8, 10, PUBLIC)
    assert len(found) == 8
    assert sum(passage.document_id == 1 for passage in found) == 1
    assert sum("pening" in passage.text for passage in found) == 2


def test_rows_that_differ_in_a_number_are_no_copies(index: HybridIndex) -> None:
    rows = [plain_entry(1, n, f"Running shoe, size {38 + n}, price {100 + n}.") for n in range(8)]
    index.replace_document(1, rows)
    assert len(index.search(asked("running shoe price"), 8, 8, PUBLIC)) == 8


def test_the_reading_that_the_passages_know_counts(index: HybridIndex) -> None:
    entry = replace(plain_entry(1, 0, "Las zapatillas se pueden cambiar"), language="es")
    spanish = prepare_entry_in(entry, "es")
    index.replace_document(1, [spanish])
    mistaken = prepare_query("cambio de zapatilla", vector(5), ["en", "es"])
    assert index.search(mistaken, 1, 10, PUBLIC)[0].words > 0.2
    alone = prepare_query("cambio de zapatilla", vector(5), ["en"])
    assert index.search(alone, 1, 10, PUBLIC)[0].words < 0.2


def prepare_entry_in(entry: IndexEntry, language: str) -> IndexEntry:
    words = term_frequencies(word_tokens(entry.text, language), length_in_words(entry.text))
    return replace(entry, words=words)


@pytest.mark.parametrize("text", ["", "???", "😀", "\ud800 lone", "a" * 20_000, "x\x00y"])
def test_odd_questions(index: HybridIndex, text: str) -> None:
    assert index.search(asked(text), 5, 10, PUBLIC) == []
    index.replace_document(1, plain_entries(1, 3, version=1))
    assert len(index.search(asked(text), 5, 10, PUBLIC)) == 3


def test_a_search_sees_a_document_before_or_after_never_between(index: HybridIndex) -> None:
    index.replace_document(1, plain_entries(1, 9, version=1))
    index.replace_document(2, plain_entries(2, 9, version=1))
    stop = threading.Event()
    mixed: list[set[str]] = []
    seen: set[str] = set()

    def look() -> None:
        while not stop.is_set():
            editions = [
                p.text.split()[0]
                for p in index.search(asked("document1 edition"), 20, 20, PUBLIC)
                if p.document_id == 1
            ]
            seen.update(editions)
            if len(set(editions)) != 1 or len(editions) != (9 if editions[0] == "edition1" else 6):
                mixed.append(set(editions))

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        index.replace_document(1, plain_entries(1, 9 if turn % 2 else 6, version=1 if turn % 2 else 2))
    stop.set()
    for reader in readers:
        reader.join()
    assert mixed == []
    assert seen == {"edition1", "edition2"}
