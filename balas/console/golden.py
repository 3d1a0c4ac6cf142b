"""Checks: questions whose answers are known, drafts that wait for approval, and what changes did to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from balas.console.guard import AdminRoute
from balas.console.pages import page, utc_offset
from balas.console.parameters import RowId
from balas.console.state import runtime_of
from balas.console.wording import LocalTime
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.knowledge import golden, regression, reports, sources
from balas.knowledge.golden import Draft
from balas.models import GateReport, GoldenQuestion
from balas.rag.measuring.golden import Result

SHOWN = 200
REPORTS_SHOWN = 10
DRAFTED = 20  # of a document
OUTCOMES = {
    "passed": ("good", "All hold"),
    "warned": ("warn", "Live, but questions fell"),
    "held": ("warn", "Waits for you"),
    "published": ("warn", "Published by you"),
    "discarded": ("", "Discarded by you"),
    "refused": ("warn", "Not deleted"),
}
CAUSES = {"settings": "Settings or version changed", "run": "Asked by hand", "deletion": "Deleted: "}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.get("/golden")
def questions(request: Request) -> Response:
    time = LocalTime(utc_offset(request))
    with reading(runtime_of(request).database) as session:
        drafts = golden.page(session, limit=SHOWN, approved=False)
        known = golden.page(session, limit=SHOWN, approved=True)
        documents = sources.page(session, limit=SHOWN)
        told = reports.page(session, limit=REPORTS_SHOWN)
    titles = {row.id: row.title for row in documents}
    shown = [_card(row, titles) for row in known]
    return page(
        request,
        "golden.html",
        drafts=[_card(row, titles) for row in drafts],
        known=sorted(shown, key=lambda card: card["state"] != "fails"),
        failing=sum(card["state"] == "fails" for card in shown),
        documents=documents,
        reports=[_report(row, time) for row in told],
        mode=runtime_of(request).gate.mode,
    )


@router.post("/golden")
def add(
    request: Request,
    question: Annotated[str, Form()] = "",
    expected: Annotated[str, Form()] = "",
    document: Annotated[RowId | None, Form()] = None,
    must_abstain: Annotated[bool, Form()] = False,
) -> Response:
    draft = Draft(
        question.strip(),
        document_id=document if not must_abstain else None,
        expected=(expected.strip() or None) if not must_abstain else None,
        must_abstain=must_abstain,
    )
    with transaction(runtime_of(request).database) as session:
        golden.add(session, draft, now(session), is_approved=True)
    return _again()


@router.post("/golden/draft")
def draft(request: Request, chats: bool = False) -> Response:
    runtime = runtime_of(request)
    regression.draft(runtime.database, runtime.gate, chats=chats, limit=DRAFTED)
    return _again()


@router.post("/golden/run")
def run(request: Request) -> Response:
    runtime = runtime_of(request)
    regression.run(runtime.database, runtime.gate)
    return _again()


@router.post("/golden/approve")
def approve_all(request: Request) -> Response:
    """All that are shown: what came meanwhile nobody has read."""
    with transaction(runtime_of(request).database) as session:
        for row in golden.page(session, limit=SHOWN, approved=False):
            golden.approve(session, row.id, now(session))
    return _again()


@router.post("/golden/{golden_id}/approve")
def approve(request: Request, golden_id: RowId) -> Response:
    with transaction(runtime_of(request).database) as session:
        golden.approve(session, golden_id, now(session))
    return Response("")  # in place of the draft: nothing


@router.post("/golden/{golden_id}/delete")
def delete(request: Request, golden_id: RowId) -> Response:
    with transaction(runtime_of(request).database) as session:
        golden.remove(session, golden_id)
    return Response("")


def _again() -> Response:
    return Response(status_code=204, headers={"HX-Redirect": "/golden"})


def _card(row: GoldenQuestion, titles: dict[int, str]) -> dict[str, Any]:
    result = Result.of(row.quoted) if row.quoted else None
    return {
        "id": row.id,
        "question": row.question,
        "expected": (row.expected or "").splitlines(),
        "must_abstain": row.must_abstain,
        "document_id": row.document_id,
        "document": titles.get(row.document_id or 0, "a deleted document" if row.document_id else ""),
        "state": "" if result is None else "holds" if result.passes else "fails",
        "answer": result.answer if result else "",
    }


def _report(row: GateReport, time: LocalTime) -> dict[str, Any]:
    tone, said = OUTCOMES.get(row.outcome, ("", row.outcome))
    after = row.after
    return {
        "subject": CAUSES.get(row.cause, "") + (row.subject if row.cause in {"document", "deletion"} else ""),
        "href": f"/documents/{row.document_id}" if row.document_id and row.cause == "document" else "",
        "detail": row.subject if row.cause == "settings" else "",
        "tone": tone,
        "said": said if row.falls or row.outcome != "warned" else "All hold",
        "passing": f"{after.get('passing', 0)} of {after.get('questions', 0)}",
        "falls": row.falls,
        "when": time.brief(row.created_at, datetime.now(UTC)),
    }
