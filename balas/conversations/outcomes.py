"""What became of a bubble: sent, later or dead, and what its chat waits for next."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, exists, select
from sqlalchemy.orm import Session

from balas.conversations import endings, turns
from balas.conversations.outbox import Parcel, is_overdue, place
from balas.database.claims import change, update_where, write_row
from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.errors import LeaseLost
from balas.models import OPEN_SENDS, OPEN_TURNS, Message, OutboxMessage, OutboxState, Turn, TurnState
from balas.ports import JobName, Ring, SentMessage
from balas.values import Role

UNKNOWN = "send outcome unknown"  # it may have been shown: nothing tries it again by itself

_BUBBLE = select(
    OutboxMessage.id,
    OutboxMessage.dedupe_key,
    OutboxMessage.conversation_id,
    OutboxMessage.turn_id,
    OutboxMessage.state,
    OutboxMessage.text,
    OutboxMessage.bare_id,
    OutboxMessage.waha_message_id,
).where(OutboxMessage.id == bindparam("outbox_id"))
_open_bubble = (OutboxMessage.conversation_id == bindparam("of_conversation"), OutboxMessage.state.in_(OPEN_SENDS))
NEXT_BUBBLE = select(OutboxMessage.id).where(*_open_bubble).order_by(*place(OutboxMessage)).limit(1)
# What is asked once a bubble is on the phone, of its turn and of its chat.
_AFTERWARDS = select(
    select(Turn.answer).where(Turn.id == bindparam("answered_turn")).scalar_subquery().label("answer"),
    NEXT_BUBBLE.scalar_subquery().label("bubble"),
    exists().where(*_open_bubble, OutboxMessage.turn_id == bindparam("its_turn")).label("has_more"),
    exists()
    .where(
        Turn.conversation_id == bindparam("of_conversation"),
        Turn.state.in_(OPEN_TURNS),
        Turn.id != bindparam("its_turn"),
    )
    .label("has_turn"),
)

Bubble = Row[*tuple[Any, ...]]


def mark_sent(
    session: Session, outbox_id: int, token: str | None, sent: SentMessage | None, now: datetime
) -> Ring | None:
    """The bubble is on the phone: archive it, close its turn with the last one, and tell what comes next."""
    row = _found(session, outbox_id)
    if row.state == OutboxState.SENT:
        return next_ring(session, row.conversation_id, now)
    found = {"bare_id": sent.bare_id, "waha_message_id": sent.waha_message_id} if sent else {}
    changes = {"state": OutboxState.SENT, "sent_at": now, "lease_until": None, "reason": None, **found}
    if token is None:  # an echo of our own message proves it: who holds the lease must not send it once more
        write_row(session, OutboxMessage, outbox_id, **changes, lease_token=None)
    else:
        change(session, OutboxMessage, outbox_id, token, **changes)
    asked = {
        "of_conversation": row.conversation_id,
        "its_turn": row.turn_id or 0,
        "answered_turn": row.turn_id or 0 if row.dedupe_key.endswith(":0") else 0,
    }
    after = execute(session, _AFTERWARDS, asked).one()
    _archive(session, row, after.answer, sent, now)
    return _settle(session, row, after, now)


def _found(session: Session, outbox_id: int) -> Bubble:
    row = execute(session, _BUBBLE, {"outbox_id": outbox_id}).first()
    if row is None:
        raise LeaseLost("this bubble's person was erased meanwhile")
    return row


def mark_dead(session: Session, outbox_id: int, token: str, reason: str, now: datetime) -> Ring | None:
    row = _found(session, outbox_id)
    dead = {"state": OutboxState.DEAD, "reason": reason[:255], "lease_until": None}
    change(session, OutboxMessage, outbox_id, token, **dead)
    return _bury(session, row, reason, now)


def expire(session: Session, outbox_id: int, reason: str, now: datetime) -> Ring | None:
    """A bubble past its deadline is dead, unless somebody works on it by now."""
    dead = {"state": OutboxState.DEAD, "reason": reason[:255], "lease_until": None, "lease_token": None}
    if not update_where(session, OutboxMessage, OutboxMessage.id == outbox_id, *is_overdue(now), **dead):
        return None
    return _bury(session, _found(session, outbox_id), reason, now)


def _bury(session: Session, row: Bubble, reason: str, now: datetime) -> Ring | None:
    if row.turn_id is not None:
        # The rest of an answer whose beginning is missing would only confuse.
        update_where(
            session,
            OutboxMessage,
            OutboxMessage.turn_id == row.turn_id,
            OutboxMessage.state == OutboxState.QUEUED,
            state=OutboxState.CANCELLED,
            reason=reason[:255],
        )
        endings.finish(session, row.turn_id, TurnState.DEAD, now, reason)
    return next_ring(session, row.conversation_id, now)


def park(
    session: Session,
    parcel: Parcel,
    token: str | None,
    state: OutboxState,
    reason: str,
    now: datetime,
    seconds: float | None,
    *,
    looked: bool = False,
    unsent: bool = False,
) -> Ring:
    """Let go of the bubble until later; QUEUED when surely nothing was sent, SENDING while that is not known.

    Without a token it was not claimed yet, and is only put off. `looked`: WAHA was searched and answered. `unsent`:
    the send that was begun surely did not reach WAHA, and does not count as one.
    """
    wait = seconds or min(60.0, 2.0**parcel.attempts) * random.uniform(0.75, 1.25)  # noqa: S311 jitter
    # However long WAHA asks us to wait: its chat waits with it, and is free again at the deadline.
    wait = min(wait, max(1.0, (parcel.deadline_at - now).total_seconds()))
    at = now + timedelta(seconds=wait)
    looks = parcel.looks + looked
    changes: dict[str, Any] = {
        "state": state,
        "lease_until": None,
        "next_attempt_at": at,
        "looks": looks,
        "reason": reason[:255],
    }
    if token is None:
        changes["attempts"] = OutboxMessage.attempts + 1
        update_where(
            session, OutboxMessage, OutboxMessage.id == parcel.id, OutboxMessage.state == OutboxState.QUEUED, **changes
        )
    else:
        changes |= {"sends": OutboxMessage.sends - 1} if unsent else {}
        change(session, OutboxMessage, parcel.id, token, **changes)
    return Ring(JobName.SEND_TO_WAHA, parcel.id, delay_seconds=wait)


def _archive(
    session: Session, row: Bubble, answer: dict[str, Any] | None, sent: SentMessage | None, now: datetime
) -> None:
    values = {
        "conversation_id": row.conversation_id,
        "turn_id": row.turn_id,
        "outbox_id": row.id,
        "role": Role.ASSISTANT,
        "text": row.text,
        "kind": "text",
        "waha_message_id": sent.waha_message_id if sent else row.waha_message_id or row.bare_id,
        "rag_context": answer,
        "llm_tokens": answer.get("tokens") if answer else None,
        "response_time_ms": answer.get("response_time_ms") if answer else None,
        "created_at": now,
    }
    insert_once(session, Message, [values])


def _settle(session: Session, row: Bubble, after: Row[*tuple[Any, ...]], now: datetime) -> Ring | None:
    """The turn is answered with its last bubble. Returns what its chat waits for next: a bubble, or else a turn."""
    if row.state == OutboxState.DEAD and row.turn_id is not None:
        unsaid = select(OutboxMessage.id).where(
            OutboxMessage.turn_id == row.turn_id, OutboxMessage.state != OutboxState.SENT
        )
        if session.scalars(unsaid.limit(1)).first() is None:
            endings.answered_after_all(session, row.turn_id, now)
    elif row.turn_id is not None and not after.has_more:
        endings.finish(session, row.turn_id, TurnState.ANSWERED, now)
    if after.bubble is not None:
        return Ring(JobName.SEND_TO_WAHA, after.bubble)
    return _turn_ring(session, row.conversation_id, now) if after.has_turn else None


def next_ring(session: Session, conversation_id: int, now: datetime) -> Ring | None:
    """What this chat waits for next: its next bubble, else its next turn."""
    bubble = execute(session, NEXT_BUBBLE, {"of_conversation": conversation_id}).scalar()
    return _turn_ring(session, conversation_id, now) if bubble is None else Ring(JobName.SEND_TO_WAHA, bubble)


def _turn_ring(session: Session, conversation_id: int, now: datetime) -> Ring | None:
    turn = turns.next_open(session, conversation_id)
    if turn is None:
        return None
    turn_id, due_at = turn
    return Ring(JobName.GENERATE_RESPONSE, turn_id, delay_seconds=max(0.0, (due_at - now).total_seconds()))
