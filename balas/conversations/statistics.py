"""Figures of a stretch of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from balas.models import Analytics, Citation, Conversation, Document, InboxMessage, InboxState, Message
from balas.values import Role

TOP_DOCUMENTS = 10


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until`; None leaves that side open."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, column: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
        conditions = []
        if self.since is not None:
            conditions.append(column >= self.since)
        if self.until is not None:
            conditions.append(column < self.until)
        return conditions


@dataclass(frozen=True, slots=True)
class TopDocument:
    document_id: int
    title: str
    answers: int  # turns that cite it


@dataclass(frozen=True, slots=True)
class Statistics:
    messages: int
    messages_by_role: dict[str, int]
    users: int  # people who wrote, or were written to
    conversations: int
    answered: int  # turns answered from the documents
    abstained: int  # turns answered with "I do not know"
    smalltalk: int
    handed_over: int  # conversations in which a person of the business wrote
    dead: int  # messages that could not be answered
    latency_p50_ms: int | None
    latency_p95_ms: int | None
    prompt_tokens: int
    completion_tokens: int
    cost: float
    top_documents: list[TopDocument]


def gather(session: Session, span: Span) -> Statistics:
    by_role = _messages_by_role(session, span)
    outcomes, prompt_tokens, completion_tokens, cost = _outcomes(session, span)
    conversations, users = _active(session, span)
    return Statistics(
        messages=sum(by_role.values()),
        messages_by_role=by_role,
        users=users,
        conversations=conversations,
        answered=outcomes.get("answered", 0),
        abstained=outcomes.get("abstained", 0),
        smalltalk=outcomes.get("smalltalk", 0),
        handed_over=_handed_over(session, span),
        dead=_count(
            session, InboxMessage.state == InboxState.DEAD, InboxMessage.counted, *span.holds(InboxMessage.received_at)
        ),
        latency_p50_ms=_percentile(session, span, 0.50),
        latency_p95_ms=_percentile(session, span, 0.95),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=round(cost, 6),
        top_documents=_top_documents(session, span),
    )


def _messages_by_role(session: Session, span: Span) -> dict[str, int]:
    query = select(Message.role, func.count()).where(*span.holds(Message.created_at)).group_by(Message.role)
    found = {role: count for role, count in session.execute(query)}  # noqa: C416 rows, not pairs
    return {role.value: found.get(role, 0) for role in Role}


def _outcomes(session: Session, span: Span) -> tuple[dict[str, int], int, int, float]:
    query = select(
        Analytics.outcome,
        func.count(),
        func.sum(Analytics.prompt_tokens),
        func.sum(Analytics.completion_tokens),
        func.sum(Analytics.cost),
    )
    rows = session.execute(query.where(*span.holds(Analytics.created_at)).group_by(Analytics.outcome)).all()
    # int(): MySQL sums integers to DECIMAL
    return (
        {row[0]: row[1] for row in rows},
        sum(int(row[2]) for row in rows),
        sum(int(row[3]) for row in rows),
        math.fsum(float(row[4]) for row in rows),
    )


def _active(session: Session, span: Span) -> tuple[int, int]:
    spoken = select(Message.conversation_id).where(*span.holds(Message.created_at)).distinct().subquery()
    query = select(func.count(), func.count(Conversation.user_id.distinct())).select_from(Conversation)
    row = session.execute(query.join(spoken, spoken.c.conversation_id == Conversation.id)).one()
    return row[0], row[1]


def _handed_over(session: Session, span: Span) -> int:
    stepped_in = select(func.count(Message.conversation_id.distinct()))
    by_person = stepped_in.where(Message.role == Role.OPERATOR, *span.holds(Message.created_at))
    return session.execute(by_person).scalar_one()


def _percentile(session: Session, span: Span, share: float) -> int | None:
    """Nearest rank, by counting and then skipping: neither SQLite nor MySQL has percentiles."""
    conditions: list[Any] = [Analytics.response_time_ms.is_not(None), *span.holds(Analytics.created_at)]
    total = session.execute(select(func.count()).select_from(Analytics).where(*conditions)).scalar_one()
    if total == 0:
        return None
    query = select(Analytics.response_time_ms).where(*conditions).order_by(Analytics.response_time_ms)
    return session.execute(query.offset(math.ceil(total * share) - 1).limit(1)).scalar_one()


def _top_documents(session: Session, span: Span) -> list[TopDocument]:
    answers = func.count(Citation.turn_id.distinct())
    query = (
        select(Document.id, Document.title, answers)
        .join(Citation, Citation.document_id == Document.id)
        .where(*span.holds(Citation.created_at))
        .group_by(Document.id, Document.title)
        .order_by(answers.desc(), Document.id)
        .limit(TOP_DOCUMENTS)
    )
    return [TopDocument(*row) for row in session.execute(query)]


def _count(session: Session, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> int:
    return session.execute(select(func.count()).select_from(InboxMessage).where(*conditions)).scalar_one()
