"""/api/gaps: what people asked and the documents did not answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Annotated

from fastapi import Query, Response

from balas.api.deps import CsvRoute, RuntimeDep, protected_router
from balas.api.gap_schemas import GapItem, GapPage, GapQuery, GapSpan
from balas.api.paging import Pager
from balas.api.parameters import PathId
from balas.conversations import gap_listing, gaps
from balas.conversations.archive import Place
from balas.conversations.gap_listing import GapView
from balas.database.session import reading, transaction
from balas.errors import NotFound
from balas.models import GapState

EXPORTED = 10_000
COLUMNS = (
    *("question", "messages", "people", "first_asked_at", "last_asked_at", "languages", "state"),
    *("other_wordings", "nearest", "reply"),
)
_EXAMPLE = ",".join(COLUMNS) + "\r\nDo you deliver on Sunday?,7,5,2026-03-01T07:00:00+00:00,…\r\n"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

router = protected_router("gaps")
table_router = protected_router("gaps", route_class=CsvRoute)


@router.get("/gaps", summary="Gaps, the latest asked first")
def list_gaps(runtime: RuntimeDep, query: Annotated[GapQuery, Query()]) -> GapPage:
    """Counts are of what was asked within `since` and `until`."""
    pager = Pager(runtime.secrets.api_key, "gaps", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = gap_listing.page(session, query.wanted(), pager.after, pager.rows_wanted)
    page, next_cursor = pager.cut(rows, lambda view: Place(view.last_asked_at, view.id))
    return GapPage(items=[GapItem.of(view) for view in page], next_cursor=next_cursor)


@table_router.get(
    "/gaps.csv",
    summary="Gaps as a table, those of most people first",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
)
def export_gaps(runtime: RuntimeDep, query: Annotated[GapSpan, Query()]) -> Response:
    """UTF-8. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    with reading(runtime.database) as session:
        found = gap_listing.most_asked(session, query.wanted(), EXPORTED)
    return Response(table(found), media_type="text/csv; charset=utf-8", headers=as_file("gaps.csv"))


@router.get("/gaps/{gap_id}", summary="One gap")
def get_gap(runtime: RuntimeDep, gap_id: PathId) -> GapItem:
    with reading(runtime.database) as session:
        view = gap_listing.get(session, gap_id)
    if view is None:
        raise NotFound("There is no such gap any more.")
    return GapItem.of(view)


@router.post("/gaps/{gap_id}/dismiss", status_code=204, summary="Leave a gap open for good")
def dismiss_gap(runtime: RuntimeDep, gap_id: PathId) -> None:
    """The same question asked again belongs to it and does not come back."""
    with transaction(runtime.database) as session:
        if not gaps.settle(session, gap_id, GapState.DISMISSED):
            raise NotFound("There is no such gap any more.")


def table(found: Iterable[GapView]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for view in found:
        nearest = "; ".join(dict.fromkeys(str(passage["title"]) for passage in view.passages))
        asked = (view.first_asked_at.isoformat(), view.last_asked_at.isoformat())
        told = (" ".join(view.languages), view.state, "\n".join(view.also), nearest, view.reply)
        cells = (view.question, view.messages, view.people, *asked, *told)
        writer.writerow(_plain(cell) for cell in cells)
    return "\ufeff" + file.getvalue()  # without the mark spreadsheets take it for another charset


def _plain(cell: object) -> object:
    """People's words, never a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell


def as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
