"""The JSON of counts and figures: books, statistics, health."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from balas.api.schemas import example

Status = Literal["healthy", "degraded", "unhealthy"]

_STATS = {
    "since": "2026-03-01T00:00:00Z",
    "until": None,
    "messages": 1840,
    "messages_by_role": {"user": 981, "assistant": 842, "operator": 17},
    "users": 212,
    "conversations": 219,
    "answered": 731,
    "abstained": 64,
    "smalltalk": 41,
    "handed_over": 9,
    "dead": 2,
    "latency_ms": {"p50": 1350, "p95": 4100},
    "tokens": 512300,
    "prompt_tokens": 451200,
    "completion_tokens": 61100,
    "cost": 0.2781,
    "top_documents": [{"document_id": 4, "title": "Returns and refunds", "answers": 118}],
}
_HEALTHY = {"status": "healthy", "latency_ms": 0.8, "detail": "in process"}
_HEALTH = {
    "status": "degraded",
    "dependencies": {
        "database": {"status": "healthy", "latency_ms": 0.6, "detail": "sqlite"},
        "redis": _HEALTHY,
        "qdrant": {"status": "healthy", "latency_ms": 0.1, "detail": "embedded, 412 passages"},
        "waha": {"status": "degraded", "latency_ms": 12.4, "detail": "session default is SCAN_QR_CODE, not WORKING"},
        "model": {"status": "healthy", "latency_ms": 0.0, "detail": "extractive answers"},
    },
    "version": "0.1.0",
}


class BooksItem(BaseModel):
    """received = answered + ignored + dead + open, always."""

    model_config = example(
        {"received": 981, "answered": 930, "ignored": 47, "dead": 2, "open": 2, "oldest_open_seconds": 1.2}
    )

    received: int
    answered: int
    ignored: int
    dead: int
    open: int
    oldest_open_seconds: float = Field(description="0 when nothing is open.")


class Latency(BaseModel):
    p50: int | None
    p95: int | None


class TopDocumentItem(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    document_id: int
    title: str
    answers: int = Field(description="How many answers cite it.")


class StatsItem(BaseModel):
    model_config = example(_STATS)

    since: datetime | None
    until: datetime | None
    messages: int
    messages_by_role: dict[str, int]
    users: int = Field(description="People of the conversations that were active.")
    conversations: int = Field(description="Conversations in which something was said.")
    answered: int = Field(description="Turns answered from the documents.")
    abstained: int = Field(description="Turns in which the documents did not hold the answer.")
    smalltalk: int
    handed_over: int = Field(description="Conversations in which a person of the business wrote.")
    dead: int = Field(description="Messages that could not be answered.")
    latency_ms: Latency = Field(description="From a turn's last message until its answer was ready.")
    tokens: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    top_documents: list[TopDocumentItem]


class DependencyItem(BaseModel):
    status: Status
    latency_ms: float
    detail: str


class HealthItem(BaseModel):
    model_config = example(_HEALTH)

    status: Status = Field(description="`unhealthy` while the database is away, with status 503.")
    dependencies: dict[Literal["database", "redis", "qdrant", "waha", "model"], DependencyItem]
    version: str


class Alive(BaseModel):
    model_config = example({"status": "alive"})

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    model_config = example({"status": "ready", "warnings": ["session default: the store of WAHA is off"]})

    status: Literal["ready"] = "ready"
    warnings: list[str] = Field(description="What limits the service without stopping it.")
