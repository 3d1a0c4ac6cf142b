"""The outbox: bubbles that are written down before they are sent, and sent in order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from balas.conversations import turns
from balas.database.claims import change, claim, insert_once, update_where
from balas.models import (
    OPEN_SENDS,
    Conversation,
    InboxMessage,
    Message,
    OutboxMessage,
    OutboxState,
    Turn,
    TurnState,
)
from balas.ports import JobName, Ring, SentMessage
from balas.values import Role

# A send is given up after 30 s; nobody looks into a send that may still be running.
SEND_LEASE_SECONDS = 40.0
DEADLINE = timedelta(minutes=15)


class Errand(StrEnum):
    SEND = "send"
    RECONCILE = "reconcile"  # a send was begun and its outcome is not known


@dataclass(frozen=True, slots=True)
class Parcel:
    """A bubble as `send_to_waha` needs it."""

    id: int
    errand: Errand
    waha_session: str
    chat_id: str
    text: str
    reply_to: str | None
    bare_id: str | None
    attempts: int
    sends: int
    looks: int
    canary: str | None  # bare id of the person's newest message: WAHA must still know it if its store can be read


def enqueue(
    session: Session,
    conversation: Conversation,
    chat_id: str,
    parts: Sequence[str],
    key: str,
    now: datetime,
    *,
    turn_id: int | None = None,
    reply_to: str | None = None,
) -> int:
    """Write the bubbles down, once for each key; return the first one's id."""
    rows = [
        {
            "dedupe_key": f"{key}:{position}",
            "conversation_id": conversation.id,
            "turn_id": turn_id,
            "waha_session": conversation.waha_session,
            "chat_id": chat_id,
            "text": text,
            "reply_to": reply_to if position == 0 else None,
            "state": OutboxState.QUEUED,
            "attempts": 0,
            "sends": 0,
            "looks": 0,
            "deadline_at": now + DEADLINE,
            "created_at": now,
        }
        for position, text in enumerate(parts)
    ]
    table = OutboxMessage.__table__
    assert isinstance(table, Table)  # noqa: S101 narrows the type
    insert_once(session, table, rows)
    return session.scalars(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == f"{key}:0")).one()


def peek(session: Session, outbox_id: int, now: datetime) -> Parcel | None:
    """The bubble, if it is open, due and first in its chat's line."""
    row = session.get(OutboxMessage, outbox_id)
    if row is None or row.state not in OPEN_SENDS or (row.next_attempt_at is not None and row.next_attempt_at > now):
        return None
    earlier = select(OutboxMessage.id).where(
        OutboxMessage.conversation_id == row.conversation_id,
        OutboxMessage.state.in_(OPEN_SENDS),
        OutboxMessage.id < row.id,
    )
    if session.scalars(earlier.limit(1)).first() is not None:
        return None
    return Parcel(
        id=row.id,
        errand=Errand.SEND if row.state == OutboxState.QUEUED else Errand.RECONCILE,
        waha_session=row.waha_session,
        chat_id=row.chat_id,
        text=row.text,
        reply_to=row.reply_to,
        bare_id=row.bare_id,
        attempts=row.attempts,
        sends=row.sends,
        looks=row.looks,
        canary=_newest_inbound(session, row) if row.state == OutboxState.SENDING else None,
    )


def _newest_inbound(session: Session, row: OutboxMessage) -> str | None:
    query = select(InboxMessage.bare_id).where(
        InboxMessage.waha_session == row.waha_session,
        InboxMessage.chat_id == row.chat_id,
        InboxMessage.from_me.is_(False),
        InboxMessage.kind == "message",
        InboxMessage.received_at <= row.created_at,
    )
    return session.scalars(query.order_by(InboxMessage.id.desc()).limit(1)).first()


def begin_send(session: Session, parcel: Parcel, bare_id: str | None, now: datetime) -> str | None:
    """Take the lease and say, before the send, that one is begun and under which id. None: somebody else has it."""
    return claim(
        session,
        OutboxMessage,
        parcel.id,
        now,
        OutboxMessage.state == OutboxState.QUEUED,
        lease_seconds=SEND_LEASE_SECONDS,
        state=OutboxState.SENDING,
        bare_id=bare_id,
        attempted_at=now,
        sends=OutboxMessage.sends + 1,
    )


def begin_resend(session: Session, parcel: Parcel, token: str, now: datetime) -> None:
    """Say that a further send of a bubble that is not on the phone begins, under the same id."""
    change(
        session,
        OutboxMessage,
        parcel.id,
        token,
        attempted_at=now,
        sends=OutboxMessage.sends + 1,
        looks=0,
        lease_until=now + timedelta(seconds=SEND_LEASE_SECONDS),
    )


def owned_ids(session: Session, waha_session: str, bare_ids: Sequence[str]) -> set[str]:
    """Those of the ids that belong to a bubble of ours already."""
    query = select(OutboxMessage.bare_id).where(
        OutboxMessage.waha_session == waha_session, OutboxMessage.bare_id.in_(bare_ids)
    )
    return {bare_id for bare_id in session.scalars(query) if bare_id}


def claim_doubtful(session: Session, parcel: Parcel, now: datetime) -> str | None:
    """Take the lease of a begun send, to find out what became of it."""
    return claim(session, OutboxMessage, parcel.id, now, OutboxMessage.state == OutboxState.SENDING)


def mark_sent(
    session: Session, outbox_id: int, token: str | None, sent: SentMessage | None, now: datetime
) -> Ring | None:
    """The bubble is on the phone: archive it, close its turn with the last one, and tell what comes next."""
    row = session.get_one(OutboxMessage, outbox_id, populate_existing=True)
    if row.state == OutboxState.SENT:
        return next_ring(session, row.conversation_id, now)
    found = {"bare_id": sent.bare_id, "waha_message_id": sent.waha_message_id} if sent else {}
    changes = {"state": OutboxState.SENT, "sent_at": now, "lease_until": None, "reason": None, **found}
    if token is None:  # an echo of our own message proves it, whoever holds the lease
        update_where(session, OutboxMessage, OutboxMessage.id == outbox_id, **changes)
    else:
        change(session, OutboxMessage, outbox_id, token, **changes)
    session.refresh(row)
    _archive(session, row, now)
    return _settle(session, row, TurnState.ANSWERED, now)


def mark_dead(session: Session, outbox_id: int, token: str | None, reason: str, now: datetime) -> Ring | None:
    row = session.get_one(OutboxMessage, outbox_id, populate_existing=True)
    changes = {"state": OutboxState.DEAD, "reason": reason[:255], "lease_until": None}
    if token is None:
        update_where(
            session, OutboxMessage, OutboxMessage.id == outbox_id, OutboxMessage.state.in_(OPEN_SENDS), **changes
        )
    else:
        change(session, OutboxMessage, outbox_id, token, **changes)
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
        turns.finish(session, row.turn_id, TurnState.DEAD, now, reason)
    return next_ring(session, row.conversation_id, now)


def park(
    session: Session,
    parcel: Parcel,
    token: str | None,
    state: OutboxState,
    reason: str,
    now: datetime,
    seconds: float | None,
) -> Ring:
    """Let go of the bubble until later; QUEUED when surely nothing was sent, SENDING while that is not known.

    Without a token it was not claimed yet, and is only put off.
    """
    wait = seconds or min(60.0, 2.0**parcel.attempts) * random.uniform(0.75, 1.25)  # noqa: S311 jitter
    at = now + timedelta(seconds=wait)
    looks = parcel.looks + (parcel.errand is Errand.RECONCILE)
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
        change(session, OutboxMessage, parcel.id, token, **changes)
    return Ring(JobName.SEND_TO_WAHA, parcel.id, delay_seconds=wait)


def _archive(session: Session, row: OutboxMessage, now: datetime) -> None:
    turn = session.get(Turn, row.turn_id) if row.turn_id is not None else None
    answer = turn.answer if turn is not None and turn.answer else {}
    first = row.dedupe_key.endswith(":0")
    values = {
        "conversation_id": row.conversation_id,
        "turn_id": row.turn_id,
        "outbox_id": row.id,
        "role": Role.ASSISTANT,
        "text": row.text,
        "kind": "text",
        "waha_message_id": row.waha_message_id or row.bare_id,
        "rag_context": answer if first and answer else None,
        "llm_tokens": answer.get("tokens") if first else None,
        "response_time_ms": answer.get("response_time_ms") if first else None,
        "created_at": now,
    }
    table = Message.__table__
    assert isinstance(table, Table)  # noqa: S101 narrows the type
    insert_once(session, table, [values])


def _settle(session: Session, row: OutboxMessage, state: TurnState, now: datetime) -> Ring | None:
    if row.turn_id is not None:
        remaining = select(OutboxMessage.id).where(
            OutboxMessage.turn_id == row.turn_id, OutboxMessage.state.in_(OPEN_SENDS)
        )
        if session.scalars(remaining.limit(1)).first() is None:
            turns.finish(session, row.turn_id, state, now)
    return next_ring(session, row.conversation_id, now)


def next_ring(session: Session, conversation_id: int, now: datetime) -> Ring | None:
    """What this chat waits for next: its next bubble, else its next turn."""
    query = select(OutboxMessage.id).where(
        OutboxMessage.conversation_id == conversation_id, OutboxMessage.state.in_(OPEN_SENDS)
    )
    bubble = session.scalars(query.order_by(OutboxMessage.id).limit(1)).first()
    if bubble is not None:
        return Ring(JobName.SEND_TO_WAHA, bubble)
    turn = turns.next_open(session, conversation_id)
    if turn is None:
        return None
    return Ring(JobName.GENERATE_RESPONSE, turn.id, delay_seconds=max(0.0, (turn.due_at - now).total_seconds()))


def unfinished(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Due bubbles that nobody works on."""
    query = select(OutboxMessage.id).where(
        OutboxMessage.state.in_(OPEN_SENDS),
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < now),
        or_(OutboxMessage.next_attempt_at.is_(None), OutboxMessage.next_attempt_at <= now),
    )
    return session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()


def overdue(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Bubbles past their deadline whose send never began: they are dead, so that their chats go on."""
    query = select(OutboxMessage.id).where(
        OutboxMessage.state == OutboxState.QUEUED,
        OutboxMessage.deadline_at < now,
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < now),
    )
    return session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()
