"""Checks: questions whose answers are known, drafts that wait for approval, and what changes did to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from balas.console import terms_form
from balas.console.guard import AdminRoute
from balas.console.pages import page, utc_offset
from balas.console.parameters import RowId
from balas.console.state import runtime_of
from balas.console.terms_form import TermsForm
from balas.console.wording import LocalTime
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import Conflict, InvalidRequest
from balas.knowledge import golden, regression, reports, sources
from balas.knowledge.golden import Draft
from balas.models import GateReport, GoldenQuestion
from balas.rag.measuring.golden import Result
from balas.values import PUBLIC

SHOWN = 200
REPORTS_SHOWN = 10
DRAFTED = 20  # of a document
OUTCOMES = {
    "passed": ("good", "All as expected"),
    "warned": ("warn", "Live, but something got worse"),
    "held": ("warn", "Waits for you"),
    "published": ("warn", "Published by you"),
    "discarded": ("", "Discarded by you"),
    "refused": ("warn", "Not deleted"),
}
CAUSES = {"settings": "Settings or version changed", "run": "Asked by hand", "deletion": "Deleted: "}

EMPTY = {"question": "", "expected": "", "document": "", "audience": "", "must_abstain": ""}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


class GoldenForm(BaseModel):
    """As sent by the page: "" where nothing is given."""

    question: str = ""
    expected: str = ""  # each line must be said
    document: RowId | None = None
    audience: str = ""
    must_abstain: bool = False
    form_token: str = ""

    def expectation(self) -> dict[str, Any]:
        """What a draft is made of. Where nothing may be answered, nothing else is expected."""
        return {
            "question": self.question.strip(),
            "audience": TermsForm(audience=self.audience).audiences() or PUBLIC,
            "document_id": None if self.must_abstain else self.document,
            "expected": None if self.must_abstain else self.expected.strip() or None,
            "must_abstain": self.must_abstain,
        }


@router.get("/golden")
def questions(request: Request) -> Response:
    time = LocalTime(utc_offset(request))
    with reading(runtime_of(request).database) as session:
        drafts = golden.page(session, limit=SHOWN, approved=False)
        known = golden.page(session, limit=SHOWN, approved=True)
        documents = sources.page(session, limit=SHOWN)
        told = reports.page(session, limit=REPORTS_SHOWN)
        audiences = terms_form.known(session)["audiences"]
    titles = {row.id: row.title for row in documents}
    shown = [_card(row, titles) for row in known]
    return page(
        request,
        "golden.html",
        drafts=[_card(row, titles) for row in drafts],
        known=sorted(shown, key=lambda card: card["state"] != "fails"),
        failing=sum(card["state"] == "fails" for card in shown),
        documents=documents,
        audiences=audiences,
        empty=EMPTY,
        reports=[_report(row, time) for row in told],
        mode=runtime_of(request).gate.mode,
    )


@router.post("/golden")
def add(request: Request, form: Annotated[GoldenForm, Form()]) -> Response:
    with transaction(runtime_of(request).database) as session:
        golden.add(session, Draft(**form.expectation()), now(session), is_approved=True)
    return _again()


@router.post("/golden/draft")
def draft(request: Request, chats: bool = False) -> Response:
    runtime = runtime_of(request)
    rows, _ = regression.draft(runtime.database, runtime.gate, chats=chats, limit=DRAFTED)
    if not rows:
        where = "answers given in chats" if chats else "documents"
        raise Conflict(f"Nothing new to draft: the {where} hold no question that is not here already.")
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
    return _where_one_was()


@router.post("/golden/{golden_id}/delete")
def delete(request: Request, golden_id: RowId) -> Response:
    with transaction(runtime_of(request).database) as session:
        golden.remove(session, golden_id)
    return _where_one_was()


@router.get("/golden/{golden_id}")
def edit(request: Request, golden_id: RowId) -> Response:
    with reading(runtime_of(request).database) as session:
        row = golden.get(session, golden_id)
    values = {"question": row.question, "expected": row.expected or "", "document": str(row.document_id or "")}
    values |= {"audience": "" if row.audience == PUBLIC else row.audience.replace(",", ", ")}
    return _form(request, golden_id, {**values, "must_abstain": "true" if row.must_abstain else ""})


@router.post("/golden/{golden_id}")
def save(request: Request, golden_id: RowId, form: Annotated[GoldenForm, Form()]) -> Response:
    try:
        with transaction(runtime_of(request).database) as session:
            golden.change(session, golden_id, form.expectation(), now(session))
    except (Conflict, InvalidRequest) as error:
        sent = form.model_dump(exclude={"form_token"}) | {"document": str(form.document or "")}
        return _form(request, golden_id, {name: str(sent[name] or "") for name in EMPTY}, error)
    return RedirectResponse("/golden", status_code=303)


def _form(
    request: Request, golden_id: int, values: dict[str, str], error: Conflict | InvalidRequest | None = None
) -> Response:
    with reading(runtime_of(request).database) as session:
        documents = sources.page(session, limit=SHOWN)
        audiences = terms_form.known(session)["audiences"]
    shown = {"values": values, "documents": documents, "audiences": audiences, "problem": str(error or "")}
    response = page(request, "golden_question.html", golden_id=golden_id, **shown)
    response.status_code = error.status if error else 200
    return response


def _where_one_was() -> Response:
    """The same page with its counts; the browser keeps where one was on it."""
    return Response(status_code=204, headers={"HX-Refresh": "true"})


def _again() -> Response:
    return Response(status_code=204, headers={"HX-Redirect": "/golden"})


def _card(row: GoldenQuestion, titles: dict[int, str]) -> dict[str, Any]:
    result = Result.of(row.quoted) if row.quoted else None
    return {
        "id": row.id,
        "question": row.question,
        "expected": (row.expected or "").splitlines(),
        "must_abstain": row.must_abstain,
        "audience": "" if row.audience == PUBLIC else row.audience.replace(",", ", "),
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
        "said": said if row.falls or row.outcome != "warned" else "All as expected",
        "passing": f"{after.get('passing', 0)} of {after.get('questions', 0)}",
        "falls": row.falls,
        "when": time.brief(row.created_at, datetime.now(UTC)),
    }
