"""Golden questions as rows: kept, changed, approved. Functions take a Session, never commit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.errors import Conflict, InvalidRequest, NotFound
from balas.models import Document, GateReport, GoldenQuestion, Origin
from balas.rag.measuring.golden import Golden
from balas.rag.words.lexical import folded

FIELDS = ("question", "language", "audience", "document_id", "expected", "must_abstain")


@dataclass(frozen=True, slots=True)
class Draft:
    """A golden question that is not kept yet."""

    question: str
    language: str | None = None
    audience: str = "public"
    document_id: int | None = None
    expected: str | None = None  # each line must be said
    must_abstain: bool = False
    origin: str = Origin.OPERATOR
    turn_id: int | None = None

    @property
    def key(self) -> str:
        said = " ".join(folded(self.question).split())
        return hashlib.sha256(f"{self.audience}\0{said}".encode("utf-8", "replace")).hexdigest()

    @property
    def golden(self) -> Golden:
        return Golden(
            0, self.question, self.language, self.audience, self.document_id, self.expected, self.must_abstain
        )


def golden_of(row: GoldenQuestion) -> Golden:
    return Golden(row.id, row.question, row.language, row.audience, row.document_id, row.expected, row.must_abstain)


def page(
    session: Session,
    *,
    limit: int,
    before_id: int | None = None,
    approved: bool | None = None,
    document_id: int | None = None,
) -> list[GoldenQuestion]:
    """Newest first, those before `before_id`."""
    query = select(GoldenQuestion).order_by(GoldenQuestion.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(GoldenQuestion.id < before_id)
    if approved is not None:
        query = query.where(_is_approved if approved else ~_is_approved)
    if document_id is not None:
        query = query.where(GoldenQuestion.document_id == document_id)
    return list(session.scalars(query))


_is_approved = GoldenQuestion.approved_at.is_not(None)


def approved(session: Session) -> list[GoldenQuestion]:
    """Those that decide, in the order in which they came."""
    return list(session.scalars(select(GoldenQuestion).where(_is_approved).order_by(GoldenQuestion.id)))


def any_approved(session: Session) -> bool:
    return session.scalars(select(GoldenQuestion.id).where(_is_approved).limit(1)).first() is not None


def get(session: Session, golden_id: int) -> GoldenQuestion:
    row = session.get(GoldenQuestion, golden_id)
    if row is None:
        raise NotFound("There is no golden question with this id.")
    return row


def unknown(session: Session, drafts: Sequence[Draft]) -> list[Draft]:
    """Those that are not kept yet, each once."""
    by_key = {draft.key: draft for draft in reversed(drafts)}
    known = select(GoldenQuestion.question_key).where(GoldenQuestion.question_key.in_(by_key))
    there = set(session.scalars(known))
    return [draft for draft in drafts if draft.key not in there and by_key[draft.key] is draft]


def add(session: Session, draft: Draft, now: datetime, *, is_approved: bool) -> GoldenQuestion:
    """Raises `InvalidRequest` when nothing is expected, `Conflict` when it is there already."""
    _check(session, draft)
    if not unknown(session, [draft]):
        raise Conflict("This question is there already, for the same audience: change that one.")
    row = GoldenQuestion(question_key=draft.key, origin=draft.origin, turn_id=draft.turn_id, created_at=now)
    for name in FIELDS:
        setattr(row, name, getattr(draft, name))
    row.approved_at = now if is_approved else None
    row.updated_at = now
    session.add(row)
    session.flush()
    if row.origin == Origin.OPERATOR:
        audit.record(session, Action.GOLDEN_ADDED, row.id)
    return row


def change(session: Session, golden_id: int, changes: Mapping[str, Any], now: datetime) -> GoldenQuestion:
    """Raises as `add` does. Its results so far are forgotten; an approval stays, since a person changed it."""
    row = get(session, golden_id)
    draft = Draft(**{name: getattr(row, name) for name in FIELDS} | dict(changes))
    _check(session, draft)
    if draft.key != row.question_key and not unknown(session, [draft]):
        raise Conflict("Another golden question asks this already, for the same audience.")
    for name in FIELDS:
        setattr(row, name, getattr(draft, name))
    row.question_key, row.updated_at = draft.key, now
    forget_results(row)
    audit.record(session, Action.GOLDEN_CHANGED, golden_id)
    return row


def approve(session: Session, golden_id: int, now: datetime, *, is_approved: bool = True) -> GoldenQuestion:
    row = get(session, golden_id)
    if is_approved is (row.approved_at is None):
        audit.record(session, Action.GOLDEN_APPROVED if is_approved else Action.GOLDEN_WITHDRAWN, golden_id)
    row.approved_at = (row.approved_at or now) if is_approved else None
    row.updated_at = now
    return row


def remove(session: Session, golden_id: int) -> None:
    """A question from a chat must leave no words in reports: an erasure of its person would not find them later."""
    row = get(session, golden_id)
    session.delete(row)
    session.flush()
    if row.turn_id is not None:
        GateReport.forget(session, {golden_id})
    audit.record(session, Action.GOLDEN_DELETED, golden_id)


def forget_results(row: GoldenQuestion) -> None:
    row.quoted = row.written = None


def _check(session: Session, draft: Draft) -> None:
    expects = bool(draft.document_id or (draft.expected or "").strip())
    if not draft.question.strip():
        raise InvalidRequest("A golden question needs a question.")
    if expects == draft.must_abstain:
        raise InvalidRequest("Say what is expected: a document, a text, or that no answer is given; not both.")
    if draft.document_id is not None:
        document = session.get(Document, draft.document_id)
        if document is None or document.deleted_at is not None:
            raise InvalidRequest("The expected document is not there.")
