from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from balas.knowledge.evaluation import evaluate
from balas.rag.retriever import Retriever
from balas.rag.vectors.embedded_model import EmbeddedModel
from tests.unit.rag.shops import FACTS, QUESTIONS, UNANSWERED


@pytest.fixture(scope="module")
def model() -> EmbeddedModel:
    return EmbeddedModel()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """All facts and questions, each question judged; one document without text."""
    facts = [{"_id": f"{lang}-{n}", "lang": lang, "text": text} for lang in FACTS for n, text in enumerate(FACTS[lang])]
    queries = [{"_id": f"q-{lang}-{n}", "text": text} for lang in FACTS for n, text in enumerate(QUESTIONS[lang])]
    judged = [{"q": query["_id"], "d": query["_id"].removeprefix("q-"), "rel": 1} for query in queries]
    write(tmp_path / "corpus.jsonl", [*facts, {"_id": "empty", "text": " "}])
    write(tmp_path / "queries.jsonl", queries)
    write(tmp_path / "qrels.jsonl", judged)
    return tmp_path


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def test_a_set_where_every_question_has_an_answer(shop: Path, model: EmbeddedModel) -> None:
    run_file = shop / "run.jsonl"
    stages: list[str] = []
    found = evaluate(shop, embedder=model, run_file=run_file, progress=lambda stage, done, total: stages.append(stage))
    assert (found.documents, found.passages, found.queries, found.unanswerable) == (33, 32, 32, 0)
    assert found.balas["ndcg_at_10"] is not None
    assert found.balas["ndcg_at_10"] > 0.9
    assert found.balas.keys() == found.plain.keys()
    assert found.balas["abstention_auroc"] is not None  # from withheld documents
    assert {"embed", "ask"} <= set(stages)
    lines = [json.loads(line) for line in run_file.read_text("utf-8").splitlines()]
    assert [line["q"] for line in lines[:2]] == ["q-en-0", "q-en-1"]
    for line in lines:
        scores = [hit["score"] for hit in line["hits"]]
        assert scores == sorted(scores, reverse=True)
        assert len({hit["d"] for hit in line["hits"]}) == len(scores) <= 100
        assert 0 <= line["answerable"] <= 1
        assert "answer" not in line


def test_a_set_with_questions_out_of_scope_and_answers(shop: Path, model: EmbeddedModel) -> None:
    with (shop / "queries.jsonl").open("a", encoding="utf-8") as file:
        for n, text in enumerate(UNANSWERED):
            file.write(json.dumps({"_id": f"oos-{n}", "text": text, "oos": n % 2 == 0}) + "\n")

    def answers(retriever: Retriever) -> Callable[[str], str | None]:
        def answer(question: str) -> str | None:
            found = retriever.search(question, audiences=frozenset({"public"}))
            return found.passages[0].text if question not in UNANSWERED else None

        return answer

    run_file = shop / "run.jsonl"
    found = evaluate(shop, embedder=model, run_file=run_file, answers=answers)
    assert found.unanswerable == len(UNANSWERED)
    assert found.balas["abstention_auroc"] is not None
    lines = [json.loads(line) for line in run_file.read_text("utf-8").splitlines()]
    assert [line["answer"] for line in lines[-len(UNANSWERED) :]] == [None] * len(UNANSWERED)
    assert all(isinstance(line["answer"], str) for line in lines[: -len(UNANSWERED)])


def test_a_set_that_nobody_has_judged(shop: Path, model: EmbeddedModel) -> None:
    """Relevance is unknown; whether the answer is found and said is not, where the set tells it."""
    (shop / "qrels.jsonl").unlink()
    queries: list[dict[str, object]] = [
        {"_id": f"q-{n}", "text": text, "answers": [FACTS["en"][n]]} for n, text in enumerate(QUESTIONS["en"])
    ]
    queries[0]["answers"] = ["what nobody says"]
    queries += [{"_id": "free", "text": QUESTIONS["en"][1]}, {"_id": "oos", "text": UNANSWERED[0], "oos": True}]
    write(shop / "queries.jsonl", queries)

    def answers(retriever: Retriever) -> Callable[[str], str | None]:
        return lambda question: None if question == UNANSWERED[0] else FACTS["en"][1]

    found = evaluate(shop, embedder=model, answers=answers)
    asked = len(QUESTIONS["en"])
    assert found.unanswerable == 1
    for figures in (found.balas, found.plain):
        assert [figures[name] for name in ("ndcg_at_10", "recall_at_5", "mrr_at_10")] == [None] * 3
        assert figures["answer_in_top_4"] is not None
        assert 0.5 < figures["answer_in_top_4"] < 1
        assert figures["abstention_auroc"] is not None  # from the question that is marked
    assert found.answers is not None
    assert found.answers["answer_contained"] == 1 / asked
    assert found.answers["answered_unanswerable"] == 0
