from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from balas.errors import InvalidRequest
from balas.rag.measuring.evaluation import Figures, auroc, read_set


def write(directory: Path, name: str, *rows: object) -> None:
    (directory / name).write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")


def test_figures_of_one_ranking() -> None:
    figures = Figures()
    figures.add(["a", "b", "c", "d", "e", "f"], {"b": 1.0, "f": 1.0})
    means = figures.means()
    ideal = 1 + 1 / math.log2(3)
    assert means["ndcg_at_10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(7)) / ideal)
    assert means["recall_at_5"] == 0.5
    assert means["mrr_at_10"] == 0.5
    assert means["answer_in_top_4"] == 1.0
    figures.add(["a"], {"z": 1.0})
    assert figures.means()["mrr_at_10"] == 0.25
    assert Figures().means()["ndcg_at_10"] is None


def test_auroc_counts_ties_as_half() -> None:
    assert auroc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert auroc([0.1], [0.9]) == 0.0
    assert auroc([0.5, 0.5], [0.5]) == 0.5
    assert auroc([0.3, 0.7], [0.5]) == 0.5
    assert auroc([], [0.5]) is None


def test_relevance_of_documents_that_are_not_there_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", {"_id": "d1", "text": "x"})
    write(
        tmp_path,
        "queries.jsonl",
        *({"_id": q, "text": "?"} for q in ("q1", "q2", "q3", "q4")),
        {"_id": "q5", "text": "?", "oos": True},
    )
    write(
        tmp_path,
        "qrels.jsonl",
        {"q": "q1", "d": "d1", "rel": 1},
        {"q": "q2", "d": "gone", "rel": 1},
        {"q": "q3", "d": "d1", "rel": 0},
        {"q": "q5", "d": "d1", "rel": 1},
    )
    found = read_set(tmp_path)
    assert [query.id for query in found.queries if found.is_answerable(query)] == ["q1"]


def test_without_judgements_intents_decide(tmp_path: Path) -> None:
    write(
        tmp_path, "corpus.jsonl", {"_id": "d1", "text": "x", "intent": "a"}, {"_id": "d2", "text": "y", "intent": "a"}
    )
    queries = [
        {"_id": "q1", "text": "?", "intent": "a"},
        {"_id": "q2", "text": "?", "intent": "b"},
        {"_id": "q3", "text": "?"},
    ]
    write(tmp_path, "queries.jsonl", *queries)
    found = read_set(tmp_path)
    assert found.relevant == {"q1": {"d1": 1.0, "d2": 1.0}}


def test_without_judgements_and_intents_only_the_mark_makes_it_unanswerable(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", {"_id": "d1", "text": "x"})
    write(tmp_path, "queries.jsonl", {"_id": "q1", "text": "?"}, {"_id": "q2", "text": "?", "oos": True})
    found = read_set(tmp_path)
    assert [query.id for query in found.queries if found.is_answerable(query)] == ["q1"]


@pytest.mark.parametrize(
    "line",
    [
        *("{", "[]", '{"_id": 1, "text": "x"}', '{"_id": "a"}', "[" * 100_000),
        *('{"_id": "a", "text": "x", "title": 5}', '{"_id": "a", "text": "x", "lang": ["a"]}'),
        '{"_id": "a", "text": "x", "intent": {}}',
    ],
    ids=lambda line: line[:40],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "text": "x"}\n' + line)
    with pytest.raises(InvalidRequest, match=r"corpus\.jsonl, line 2"):
        read_set(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        *('{"q": "q1"}', '{"q": "q1", "d": ["d1"]}', '{"q": {}, "d": "d1"}', '{"q": "q1", "d": "d1", "rel": "high"}'),
        *('{"q": "q1", "d": "d1", "rel": NaN}', '{"q": "q1", "d": "d1", "rel": null}'),
        '{"q": "q1", "d": "d1", "rel": 1' + "0" * 400 + "}",
    ],
    ids=lambda line: line[:40],
)
def test_a_bad_judgement_is_named(tmp_path: Path, line: str) -> None:
    write(tmp_path, "corpus.jsonl", {"_id": "d1", "text": "x"})
    write(tmp_path, "queries.jsonl", {"_id": "q1", "text": "?"})
    (tmp_path / "qrels.jsonl").write_text('{"q": "q1", "d": "d1"}\n' + line)
    with pytest.raises(InvalidRequest, match=r"qrels\.jsonl, line 2"):
        read_set(tmp_path)


def test_a_set_without_any_text(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", {"_id": "d1", "text": " "}, {"_id": "d2", "text": "\n"})
    write(tmp_path, "queries.jsonl", {"_id": "q1", "text": "?"})
    with pytest.raises(InvalidRequest, match="no document with a text"):
        read_set(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", {"_id": "d1", "text": "x"})
    with pytest.raises(InvalidRequest, match=r"queries\.jsonl is missing"):
        read_set(tmp_path)
