"""The outbox: bubbles that are written down before they are sent, and sent in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from balas.database.claims import NOW, change, claim, claiming, take
from balas.database.insertions import insert_once, insert_or_find
from balas.database.statements import execute
from balas.models import (
    OPEN_SENDS,
    InboxMessage,
    OutboxMessage,
    OutboxState,
    Turn,
)

# A send is given up after 30 s; nobody looks into a send that may still be running.
SEND_LEASE_SECONDS = 40.0
DEADLINE = timedelta(minutes=15)
MOST_ATTEMPTS = 40  # of finding out about a send, past its deadline: each takes a lease, so these take longer
GRACE = timedelta(seconds=4)  # a fresh bubble is being typed
APOLOGY = "apology"  # begins the key of a bubble that is about a turn and no part of its answer: "apology:12:0"

_BEGIN_SEND = claiming(
    OutboxMessage,
    OutboxMessage.state == OutboxState.QUEUED,
    OutboxMessage.chat_id == bindparam("told_chat_id"),
    state=OutboxState.SENDING,
    bare_id=bindparam("new_bare_id"),
    attempted_at=NOW,
    sends=OutboxMessage.sends + 1,
)
_earlier = aliased(OutboxMessage)


def place(row: type[OutboxMessage]) -> tuple[ColumnElement[int], InstrumentedAttribute[int]]:
    """The order in a chat's line: as written down; a part of a bubble that was too long stands where that stood."""
    return func.coalesce(row.split_of, row.id), row.id


_HAS_EARLIER = exists().where(
    _earlier.conversation_id == OutboxMessage.conversation_id,
    _earlier.state.in_(OPEN_SENDS),
    tuple_(*place(_earlier)) < tuple_(*place(OutboxMessage)),
)
_BUBBLE = select(
    OutboxMessage.id,
    OutboxMessage.dedupe_key,
    OutboxMessage.conversation_id,
    OutboxMessage.turn_id,
    OutboxMessage.state,
    OutboxMessage.next_attempt_at,
    OutboxMessage.waha_session,
    OutboxMessage.chat_id,
    OutboxMessage.text,
    OutboxMessage.reply_to,
    OutboxMessage.bare_id,
    OutboxMessage.attempts,
    OutboxMessage.sends,
    OutboxMessage.looks,
    OutboxMessage.deadline_at,
    _HAS_EARLIER.label("has_earlier"),
).where(OutboxMessage.id == bindparam("outbox_id"))


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
    canary: str | None  # bare id of an older message of the person: WAHA must still know it if its store can be read
    deadline_at: datetime


def enqueue(
    session: Session,
    conversation_id: int,
    waha_session: str,
    chat_id: str,
    parts: Sequence[str],
    key: str,
    now: datetime,
    *,
    turn_id: int | None = None,
    reply_to: str | None = None,
) -> Parcel | None:
    """Write the bubbles down, once for each key. Where it is only one, returns it as it is to be sent."""
    rows = [
        {
            "dedupe_key": f"{key}:{position}",
            "conversation_id": conversation_id,
            "turn_id": turn_id,
            "waha_session": waha_session,
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
    if len(rows) != 1:
        insert_once(session, OutboxMessage, rows)
        return None
    row_id, deadline_at = insert_or_find(session, OutboxMessage, rows[0]), now + DEADLINE
    return Parcel(row_id, Errand.SEND, waha_session, chat_id, parts[0], reply_to, None, 0, 0, 0, None, deadline_at)


def peek(session: Session, outbox_id: int, now: datetime) -> Parcel | None:
    """The bubble, if it is open, due and first in its chat's line."""
    row = execute(session, _BUBBLE, {"outbox_id": outbox_id}).first()
    if row is None or row.has_earlier:
        return None
    if row.state not in OPEN_SENDS or (row.next_attempt_at is not None and row.next_attempt_at > now):
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
        canary=_canary(session, row) if row.state == OutboxState.SENDING else None,
        deadline_at=row.deadline_at,
    )


def _canary(session: Session, row: Row[*tuple[Any, ...]]) -> str | None:
    """The newest message of the turn that the bubble answers or, as a notice, followed.

    Not the newest by time: a letter's is of the clock of whoever received it, a bubble's of the database's. Behind a
    message that is younger than the bubble it would not be looked for, and be sent once more.
    """
    turn_id = row.turn_id or _regretted_turn(row.dedupe_key) or _answered_before(session, row)
    if turn_id is None:
        return None
    query = select(InboxMessage.bare_id).where(InboxMessage.turn_id == turn_id, InboxMessage.chat_id == row.chat_id)
    return session.scalars(query.order_by(InboxMessage.id.desc()).limit(1)).first()


def _regretted_turn(dedupe_key: str) -> int | None:
    kind, _, rest = dedupe_key.partition(":")
    return int(rest.partition(":")[0]) if kind == APOLOGY else None


def _answered_before(session: Session, row: Row[*tuple[Any, ...]]) -> int | None:
    """The newest turn of the chat with a bubble that was written down before this one, which is of no turn."""
    earlier = exists().where(OutboxMessage.turn_id == Turn.id, OutboxMessage.id < row.id)
    query = select(Turn.id).where(Turn.conversation_id == row.conversation_id, earlier)
    return session.scalars(query.order_by(Turn.id.desc()).limit(1)).first()


def begin_send(session: Session, parcel: Parcel, bare_id: str | None, now: datetime) -> str | None:
    """Take the lease and say, before the send, that one is begun and under which id.

    None: somebody else has it, or the row is not this parcel's any more.
    """
    told = {"new_bare_id": bare_id, "told_chat_id": parcel.chat_id}
    return take(session, _BEGIN_SEND, parcel.id, now, lease_seconds=SEND_LEASE_SECONDS, **told)


def begin_resend(session: Session, parcel: Parcel, token: str, now: datetime) -> Parcel:
    """Say that a further send of a bubble that is not on the phone begins, under the same id; the bubble as it then is.

    What was looked for before says nothing about this send: it is looked for as often again.
    """
    again = replace(parcel, sends=parcel.sends + 1, looks=0)
    until = now + timedelta(seconds=SEND_LEASE_SECONDS)
    begun = {"sends": again.sends, "looks": again.looks, "attempted_at": now}
    change(session, OutboxMessage, parcel.id, token, lease_until=until, **begun)
    return again


def owned_ids(session: Session, waha_session: str, bare_ids: Sequence[str]) -> set[str]:
    """Those of the ids that belong to a bubble of ours already."""
    query = select(OutboxMessage.bare_id).where(
        OutboxMessage.waha_session == waha_session, OutboxMessage.bare_id.in_(bare_ids)
    )
    return {bare_id for bare_id in session.scalars(query) if bare_id}


def claim_doubtful(session: Session, parcel: Parcel, now: datetime) -> str | None:
    """Take the lease of a begun send, to find out what became of it."""
    begun = (OutboxMessage.state == OutboxState.SENDING, OutboxMessage.chat_id == parcel.chat_id)
    return claim(session, OutboxMessage, parcel.id, now, *begun)


def unfinished(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Due bubbles that nobody works on and that are next in their chat; also those of a clock that was ahead."""
    query = select(OutboxMessage.id).where(
        OutboxMessage.state.in_(OPEN_SENDS),
        ~_HAS_EARLIER,
        or_(OutboxMessage.created_at < now - GRACE, OutboxMessage.created_at > now),
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < now),
        or_(OutboxMessage.next_attempt_at.is_(None), OutboxMessage.next_attempt_at <= now),
    )
    return session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()


def is_overdue(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Past its deadline, nobody works on it, and its send never began, or looking for it fails again and again."""
    given_up = and_(OutboxMessage.state == OutboxState.SENDING, OutboxMessage.attempts >= MOST_ATTEMPTS)
    return (
        or_(OutboxMessage.state == OutboxState.QUEUED, given_up),
        OutboxMessage.deadline_at < now,
        or_(OutboxMessage.lease_until.is_(None), OutboxMessage.lease_until < now),
    )


def overdue(session: Session, now: datetime, limit: int) -> Sequence[tuple[int, bool]]:
    """The bubbles of which that is true, each with whether a send of it was begun."""
    query = select(OutboxMessage.id, OutboxMessage.state).where(*is_overdue(now))
    found = session.execute(query.order_by(OutboxMessage.id).limit(limit)).all()
    return [(row.id, row.state == OutboxState.SENDING) for row in found]
