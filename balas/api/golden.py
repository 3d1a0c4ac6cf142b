"""/api/golden: questions whose answers are known, and what changes did to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.gate_schemas import GateReportItem, GateReportPage
from balas.api.golden_schemas import (
    Drafted,
    DraftRequest,
    GoldenChanges,
    GoldenItem,
    GoldenPage,
    GoldenQuery,
    NewGolden,
    RunRequest,
)
from balas.api.paging import Pager
from balas.api.parameters import Listing, PathId
from balas.conversations.archive import Place
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.knowledge import golden, regression, reports
from balas.knowledge.golden import Draft
from balas.runtime import Runtime

router = protected_router(Area.KNOWLEDGE)


@router.get("/golden", summary="Golden questions, newest first")
def list_golden(runtime: RuntimeDep, query: Annotated[GoldenQuery, Query()]) -> GoldenPage:
    pager = Pager(runtime.secrets.api_key, "golden", query.limit, query.cursor)
    before_id = pager.after.id if pager.after else None
    with reading(runtime.database) as session:
        rows = golden.page(
            session,
            limit=pager.rows_wanted,
            before_id=before_id,
            approved=query.approved,
            document_id=query.document_id,
        )
    page, next_cursor = pager.cut(rows, lambda row: Place(row.created_at, row.id))
    return GoldenPage(items=[GoldenItem.of(row) for row in page], next_cursor=next_cursor)


@router.post("/golden", status_code=201, summary="Add a golden question")
def add_golden(runtime: RuntimeDep, request: NewGolden) -> GoldenItem:
    """What is expected is a document, a text, both, or that no answer is given."""
    return added(runtime, request)


@router.post("/golden/draft", summary="Draft golden questions from documents or past answers")
def draft_golden(runtime: RuntimeDep, request: DraftRequest) -> Drafted:
    """Drafts wait for a person to approve them; until then they decide nothing. No model is asked."""
    rows, left_out = regression.draft(
        runtime.database, runtime.gate, document_id=request.document_id, chats=request.chats, limit=request.limit
    )
    return Drafted(items=[GoldenItem.of(row) for row in rows], left_out=left_out)


@router.post("/golden/run", summary="Ask all approved golden questions now")
def run_golden(runtime: RuntimeDep, request: RunRequest) -> GateReportItem:
    """The results are compared with those of the last time. Nothing is sent to anybody."""
    return asked(runtime, written=request.written)


@router.get("/golden/reports", summary="What changes did to the golden questions, newest first")
def list_reports(runtime: RuntimeDep, query: Annotated[Listing, Query()]) -> GateReportPage:
    """Every run, and every change of documents by which a question fell."""
    pager = Pager(runtime.secrets.api_key, "reports", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = reports.page(session, limit=pager.rows_wanted, before_id=pager.after.id if pager.after else None)
    page, next_cursor = pager.cut(rows, lambda row: Place(row.created_at, row.id))
    return GateReportPage(items=[GateReportItem.of(row) for row in page], next_cursor=next_cursor)


@router.get("/golden/{golden_id}", summary="One golden question")
def get_golden(runtime: RuntimeDep, golden_id: PathId) -> GoldenItem:
    with reading(runtime.database) as session:
        return GoldenItem.of(golden.get(session, golden_id))


@router.patch("/golden/{golden_id}", summary="Change a golden question")
def change_golden(runtime: RuntimeDep, golden_id: PathId, request: GoldenChanges) -> GoldenItem:
    changes: dict[str, Any] = request.model_dump(exclude_unset=True)
    is_approved = changes.pop("approved", None)
    for name in ("question", "audience", "must_abstain"):
        if changes.get(name, "") is None:
            del changes[name]
    with transaction(runtime.database) as session:
        at = now(session)
        row = golden.change(session, golden_id, changes, at) if changes else golden.get(session, golden_id)
        if is_approved is not None:
            row = golden.approve(session, golden_id, at, is_approved=is_approved)
        return GoldenItem.of(row)


@router.delete("/golden/{golden_id}", status_code=204, summary="Delete a golden question")
def delete_golden(runtime: RuntimeDep, golden_id: PathId) -> None:
    with transaction(runtime.database) as session:
        golden.remove(session, golden_id)


@router.post("/golden/{golden_id}/approve", summary="Let a golden question count")
def approve_golden(runtime: RuntimeDep, golden_id: PathId) -> GoldenItem:
    with transaction(runtime.database) as session:
        return GoldenItem.of(golden.approve(session, golden_id, now(session)))


def added(runtime: Runtime, request: NewGolden) -> GoldenItem:
    draft = Draft(**request.model_dump(exclude={"approved"}))
    with transaction(runtime.database) as session:
        return GoldenItem.of(golden.add(session, draft, now(session), is_approved=request.approved))


def asked(runtime: Runtime, *, written: bool) -> GateReportItem:
    pay = runtime.paid if written and runtime.gate.writes else None
    return GateReportItem.of(regression.run(runtime.database, runtime.gate, pay))
