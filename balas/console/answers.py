"""Approved answers: list them, write one, change it, delete it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from balas import audit
from balas.audit import Action
from balas.console import terms_form
from balas.console.guard import AdminRoute
from balas.console.pages import page, utc_offset
from balas.console.parameters import RowId
from balas.console.state import runtime_of
from balas.console.terms_form import TermsForm
from balas.console.wording import LocalTime
from balas.conversations import gap_listing, gaps
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest, NotFound
from balas.knowledge import approved_answers, sources, terms
from balas.knowledge.approved_answers import Kept, Pair
from balas.models import GapState
from balas.ports import JobName, Ring

SHOWN = 50

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


class AnswerForm(TermsForm):
    questions: str = ""  # one a line
    answer: str = ""
    language: str = ""
    gap: RowId | None = None

    def pair(self) -> Pair:
        return Pair.of(self.questions.splitlines(), self.answer)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form shows."""

    id: int | None
    fields: dict[str, str]
    gap: gap_listing.GapView | None = None
    error: str = ""


@router.get("/answers")
def answers(request: Request, q: str = "", before: RowId | None = None) -> Response:
    time, at = LocalTime(utc_offset(request)), datetime.now(UTC)
    with reading(runtime_of(request).database) as session:
        rows = approved_answers.page(session, limit=SHOWN + 1, before_id=before, q=q.strip() or None)
    older = rows[SHOWN - 1].document.id if len(rows) > SHOWN else None
    cards = [_card(kept, time, utc_offset(request), at) for kept in rows[:SHOWN]]
    return page(request, "answers.html", answers=cards, q=q, older=older)


@router.get("/answers/new")
def new(request: Request, gap: RowId | None = None) -> Response:
    fields = {**terms_form.fields(None, 0), "questions": "", "answer": "", "language": ""}
    view = None
    if gap is not None:
        with reading(runtime_of(request).database) as session:
            view = gap_listing.get(session, gap)
        if view is None:
            raise NotFound("This gap is gone: its questions were erased or grew too old.")
        fields |= {"questions": "\n".join([view.question, *view.also]), "answer": view.reply}
        fields |= {"language": view.language}
    return _form(request, Draft(None, fields, view))


@router.post("/answers/new")
def add(request: Request, form: Annotated[AnswerForm, Form()]) -> Response:
    runtime = runtime_of(request)
    try:
        upload = approved_answers.upload(
            form.pair(),
            key=None,
            language=_language(form),
            audience=form.audiences(),
            terms=form.terms(utc_offset(request)),
        )
    except InvalidRequest as error:
        return _form(request, Draft(None, _sent(form), error=str(error)), 422)
    with transaction(runtime.database) as session:
        document = sources.receive(session, upload, now(session)).document
        audit.record(session, Action.ANSWER_APPROVED, document.id)
        if form.gap is not None and not gaps.settle(session, form.gap, GapState.ANSWERED, document.id):
            raise NotFound("This gap is gone: its questions were erased or grew too old.")
    runtime.queue.ring(Ring(JobName.INGEST_DOCUMENT, document.id))
    return RedirectResponse("/gaps" if form.gap is not None else "/answers", status_code=303)


@router.get("/answers/{answer_id}")
def edit(request: Request, answer_id: RowId) -> Response:
    with reading(runtime_of(request).database) as session:
        kept = approved_answers.get(session, answer_id)
    fields = terms_form.fields(kept.document, utc_offset(request))
    fields |= {"questions": "\n".join(kept.pair.questions), "answer": kept.pair.answer}
    return _form(request, Draft(answer_id, {**fields, "language": kept.document.language or ""}))


@router.post("/answers/{answer_id}")
def save(request: Request, answer_id: RowId, form: Annotated[AnswerForm, Form()]) -> Response:
    runtime = runtime_of(request)
    try:
        with transaction(runtime.database) as session:
            document = approved_answers.get(session, answer_id).document
            upload = approved_answers.upload(
                form.pair(),
                key=None,
                language=_language(form),
                audience=form.audiences(),
                terms=form.terms(utc_offset(request), terms.of(document)),
            )
            waits = sources.revise(session, document, upload, now(session))
            audit.record(session, Action.ANSWER_CHANGED, answer_id)
    except InvalidRequest as error:
        return _form(request, Draft(answer_id, _sent(form), error=str(error)), 422)
    if waits:
        runtime.queue.ring(Ring(JobName.INGEST_DOCUMENT, answer_id))
    return RedirectResponse("/answers", status_code=303)


@router.post("/answers/{answer_id}/delete")
def delete(request: Request, answer_id: RowId) -> Response:
    with transaction(runtime_of(request).database) as session:
        sources.remove(session, approved_answers.get(session, answer_id).document.id, now(session))
        gaps.reopen(session, answer_id)
        audit.record(session, Action.ANSWER_DELETED, answer_id)
    return Response(status_code=204, headers={"HX-Redirect": "/answers"})


def _form(request: Request, draft: Draft, status: int = 200) -> Response:
    with reading(runtime_of(request).database) as session:
        known = terms_form.known(session)
    response = page(request, "answer.html", draft=draft, known=known)
    response.status_code = status
    return response


def _sent(form: AnswerForm) -> dict[str, str]:
    sent = form.model_dump(exclude={"form_token", "gap"})
    return {**sent, "audience": form.audience or "", "gap": str(form.gap or "")}


def _language(form: AnswerForm) -> str | None:
    return form.language if form.language.isalpha() and len(form.language) <= 3 else None


def _card(kept: Kept, time: LocalTime, offset: int, at: datetime) -> dict[str, Any]:
    document = kept.document
    return {
        "id": document.id,
        "question": kept.pair.questions[0],
        "also": list(kept.pair.questions[1:]),
        "answer": kept.pair.answer,
        "tags": terms_form.tags(document, offset, at),
        "status": document.status,
        "error": document.error,
        "changed": time.brief(document.updated_at, at),
    }
