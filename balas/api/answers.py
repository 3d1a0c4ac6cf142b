"""/api/answers: answers that somebody approved. They are sent as written, before anything from documents."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas import audit
from balas.api.admission import Area
from balas.api.answer_schemas import AnswerBody, AnswerItem, AnswerPage, AnswerQuery
from balas.api.deps import RuntimeDep, protected_router
from balas.api.idempotency import IdempotentRoute
from balas.api.paging import Pager
from balas.api.parameters import PathId
from balas.audit import Action
from balas.conversations import gaps
from balas.conversations.archive import Place
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import NotFound
from balas.knowledge import approved_answers, sources
from balas.knowledge.approved_answers import Kept, Pair
from balas.knowledge.uploads import Terms
from balas.models import GapState
from balas.ports import JobName, Ring
from balas.runtime import Runtime

router = protected_router(Area.KNOWLEDGE, route_class=IdempotentRoute)


@router.get("/answers", summary="Approved answers, newest first")
def list_answers(runtime: RuntimeDep, query: Annotated[AnswerQuery, Query()]) -> AnswerPage:
    pager = Pager(runtime.secrets.api_key, "answers", query.limit, query.cursor)
    before_id = pager.after.id if pager.after else None
    with reading(runtime.database) as session:
        rows = approved_answers.page(
            session, limit=pager.rows_wanted, before_id=before_id, q=query.q, category=query.category
        )
        page, next_cursor = pager.cut(rows, lambda kept: Place(kept.document.created_at, kept.document.id))
        return AnswerPage(items=[AnswerItem.of(kept) for kept in page], next_cursor=next_cursor)


@router.post("/answers", status_code=202, summary="Approve an answer")
def add_answer(runtime: RuntimeDep, body: AnswerBody) -> AnswerItem:
    """It is stored when this call returns, and found as soon as its `status` is `indexed`, a moment later. The gap that
    it closes is `answered` from then on."""
    return AnswerItem.of(added(runtime, body.pair(), body.language, body.audience, body.said(), body.gap_id))


@router.get("/answers/{answer_id}", summary="One approved answer")
def get_answer(runtime: RuntimeDep, answer_id: PathId) -> AnswerItem:
    with reading(runtime.database) as session:
        return AnswerItem.of(approved_answers.get(session, answer_id))


@router.put("/answers/{answer_id}", status_code=202, summary="Replace an approved answer")
def put_answer(runtime: RuntimeDep, answer_id: PathId, body: AnswerBody) -> AnswerItem:
    """The former answer is sent until the new one is indexed, a moment later. A new period and a narrower audience hold
    at once, a wider audience comes with the new answer. What is left out stays as it was."""
    return AnswerItem.of(changed(runtime, answer_id, body.pair(), body.language, body.audience, body.said()))


@router.delete("/answers/{answer_id}", status_code=204, summary="Delete an approved answer: it is not sent any more")
def delete_answer(runtime: RuntimeDep, answer_id: PathId) -> None:
    deleted(runtime, answer_id)


def added(
    runtime: Runtime,
    pair: Pair,
    language: str | None,
    audience: str | None,
    terms: Terms | None,
    gap_id: int | None = None,
) -> Kept:
    upload = approved_answers.upload(pair, key=None, language=language, audience=audience, terms=terms)
    with transaction(runtime.database) as session:
        document = sources.receive(session, upload, now(session)).document
        audit.record(session, Action.ANSWER_APPROVED, document.id)
        if gap_id is not None and not gaps.settle(session, gap_id, GapState.ANSWERED, document.id):
            raise NotFound("There is no such gap any more.")
    runtime.queue.ring(Ring(JobName.INGEST_DOCUMENT, document.id))
    return Kept(document, pair)


def deleted(runtime: Runtime, answer_id: int) -> None:
    with transaction(runtime.database) as session:
        sources.remove(session, approved_answers.get(session, answer_id).document.id, now(session))
        gaps.reopen(session, answer_id)
        audit.record(session, Action.ANSWER_DELETED, answer_id)


def changed(
    runtime: Runtime, answer_id: int, pair: Pair, language: str | None, audience: str | None, terms: Terms | None
) -> Kept:
    upload = approved_answers.upload(pair, key=None, language=language, audience=audience, terms=terms)
    with transaction(runtime.database) as session:
        document = approved_answers.get(session, answer_id).document
        waits = sources.revise(session, document, upload, now(session))
        audit.record(session, Action.ANSWER_CHANGED, answer_id)
    if waits:
        runtime.queue.ring(Ring(JobName.INGEST_DOCUMENT, answer_id))
    return Kept(document, pair)
