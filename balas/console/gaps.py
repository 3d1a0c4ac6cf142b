"""Gaps: what people asked and the documents did not answer, each one step from an approved answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from balas.console.guard import AdminRoute
from balas.console.pages import page, utc_offset
from balas.console.parameters import Moment, RowId
from balas.console.state import runtime_of
from balas.console.wording import LocalTime
from balas.conversations import gap_listing, gaps
from balas.conversations.gap_listing import GapView, Wanted
from balas.conversations.gap_table import EXPORTED, HEADERS, MEDIA_TYPE, table
from balas.database.session import reading, transaction
from balas.errors import NotFound
from balas.models import GapState
from balas.rag.words.language_names import LANGUAGE_NAMES

SHOWN = 100
SPANS = {"7": "7 days", "30": "30 days", "": "All time"}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.get("/gaps")
def listed(request: Request, days: str = "", state: str = "open") -> Response:
    chosen = GapState(state) if state in set(GapState) else GapState.OPEN
    at = datetime.now(UTC)
    since = at - timedelta(days=int(days)) if days in SPANS and days else None
    with reading(runtime_of(request).database) as session:
        views = gap_listing.most_asked(session, Wanted(since, None, chosen), SHOWN)
    time = LocalTime(utc_offset(request))
    return page(
        request,
        "gaps.html",
        gaps=[_card(view, time, at) for view in views],
        days=days if days in SPANS else "",
        spans=SPANS,
        state=chosen.value,
        states={"open": "Open", "answered": "Answered", "dismissed": "Dismissed"},
        since=since.isoformat() if since else "",
    )


@router.get("/gaps/table.csv")
def exported(request: Request, state: str = "open", since: Moment | None = None) -> Response:
    chosen = GapState(state) if state in set(GapState) else GapState.OPEN
    with reading(runtime_of(request).database) as session:
        views = gap_listing.most_asked(session, Wanted(since, None, chosen), EXPORTED)
    return Response(table(views), media_type=MEDIA_TYPE, headers=HEADERS)


@router.post("/gaps/{gap_id}/{state}")
def settle(request: Request, gap_id: RowId, state: str) -> Response:
    """Dismiss a gap, or open it again."""
    if state not in {"dismissed", "open"}:
        raise NotFound("There is nothing at this address. Check the link.")
    with transaction(runtime_of(request).database) as session:
        if not gaps.settle(session, gap_id, GapState(state)):
            raise NotFound("This gap is gone: its questions were erased or grew too old.")
    return Response(status_code=204, headers={"HX-Refresh": "true"})


def _card(view: GapView, time: LocalTime, at: datetime) -> dict[str, Any]:
    return {
        "id": view.id,
        "question": view.question,
        "also": view.also,
        "messages": view.messages,
        "people": view.people,
        "last": time.brief(view.last_asked_at, at),
        "languages": ", ".join(LANGUAGE_NAMES.get(language, language) for language in view.languages),
        "passages": view.passages,
        "replied": view.replied,
        "reply": view.reply,
        "answer_id": view.document_id,
        "state": view.state,
    }
