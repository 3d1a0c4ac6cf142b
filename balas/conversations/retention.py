"""What was said long ago loses its words; who wrote when, and the books, stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, null, or_, select
from sqlalchemy.orm import Session

from balas.conversations import gaps
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


def blank(session: Session, before: datetime, limit: int) -> int:
    """Blank a batch of each table and return how many rows that were; 0: nothing older has words any more."""
    has_words = or_(InboxMessage.text.is_not(None), InboxMessage.content.is_not(None), InboxMessage.raw.is_not(None))
    old_letters = (InboxMessage.received_at < before, InboxMessage.state.not_in(OPEN_STATES), has_words)
    old_turns = (Turn.created_at < before, Turn.state.not_in(OPEN_TURNS), Turn.answer.is_not(None))
    old_bubbles = (OutboxMessage.created_at < before, OutboxMessage.state.not_in(OPEN_SENDS), OutboxMessage.text != "")
    old_messages = (Message.created_at < before, Message.text != "")
    of_chat = (GoldenQuestion.turn_id.is_not(None), GoldenQuestion.approved_at.is_(None))
    old_drafts = (*of_chat, GoldenQuestion.created_at < before)
    return (
        _dropped(session, old_drafts, limit)
        + _batch(session, InboxMessage, old_letters, limit, text=None, content=None, raw=None, pending=False)
        # null(): None would be written as the JSON word, which is something.
        + _batch(session, Turn, old_turns, limit, answer=null())
        + _batch(session, OutboxMessage, old_bubbles, limit, text="")
        + _forgotten_gaps(session, before, limit)
        + _batch(session, Message, old_messages, limit, text="", rag_context=null())
    )


def _forgotten_gaps(session: Session, before: datetime, limit: int) -> int:
    """Deleted, not blanked: a gap is made of the words of its questions."""
    ids = session.scalars(select(GapQuestion.id).where(GapQuestion.asked_at < before).limit(limit)).all()
    return gaps.forget(session, GapQuestion.id.in_(ids)) if ids else 0


def _batch(
    session: Session, model: type[Any], conditions: tuple[ColumnElement[bool], ...], limit: int, **changes: Any
) -> int:
    ids = session.scalars(select(model.id).where(*conditions).order_by(model.id).limit(limit)).all()
    return update_where(session, model, model.id.in_(ids), **changes) if ids else 0


def _dropped(session: Session, conditions: tuple[ColumnElement[bool], ...], limit: int) -> int:
    """Drafts from chats that nobody approved. An approved one is the operator's own, and stays."""
    ids = session.scalars(select(GoldenQuestion.id).where(*conditions).order_by(GoldenQuestion.id).limit(limit)).all()
    session.execute(delete(GoldenQuestion).where(GoldenQuestion.id.in_(ids)))
    return len(ids)
