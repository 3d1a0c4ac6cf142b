"""A person chose one of the near things that they were offered: what they had asked is answered after all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.conversations import gaps
from balas.database.claims import update_where
from balas.models import Analytics, Conversation, GapQuestion, Turn
from balas.rag.quoting.near import key_of
from balas.rag.talk.unknown import UNANSWERED

LOOK_BACK = 5  # answers: an older offer may be replied to


def settle(session: Session, conversation_id: int, turn_id: int, picked: Sequence[str]) -> None:
    """Take the question from the gaps, and the wait for a person that began with it. Safe to run twice.

    Where several questions were open nobody knows which of them is answered: all stay.
    """
    query = select(Turn.id, Turn.answer).where(Turn.conversation_id == conversation_id, Turn.id < turn_id)
    rows = session.execute(query.order_by(Turn.id.desc()).limit(LOOK_BACK)).all()
    wanted = {key_of(name) for name in picked}
    for row in rows:
        trace = (row.answer or {}).get("trace") or {}
        if trace.get("unanswered") and wanted <= {key_of(name) for name in trace.get("near") or ()}:
            if len(trace["unanswered"]) == 1:
                gaps.forget(session, GapQuestion.turn_id == row.id)
                _end_wait(session, conversation_id, row.id)
            return


def _end_wait(session: Session, conversation_id: int, turn_id: int) -> None:
    """If it began with that turn: a wait for something else goes on."""
    began = select(Analytics.created_at).where(Analytics.turn_id == turn_id).scalar_subquery()
    waits = (Conversation.waiting_for == UNANSWERED, Conversation.waiting_since == began)
    update_where(
        session, Conversation, Conversation.id == conversation_id, *waits, waiting_since=None, waiting_for=None
    )
