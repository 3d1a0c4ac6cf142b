"""Old messages lose their words; who wrote when, and the books, stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from balas.conversations import drafts, gaps
from balas.database.claims import update_where
from balas.models import (
    OPEN_SENDS,
    OPEN_STATES,
    OPEN_TURNS,
    GapQuestion,
    GoldenQuestion,
    InboxMessage,
    Message,
    OutboxMessage,
    Turn,
)

AGAIN = timedelta(days=1)  # from the beginning: what was still open, or was put back in line, is blanked then


@dataclass(frozen=True, slots=True)
class _Words:
    """Where a table keeps what was said."""

    model: type[Any]
    at: InstrumentedAttribute[datetime]
    spoken: Sequence[ColumnElement[bool]]  # it has words that nobody works on any more
    blank: Mapping[str, Any]


_LETTERS = or_(InboxMessage.text.is_not(None), InboxMessage.content.is_not(None), InboxMessage.raw.is_not(None))
_WORDS = (
    _Words(
        InboxMessage,
        InboxMessage.received_at,
        (InboxMessage.state.not_in(OPEN_STATES), _LETTERS),
        {"text": None, "content": None, "raw": None, "pending": False},
    ),
    # null(): None would be written as the JSON word, which is something.
    _Words(Turn, Turn.created_at, (Turn.state.not_in(OPEN_TURNS), Turn.answer.is_not(None)), {"answer": null()}),
    _Words(
        OutboxMessage,
        OutboxMessage.created_at,
        (OutboxMessage.state.not_in(OPEN_SENDS), OutboxMessage.text != ""),
        {"text": ""},
    ),
    _Words(Message, Message.created_at, (Message.text != "",), {"text": "", "rag_context": null()}),
)


@dataclass(slots=True)
class Marks:
    """How far each table is known to be blank, so that old rows are not read again and again."""

    passed: dict[str, int] = field(default_factory=dict)  # by table: everything old up to this id is blank
    whole: set[str] = field(default_factory=set)  # tables that were looked through to their end
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class Old:
    """Ids of a batch of each table."""

    before: datetime
    spoken: Mapping[str, Sequence[int]]  # by table
    drafts: Sequence[int]
    gap_questions: Sequence[int]

    def __bool__(self) -> bool:
        return any([*self.spoken.values(), self.drafts, self.gap_questions])


def old(session: Session, marks: Marks, before: datetime, limit: int) -> Old:
    """What is to be blanked next. Looking may take long: it is for a snapshot, which keeps nobody from writing."""
    if marks.began is None or before - marks.began >= AGAIN:
        marks.passed, marks.whole, marks.began = {}, set(), before
    # Drafts from chats that nobody approved. An approved one is the operator's own, and stays.
    of_chat = (GoldenQuestion.turn_id.is_not(None), GoldenQuestion.approved_at.is_(None))
    drafted = select(GoldenQuestion.id).where(*of_chat, GoldenQuestion.created_at < before)
    asked = select(GapQuestion.id).where(GapQuestion.asked_at < before)
    return Old(
        before,
        {words.model.__tablename__: _found(session, marks, words, before, limit) for words in _WORDS},
        session.scalars(drafted.order_by(GoldenQuestion.id).limit(limit)).all(),
        session.scalars(asked.limit(limit)).all(),
    )


def blank(session: Session, found: Old) -> int:
    """Blank them, and return how many rows that were. A letter that was put back in line meanwhile is left alone."""
    rows = 0
    for words in _WORDS:
        if ids := found.spoken[words.model.__tablename__]:
            still = (words.model.id.in_(ids), words.at < found.before, *words.spoken)
            rows += update_where(session, words.model, *still, **words.blank)
    if found.drafts:
        unapproved = (GoldenQuestion.id.in_(found.drafts), GoldenQuestion.approved_at.is_(None))
        drafts.forget(session, *unapproved)
    # Deleted, not blanked: a gap is made of the words of its questions.
    forgotten = gaps.forget(session, GapQuestion.id.in_(found.gap_questions)) if found.gap_questions else 0
    return rows + len(found.drafts) + forgotten


def _found(session: Session, marks: Marks, words: _Words, before: datetime, limit: int) -> Sequence[int]:
    table, model = words.model.__tablename__, words.model
    passed = marks.passed.get(table, 0)
    query = select(model.id).where(model.id > passed, words.at < before, *words.spoken)
    young = _first_young(session, words, before, passed)
    if table in marks.whole:
        query = query.where(model.id < young)
    ids = session.scalars(query.order_by(model.id).limit(limit)).all()
    if not ids:
        marks.whole.add(table)
    marks.passed[table] = ids[0] - 1 if ids else max(passed, young - 1)
    return ids


def _first_young(session: Session, words: _Words, before: datetime, low: int) -> int:
    """The id from which rows are younger, by halving: ids and times grow together, but for a few rows."""
    model = words.model
    high = (session.scalar(select(func.max(model.id))) or 0) + 1
    while low + 1 < high:
        middle = (low + high) // 2
        row = session.execute(select(model.id, words.at).where(model.id >= middle).order_by(model.id).limit(1)).one()
        if row[1] < before:
            low = row[0]
        else:
            high = middle
    return high
