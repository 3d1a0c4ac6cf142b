"""GET /api/stats: figures of a period."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.figures import Latency, StatsItem, TopDocumentItem
from balas.api.parameters import SpanQuery
from balas.conversations import statistics
from balas.database.session import reading

router = protected_router(Area.FIGURES)


@router.get("/stats", summary="Figures of a period")
def get_stats(runtime: RuntimeDep, query: Annotated[SpanQuery, Query()]) -> StatsItem:
    with reading(runtime.database) as session:
        found = statistics.gather(session, statistics.Span(query.since, query.until))
    return StatsItem(
        since=query.since,
        until=query.until,
        messages=found.messages,
        messages_by_role=found.messages_by_role,
        users=found.users,
        conversations=found.conversations,
        answered=found.answered,
        abstained=found.abstained,
        smalltalk=found.smalltalk,
        handed_over=found.handed_over,
        dead=found.dead,
        latency_ms=Latency(p50=found.latency_p50_ms, p95=found.latency_p95_ms),
        tokens=found.prompt_tokens + found.completion_tokens,
        prompt_tokens=found.prompt_tokens,
        completion_tokens=found.completion_tokens,
        cost=found.cost,
        top_documents=[TopDocumentItem.model_validate(document) for document in found.top_documents],
    )
