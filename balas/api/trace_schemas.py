"""The JSON of traces: how answers came about, and what would be answered now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, Field

from balas.api.parameters import Listing, RowId, Since, Until
from balas.api.schemas import Page, SourceItem, example
from balas.conversations.traces import Difference
from balas.models import Analytics

_SUMMARY = {
    "turn_id": 12,
    "conversation_id": 7,
    "question": "how long can I return a jacket?",
    "answer": "Goods may be returned within **30 days** of delivery.",
    "outcome": "answered",
    "mode": "extractive",
    "language": "en",
    "answerable": 0.97,
    "model": None,
    "prompt_version": None,
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "cost": 0.0,
    "response_time_ms": 640,
    "created_at": "2026-03-14T08:30:12.345000Z",
}
_SOURCES = [
    {
        "document_id": 4,
        "title": "Returns and refunds",
        "page": 2,
        "heading": "Returns",
        "rows": [],
        "quote": "Goods may be returned within 30 days.",
        "url": None,
    }
]
_TRACE = {
    "question": "how long can I return a jacket?",
    "asked": {"lines": ["how long can I return a jacket?"], "audiences": ["public"], "language": None, "quoted": None},
    "lines": [
        {
            "question": "how long can I return a jacket?",
            "rewritten": None,
            "also_searched": [],
            "language": "en",
            "answerable": 0.97,
            "threshold": 0.4,
            "hits": [
                {
                    "chunk_id": 310,
                    "document_id": 4,
                    "title": "Returns and refunds",
                    "heading": "Returns › Deadlines",
                    "page": 2,
                    "dense": 0.88,
                    "words": 0.64,
                    "characters": 0.58,
                    "score": 4.12,
                    "text": "Goods may be returned within 30 days of delivery.",
                }
            ],
        }
    ],
    "checks": [],
    "decision": "quoted from the documents",
    "times": {"retrieve": 14.2, "extract": 9.8, "total": 25.1},
    "usage": None,
    "prompt_version": None,
    "model": None,
    "embeddings": "multilingual-e5-small",
    "knowledge_version": 31,
    "balas": "0.1.0",
}
_WHOLE = _SUMMARY | {"sources": _SOURCES, "history": [101, 102], "trace": _TRACE}
_NEW = {
    "answer": "Goods may be returned within **14 days** of delivery.",
    "abstained": False,
    "mode": "extractive",
    "language": "en",
    "model": None,
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "cost": 0.0,
    "sources": _SOURCES,
    "trace": _TRACE,
}


class Outcome(StrEnum):
    ANSWERED = "answered"
    ABSTAINED = "abstained"
    SMALLTALK = "smalltalk"


class TraceQuery(Listing):
    since: Since | None = None
    until: Until | None = None
    outcome: Annotated[Outcome | None, Field(description="Only answers with this outcome.", examples=["abstained"])] = (
        None
    )
    conversation_id: RowId | None = None


class TraceSummary(BaseModel):
    model_config = example(_SUMMARY)

    turn_id: int
    conversation_id: int
    question: str = Field(description="The messages of the turn, one per line.")
    answer: str
    outcome: str = Field(description="`answered`, `abstained` or `smalltalk`.")
    mode: str = Field(description="`extractive` (quoted), `model` or `smalltalk`.")
    language: str | None
    answerable: float | None = Field(description="0 to 1; for several questions in one turn, that of the surest.")
    model: str | None
    prompt_version: str | None
    prompt_tokens: int
    completion_tokens: int
    cost: float
    response_time_ms: int | None = Field(description="From the turn's last message until its answer was ready.")
    created_at: datetime

    @classmethod
    def fields_of(cls, figures: Analytics, answer: Mapping[str, Any]) -> dict[str, Any]:
        trace = answer.get("trace") or {}
        return {
            "turn_id": figures.turn_id,
            "conversation_id": figures.conversation_id,
            "question": trace.get("question") or "",
            "answer": answer["text"],
            "outcome": figures.outcome,
            "mode": figures.mode,
            "language": figures.language,
            "answerable": trace.get("answerable"),
            "model": figures.model,
            "prompt_version": trace.get("prompt_version"),
            "prompt_tokens": figures.prompt_tokens,
            "completion_tokens": figures.completion_tokens,
            "cost": figures.cost,
            "response_time_ms": figures.response_time_ms,
            "created_at": figures.created_at,
        }

    @classmethod
    def of(cls, figures: Analytics, answer: Mapping[str, Any]) -> TraceSummary:
        return cls(**cls.fields_of(figures, answer))


class TracePage(Page):
    model_config = example({"items": [_SUMMARY], "next_cursor": "AAZNHvLk3gAAAAAAAAAAKb6yV8f0hR1m3cVtpQ"})

    items: list[TraceSummary]


class TraceItem(TraceSummary):
    model_config = example(_WHOLE)

    sources: list[SourceItem]
    history: list[int] = Field(description="Ids of the messages that stood before the turn, oldest first.")
    trace: dict[str, Any] = Field(description="The whole record: legs, scores, passages, checks, times.")

    @classmethod
    def of(cls, figures: Analytics, answer: Mapping[str, Any]) -> TraceItem:
        return cls(
            **cls.fields_of(figures, answer),
            sources=answer.get("sources") or [],
            history=answer.get("history") or [],
            trace=answer.get("trace") or {},
        )


class Replayed(BaseModel):
    """An answer that is sent to nobody."""

    answer: str
    abstained: bool
    mode: str
    language: str
    model: str | None
    prompt_tokens: int
    completion_tokens: int
    cost: float
    sources: list[SourceItem]
    trace: dict[str, Any]


class Differs(BaseModel):
    what: str
    old: Any = Field(description="The former value; for a list, what is gone.")
    new: Any = Field(description="The present value; for a list, what is new.")


class Replay(BaseModel):
    model_config = example(
        {
            "old": _WHOLE,
            "new": _NEW,
            "differences": [{"what": "answer", "old": _SUMMARY["answer"], "new": _NEW["answer"]}],
            "same_answer": False,
            "history_missing": 0,
        }
    )

    old: TraceItem
    new: Replayed
    differences: list[Differs]
    same_answer: bool = Field(description="The same text from the same sources.")
    history_missing: int = Field(description="Earlier messages whose texts are blank by now, so they were left out.")

    @classmethod
    def of(
        cls, old: TraceItem, new: Mapping[str, Any], prompt_tokens: int, found: Sequence[Difference], missing: int
    ) -> Replay:
        replayed = Replayed(
            answer=new["text"],
            abstained=new["abstained"],
            mode=new["mode"],
            language=new["language"],
            model=new["model"],
            prompt_tokens=prompt_tokens,
            completion_tokens=new["tokens"] - prompt_tokens,
            cost=new["cost"],
            sources=new["sources"],
            trace=new["trace"],
        )
        return cls(
            old=old,
            new=replayed,
            differences=[Differs(what=one.what, old=one.old, new=one.new) for one in found],
            same_answer=not {one.what for one in found} & {"answer", "abstained", "sources"},
            history_missing=missing,
        )
