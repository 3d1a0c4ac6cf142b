"""/api/traces: how each answer came about, and what would be answered today."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import Pager
from balas.api.parameters import PathId
from balas.api.trace_schemas import Replay, TraceItem, TracePage, TraceQuery, TraceSummary
from balas.conversations import responses, traces
from balas.conversations.archive import Place
from balas.database.session import reading
from balas.runtime import Runtime

router = protected_router(Area.CONVERSATIONS)


@router.get("/traces", summary="How answers came about, newest first")
def list_traces(runtime: RuntimeDep, query: Annotated[TraceQuery, Query()]) -> TracePage:
    pager = Pager(runtime.secrets.api_key, "traces", query.limit, query.cursor)
    wanted = traces.TraceFilter(query.since, query.until, query.outcome, query.conversation_id)
    with reading(runtime.database) as session:
        rows = traces.page(session, wanted, pager.after, pager.rows_wanted)
    page, next_cursor = pager.cut(rows, lambda row: Place(row[0].created_at, row[0].id))
    return TracePage(items=[TraceSummary.of(*row) for row in page], next_cursor=next_cursor)


@router.get("/traces/{turn_id}", summary="How one answer came about")
def get_trace(runtime: RuntimeDep, turn_id: PathId) -> TraceItem:
    return kept(runtime, turn_id)


@router.post("/traces/{turn_id}/replay", summary="Ask the same question again, now")
def replay_trace(runtime: RuntimeDep, turn_id: PathId) -> Replay:
    """The same messages, history and audience against the present documents and settings. Nothing is sent and nothing
    is kept; calls of a model count against the day's caps."""
    return replayed(runtime, turn_id)


def kept(runtime: Runtime, turn_id: int) -> TraceItem:
    with reading(runtime.database) as session:
        return TraceItem.of(*traces.one(session, turn_id))


def replayed(runtime: Runtime, turn_id: int) -> Replay:
    with reading(runtime.database) as session:
        figures, old = traces.one(session, turn_id)
        question, missing = traces.question(session, old)
    answer = runtime.answered(question)
    new = responses.record(answer, None)
    found = traces.differences(old, new)
    return Replay.of(TraceItem.of(figures, old), new, answer.usage.prompt_tokens, found, missing)
