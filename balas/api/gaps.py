"""/api/gaps: what people asked and the documents did not answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from balas.api.admission import Area
from balas.api.deps import CsvRoute, RuntimeDep, protected_router
from balas.api.gap_schemas import GapItem, GapPage, GapQuery, GapSpan
from balas.api.paging import Pager
from balas.api.parameters import PathId
from balas.conversations import gap_listing, gaps
from balas.conversations.archive import Place
from balas.conversations.gap_table import COLUMNS, EXPORTED, HEADERS, MEDIA_TYPE, table
from balas.database.session import reading, transaction
from balas.errors import NotFound
from balas.models import GapState

_EXAMPLE = ",".join(COLUMNS) + "\r\nDo you deliver on Sunday?,7,5,2026-03-01T07:00:00+00:00,…\r\n"

router = protected_router(Area.CONVERSATIONS)
table_router = protected_router(Area.CONVERSATIONS, route_class=CsvRoute)


@router.get("/gaps", summary="Gaps, those asked most recently first")
def list_gaps(runtime: RuntimeDep, query: Annotated[GapQuery, Query()]) -> GapPage:
    """Counts are of the questions asked from `since` until `until`."""
    pager = Pager(runtime.secrets.api_key, "gaps", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = gap_listing.page(session, query.wanted(), pager.after, pager.rows_wanted)
    page, next_cursor = pager.cut(rows, lambda view: Place(view.last_asked_at, view.id))
    return GapPage(items=[GapItem.of(view) for view in page], next_cursor=next_cursor)


@table_router.get(
    "/gaps.csv",
    summary="Gaps as a table, those asked by most people first",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
def export_gaps(runtime: RuntimeDep, query: Annotated[GapSpan, Query()]) -> Response:
    """UTF-8. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    with reading(runtime.database) as session:
        found = gap_listing.most_asked(session, query.wanted(), EXPORTED)
    return Response(table(found), media_type=MEDIA_TYPE, headers=HEADERS)


@router.get("/gaps/{gap_id}", summary="One gap")
def get_gap(runtime: RuntimeDep, gap_id: PathId) -> GapItem:
    with reading(runtime.database) as session:
        view = gap_listing.get(session, gap_id)
    if view is None:
        raise NotFound("There is no such gap any more.")
    return GapItem.of(view)


@router.post("/gaps/{gap_id}/dismiss", status_code=204, summary="Dismiss a gap: it is left unanswered on purpose")
def dismiss_gap(runtime: RuntimeDep, gap_id: PathId) -> None:
    """The same question, asked again, belongs to the dismissed gap and does not bring it back."""
    with transaction(runtime.database) as session:
        if not gaps.settle(session, gap_id, GapState.DISMISSED):
            raise NotFound("There is no such gap any more.")
