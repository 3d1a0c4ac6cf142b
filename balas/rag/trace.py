"""The record of how an answer came about: JSON-ready, kept with the turn, shown to people in the console."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from balas.rag.question import Asked, Question
from balas.values import Answer, Passage, Retrieval, Usage

EXCERPT = 300  # characters of a passage kept in a trace
SHOWN_HITS = 8


class Trace:
    """Collected while an answer is made. Times are milliseconds of the wall clock."""

    def __init__(self, question: Question) -> None:
        self._started = time.perf_counter()
        self.fields: dict[str, Any] = {"question": question.text, "language": None, "mode": None, "decision": None}
        self.fields["asked"] = asked_as(question)
        self.fields |= {"lines": [], "checks": [], "times": {}, "usage": None, "prompt_version": None, "model": None}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Adds to the stage's time, whatever happens inside."""
        started = time.perf_counter()
        try:
            yield
        finally:
            times = self.fields["times"]
            times[stage] = round(times.get(stage, 0.0) + (time.perf_counter() - started) * 1000, 2)

    def line(self, asked: Asked, retrieval: Retrieval, threshold: float) -> None:
        self.fields["lines"].append(
            {
                "question": asked.own,
                "rewritten": asked.search if asked.is_completed else None,
                "also_searched": list(asked.extra),
                "language": retrieval.language,
                "answerable": round(retrieval.answerable, 4),
                "threshold": threshold,
                "hits": [hit(passage) for passage in retrieval.passages[:SHOWN_HITS]],
            }
        )

    def note(self, **fields: Any) -> None:
        self.fields |= fields

    def check(self, check: str, **fields: Any) -> None:
        """One finding of a check: what it looked at and what it did about it."""
        self.fields["checks"].append({"check": check, **fields})

    def checked(self, findings: Sequence[Mapping[str, Any]]) -> None:
        self.fields["checks"] += findings

    def spent(self, usage: Usage) -> None:
        self.fields["usage"] = {
            "model": usage.model,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cost": usage.cost,
        }

    def closed(self, answer: Answer) -> dict[str, Any]:
        """The finished record of this answer."""
        self.note(mode=answer.mode, language=answer.language, abstained=answer.abstained)
        self.note(answerable=max((line["answerable"] for line in self.fields["lines"]), default=None))
        self.fields["sources"] = [source.as_dict() for source in answer.sources]
        self.fields["times"]["total"] = round((time.perf_counter() - self._started) * 1000, 2)
        return self.fields


def asked_as(question: Question) -> dict[str, Any]:
    """What is needed to ask the same again, but for the history: its texts stay in the archive alone."""
    return {
        "lines": list(question.lines),
        "audiences": sorted(question.audiences),
        "language": question.language,
        "quoted": question.quoted,
    }


def hit(passage: Passage) -> dict[str, Any]:
    return {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document_id,
        "title": passage.title,
        "heading": passage.heading,
        "page": passage.page,
        "dense": round(passage.dense, 4),
        "words": round(passage.words, 4),
        "characters": round(passage.characters, 4),
        "score": round(passage.score, 4),
        "text": passage.text[:EXCERPT],
    }
