"""Gaps as people read them: each in the wording of the question that represents the others best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from balas.conversations.archive import Place
from balas.models import Document, Gap, GapQuestion, GapState, Message

EXAMPLES = 5  # other wordings that are shown


@dataclass(frozen=True, slots=True)
class Wanted:
    since: datetime | None = None
    until: datetime | None = None
    state: GapState | None = GapState.OPEN  # None: all


@dataclass(slots=True)
class GapView:
    id: int
    state: str
    document_id: int | None  # the answer that was written for it
    messages: int
    people: int
    first_asked_at: datetime
    last_asked_at: datetime
    question: str = ""
    language: str = ""
    also: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    passages: list[dict[str, Any]] = field(default_factory=list)
    replied: int = 0  # questions that a person of the team answered by hand
    reply: str = ""  # the latest of those answers


def page(session: Session, wanted: Wanted, after: Place | None, limit: int) -> list[GapView]:
    """The latest asked first."""
    counted = _counted(wanted).subquery()
    last, gap_id = counted.c.last_asked_at, counted.c.gap_id
    query = select(Gap, counted).join(counted, gap_id == Gap.id)
    if after is not None:
        query = query.where((last <= after.at) & ((last < after.at) | (gap_id < after.id)))
    return _views(session, query, wanted, (last.desc(), gap_id.desc()), limit)


def most_asked(session: Session, wanted: Wanted, limit: int) -> list[GapView]:
    """Those that most people asked first."""
    counted = _counted(wanted).subquery()
    query = select(Gap, counted).join(counted, counted.c.gap_id == Gap.id)
    order = (counted.c.people.desc(), counted.c.messages.desc(), counted.c.last_asked_at.desc(), Gap.id.desc())
    return _views(session, query, wanted, order, limit)


def get(session: Session, gap_id: int) -> GapView | None:
    counted = _counted(Wanted(state=None)).subquery()
    query = select(Gap, counted).join(counted, counted.c.gap_id == Gap.id).where(Gap.id == gap_id)
    found = _views(session, query, Wanted(state=None), (Gap.id,), 1)
    return found[0] if found else None


def count_open(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(Gap).where(Gap.state == GapState.OPEN)).one()


def _counted(wanted: Wanted) -> Any:
    return (
        select(
            GapQuestion.gap_id,
            func.count().label("messages"),
            func.count(GapQuestion.user_id.distinct()).label("people"),
            func.min(GapQuestion.asked_at).label("first_asked_at"),
            func.max(GapQuestion.asked_at).label("last_asked_at"),
            func.count(GapQuestion.reply_message_id).label("replied"),
        )
        .where(GapQuestion.gap_id.is_not(None), *_within(wanted))
        .group_by(GapQuestion.gap_id)
    )


def _within(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(GapQuestion.asked_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(GapQuestion.asked_at < wanted.until)
    return conditions


def _views(session: Session, query: Any, wanted: Wanted, order: tuple[Any, ...], limit: int) -> list[GapView]:
    if wanted.state is not None:
        query = query.where(Gap.state == wanted.state)
    rows = session.execute(query.order_by(*order).limit(limit)).all()
    views = {row.Gap.id: _view(row) for row in rows}
    _tell(session, views, wanted)
    return list(views.values())


def _view(row: Row[Any]) -> GapView:
    gap: Gap = row.Gap
    return GapView(
        id=gap.id,
        state=gap.state,
        document_id=gap.document_id,
        messages=row.messages,
        people=row.people,
        first_asked_at=row.first_asked_at,
        last_asked_at=row.last_asked_at,
        replied=row.replied,
    )


def _tell(session: Session, views: dict[int, GapView], wanted: Wanted) -> None:
    """Their wordings, from their questions: the one nearest to all others first."""
    columns = (
        GapQuestion.gap_id,
        GapQuestion.text,
        GapQuestion.language,
        GapQuestion.passages,
        GapQuestion.reply_message_id,
    )
    query = select(*columns).where(GapQuestion.gap_id.in_(views), *_within(wanted))
    replies: dict[int, int] = {}
    for row in session.execute(query.order_by(GapQuestion.closeness.desc(), GapQuestion.id)):
        view = views[row.gap_id]
        if not view.question:
            view.question, view.language, view.passages = row.text, row.language, list(row.passages)
        elif row.text != view.question and row.text not in view.also and len(view.also) < EXAMPLES:
            view.also.append(row.text)
        if row.language and row.language not in view.languages:
            view.languages.append(row.language)
        if row.reply_message_id is not None:
            replies[row.gap_id] = max(replies.get(row.gap_id, 0), row.reply_message_id)
    messages = session.scalars(select(Message).where(Message.id.in_(replies.values())))
    texts = {message.id: message.text for message in messages}
    for gap_id, message_id in replies.items():
        views[gap_id].reply = texts.get(message_id, "")
    _drop_deleted(session, list(views.values()))


def _drop_deleted(session: Session, views: Sequence[GapView]) -> None:
    """Passages of documents that are gone by now are not shown."""
    named = {passage["document_id"] for view in views for passage in view.passages}
    there = set(session.scalars(select(Document.id).where(Document.id.in_(named), Document.deleted_at.is_(None))))
    for view in views:
        view.passages = [passage for passage in view.passages if passage["document_id"] in there]
