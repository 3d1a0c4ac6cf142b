"""Sets of questions with known answers, and the figures that say how well they were found. Pure but for reading."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from balas.errors import InvalidRequest
from balas.rag.measuring.answer_figures import holds_any

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Row:
    """A line of `corpus.jsonl` or `queries.jsonl`."""

    id: str
    text: str
    title: str = ""
    language: str | None = None
    intent: str | None = None
    out_of_scope: bool = False
    answers: tuple[str, ...] = ()  # spellings of what a good answer holds


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    documents: tuple[Row, ...]
    queries: tuple[Row, ...]
    relevant: Mapping[str, Mapping[str, float]]  # query -> document -> relevance; only documents that are there
    judged: bool = True  # False: nobody says what is relevant, so only `oos` makes a question unanswerable

    def is_answerable(self, query: Row) -> bool:
        return not query.out_of_scope and (not self.judged or bool(self.relevant.get(query.id)))


def read_set(directory: Path) -> EvaluationSet:
    """Read `corpus.jsonl`, `queries.jsonl` and, where there is one, `qrels.jsonl`; else equal `intent` is relevance,
    and without any, relevance is unknown.

    Raises `InvalidRequest` with file and line.
    """
    documents = tuple(_row(*line) for line in _lines(directory / "corpus.jsonl"))
    queries = tuple(_row(*line) for line in _lines(directory / "queries.jsonl"))
    if not any(document.text.strip() for document in documents) or not queries:
        raise InvalidRequest(f"{directory} holds no document with a text, or no queries.")
    judged = directory / "qrels.jsonl"
    relevant = _judged(judged, documents) if judged.is_file() else _by_intent(documents, queries)
    return EvaluationSet(documents, queries, relevant, judged=judged.is_file() or bool(relevant))


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.is_file():
        raise InvalidRequest(f"{path} is missing.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is not UTF-8 text.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path.name}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidRequest(f"{place}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise InvalidRequest(f"{place}: not an object.")
        yield place, row


def _row(place: str, row: dict[str, Any]) -> Row:
    if not isinstance(row.get("_id"), str) or not isinstance(row.get("text"), str):
        raise InvalidRequest(f"{place}: _id and text must be strings.")
    for name in ("title", "lang", "intent"):
        if not isinstance(row.get(name), str | None):
            raise InvalidRequest(f"{place}: {name} must be a string.")
    answers = row.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise InvalidRequest(f"{place}: answers must be a list of strings.")
    return Row(
        row["_id"],
        row["text"],
        row.get("title") or "",
        row.get("lang"),
        row.get("intent"),
        bool(row.get("oos", False)),
        tuple(answers),
    )


def _judged(path: Path, documents: Collection[Row]) -> dict[str, dict[str, float]]:
    present = {document.id for document in documents}
    relevant: dict[str, dict[str, float]] = defaultdict(dict)
    for place, row in _lines(path):
        if not isinstance(row.get("q"), str) or not isinstance(row.get("d"), str):
            raise InvalidRequest(f"{place}: q and d must be strings.")
        relevance = _relevance(place, row.get("rel", 1))
        if relevance > 0 and row["d"] in present:
            relevant[row["q"]][row["d"]] = relevance
    return dict(relevant)


def _relevance(place: str, given: object) -> float:
    try:
        relevance = float(given) if isinstance(given, int | float | str) else math.nan
    except (ValueError, OverflowError):
        relevance = math.nan
    if not math.isfinite(relevance):
        raise InvalidRequest(f"{place}: rel must be a number.")
    return relevance


def _by_intent(documents: Collection[Row], queries: Collection[Row]) -> dict[str, dict[str, float]]:
    of_intent: dict[str, dict[str, float]] = defaultdict(dict)
    for document in documents:
        if document.intent is not None:
            of_intent[document.intent][document.id] = 1.0
    return {query.id: of_intent[query.intent] for query in queries if query.intent in of_intent}


@dataclass
class Figures:
    """Means over queries. Documents rank by their best passage."""

    ndcg: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    reciprocal: list[float] = field(default_factory=list)
    within_four: list[float] = field(default_factory=list)

    def add(self, ranking: Sequence[str], relevant: Mapping[str, float]) -> None:
        """`ranking`: document ids, best first, each once."""
        ranks = [rank for rank, document in enumerate(ranking[:DEPTH]) if document in relevant]
        gained = sum(relevant[ranking[rank]] / math.log2(rank + 2) for rank in ranks)
        ideal = sorted(relevant.values(), reverse=True)[:DEPTH]
        self.ndcg.append(gained / sum(gain / math.log2(rank + 2) for rank, gain in enumerate(ideal)))
        self.recall.append(sum(1 for rank in ranks if rank < 5) / min(5, len(relevant)))
        self.reciprocal.append(1 / (ranks[0] + 1) if ranks else 0.0)
        self.within_four.append(float(bool(ranks) and ranks[0] < 4))

    def add_unjudged(self, texts: Sequence[str], answers: Sequence[str]) -> None:
        """Of a question whose relevant documents nobody names: `texts` of those found, best first, each once."""
        self.within_four.append(float(any(holds_any(text, answers) for text in texts[:4])))

    def means(self) -> dict[str, float | None]:
        return {
            "ndcg_at_10": mean(self.ndcg),
            "recall_at_5": mean(self.recall),
            "mrr_at_10": mean(self.reciprocal),
            "answer_in_top_4": mean(self.within_four),
        }


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """How often an answerable question scores above an unanswerable one (a tie is half). None without both kinds."""
    if not answerable or not unanswerable:
        return None
    ranked = sorted([(score, 1) for score in answerable] + [(score, 0) for score in unanswerable])
    rank_sum, start = 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        rank_sum += (start + end + 1) / 2 * sum(label for _, label in ranked[start:end])
        start = end
    count = len(answerable)
    return (rank_sum - count * (count + 1) / 2) / (count * len(unanswerable))
