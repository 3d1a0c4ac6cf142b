"""Questions that the documents did not answer: written down together with the answer, grouped by meaning later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.conversations import turns
from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.models import Gap, GapQuestion, GapState, Message
from balas.values import Answer

NEAREST = 3  # passages kept with a question
_SETTLED = {
    GapState.OPEN: Action.GAP_OPENED,
    GapState.ANSWERED: Action.GAP_ANSWERED,
    GapState.DISMISSED: Action.GAP_DISMISSED,
}
REPLY_WITHIN = timedelta(days=3)  # what a person of the team writes later is about something else


def note(session: Session, work: turns.Work, answer: Answer, now: datetime) -> None:
    """Write down what the answer left open. Safe to run twice."""
    lines = {line["question"]: line for line in answer.trace.get("lines", ())}
    rows = [
        {
            "turn_id": work.turn_id,
            "conversation_id": work.conversation_id,
            "user_id": work.user_id,
            "position": position,
            "text": question,
            "language": answer.language[:8],
            "passages": [_nearest(hit) for hit in lines.get(question, {}).get("hits", ())[:NEAREST]],
            "closeness": 0.0,
            "asked_at": now,
        }
        for position, question in enumerate(dict.fromkeys(answer.trace.get("unanswered", ())))
    ]
    if rows:
        insert_once(session, GapQuestion, rows)


def _nearest(hit: dict[str, object]) -> dict[str, object]:
    return {name: hit.get(name) for name in ("document_id", "title", "page", "text")}


def note_reply(session: Session, conversation_id: int, inbox_id: int, now: datetime) -> None:
    """A person of the team has written: perhaps the answer to what was left open."""
    message_id = session.scalars(select(Message.id).where(Message.inbox_id == inbox_id)).first()
    update_where(
        session,
        GapQuestion,
        GapQuestion.conversation_id == conversation_id,
        GapQuestion.reply_message_id.is_(None),
        GapQuestion.asked_at > now - REPLY_WITHIN,
        GapQuestion.asked_at <= now,
        reply_message_id=message_id,
        replied_at=now,
    )


def settle(session: Session, gap_id: int, state: GapState, document_id: int | None = None) -> bool:
    """Dismiss a gap, open it again, or say which answer was written for it; False: there is no such gap."""
    gap = session.get(Gap, gap_id, with_for_update=True)
    if gap is None:
        return False
    gap.state, gap.document_id = state, document_id
    audit.record(session, _SETTLED[state], gap_id)
    return True


def reopen(session: Session, document_id: int) -> None:
    """The answer that was written for them is gone."""
    update_where(session, Gap, Gap.document_id == document_id, state=GapState.OPEN, document_id=None)


def forget(session: Session, *conditions: ColumnElement[bool]) -> int:
    """Delete questions, and the gaps that nobody else asked; how many questions."""
    removed = session.execute(delete(GapQuestion).where(*conditions).execution_options(synchronize_session=False))
    tidy(session)
    assert isinstance(removed, CursorResult)  # noqa: S101 narrows the type
    return removed.rowcount


# ---- gathering -------------------------------------------------------------------------------------------------------


def ungathered(session: Session, limit: int) -> Sequence[GapQuestion]:
    query = select(GapQuestion).where(GapQuestion.gap_id.is_(None))
    return session.scalars(query.order_by(GapQuestion.id).limit(limit)).all()


def gathered(session: Session, model: str, size: int, limit: int) -> Sequence[GapQuestion]:
    """The latest questions that belong to a gap, by this model in this size of vectors, oldest first."""
    query = select(GapQuestion).where(GapQuestion.gap_id.is_not(None), GapQuestion.vector_model == model)
    query = query.where(func.length(GapQuestion.vector) == size)
    return session.scalars(query.order_by(GapQuestion.id.desc()).limit(limit)).all()[::-1]


def open_gap(session: Session, now: datetime) -> int:
    gap = Gap(state=GapState.OPEN, created_at=now)
    session.add(gap)
    session.flush()
    return gap.id


def place(session: Session, question_id: int, gap_id: int, model: str, vector: bytes) -> bool:
    """Put a question into a gap; False: its person was erased meanwhile. An answered gap is open again, since its
    answer did not reach this question."""
    changes = {"gap_id": gap_id, "vector_model": model, "vector": vector}
    if not update_where(session, GapQuestion, GapQuestion.id == question_id, **changes):
        return False
    update_where(session, Gap, Gap.id == gap_id, Gap.state == GapState.ANSWERED, state=GapState.OPEN, document_id=None)
    return True


def tidy(session: Session) -> int:
    """Delete gaps whose questions are all gone."""
    empty = select(Gap.id).where(~select(GapQuestion.id).where(GapQuestion.gap_id == Gap.id).exists())
    ids = session.scalars(empty).all()
    for gap_id in ids:
        session.delete(session.get_one(Gap, gap_id))
    session.flush()
    return len(ids)
