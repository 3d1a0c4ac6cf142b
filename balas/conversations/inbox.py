"""The letters: from the raw bytes of a webhook call to a row, once."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from balas.conversations.policy import Status, Verdict
from balas.database.claims import insert_once, update_where
from balas.database.statements import execute, table_of
from balas.errors import UnusableEvent
from balas.models import OPEN_STATES, InboxMessage, InboxState
from balas.values import (
    EventContent,
    InboundMessage,
    MessageAck,
    MessageEdited,
    MessageReaction,
    MessageRevoked,
    Presence,
    SessionStatus,
    WebhookEvent,
)
from balas.waha.events import dedupe_key

KINDS: dict[str, type[Any]] = {
    "message": InboundMessage,
    "edited": MessageEdited,
    "revoked": MessageRevoked,
    "reaction": MessageReaction,
    "ack": MessageAck,
    "session_status": SessionStatus,
    "presence": Presence,
}
_KIND_OF = {content: kind for kind, content in KINDS.items()}
_RAW_KEPT = 262_144
_NEAR = 200  # so far back a lost doorbell is looked for: a backlog must not be searched for every message
_LATE = timedelta(minutes=1)
_PROCESS = secrets.token_hex(12)  # with a count, a ticket nobody else has, for a tenth of the time of a random one
_tickets = itertools.count()

_TAKE = update(table_of(InboxMessage))
_TAKE = _TAKE.where(InboxMessage.id == bindparam("row_id"), InboxMessage.pending.is_(True)).values(pending=False)
_ROW = select(InboxMessage).where(InboxMessage.id == bindparam("row_id"))
_recent = select(InboxMessage.id).where(InboxMessage.pending.is_(True), InboxMessage.id < bindparam("row_id"))
_near = _recent.order_by(InboxMessage.id.desc()).limit(_NEAR).subquery()
_EARLIER = (
    select(InboxMessage.id)
    .where(
        InboxMessage.id.in_(select(_near.c.id)),
        InboxMessage.waha_session == bindparam("waha_session"),
        InboxMessage.chat_id == bindparam("chat_id"),
        InboxMessage.received_at > bindparam("since"),
        InboxMessage.kind == "message",
        InboxMessage.from_me.is_(False),
    )
    .order_by(InboxMessage.id.desc())
)
_BY_KEY = select(InboxMessage.dedupe_key, InboxMessage.id, InboxMessage.ticket).where(
    InboxMessage.dedupe_key.in_(bindparam("keys", expanding=True))
)
_CLOSE_TURN = (
    update(table_of(InboxMessage))
    .where(InboxMessage.turn_id == bindparam("of_turn"), InboxMessage.state.in_(OPEN_STATES))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        pending=False,
        finished_at=bindparam("new_finished_at"),
    )
)


@dataclass(frozen=True, slots=True)
class Stored:
    row_id: int
    is_new: bool


def letter(event: WebhookEvent, verdict: Verdict, key: str, now: datetime, request_id: str = "") -> dict[str, Any]:
    """The row of an event that was understood."""
    content = event.content
    message = content if isinstance(content, InboundMessage) else None
    sent_at = _sent_at(message, event.happened_at) or now
    ignored = verdict.status is Status.IGNORED
    return {
        **_blank(now, request_id),
        "dedupe_key": key,
        "waha_session": event.waha_session[:64],
        "event": event.name[:64],
        "counted": message is not None,
        "pending": verdict.follow_up or not ignored,
        "state": InboxState.IGNORED if ignored else InboxState.RECEIVED,
        "reason": verdict.reason,
        "waha_message_id": message.waha_message_id if message else None,
        "bare_id": message.bare_id if message else None,
        "chat_id": getattr(content, "chat_id", None),
        "phone": message.phone if message else None,
        "from_me": message.from_me if message else False,
        "text": message.text if message else None,
        "kind": _KIND_OF.get(type(content), ""),
        # An event nobody acts on is a line in the books; its content would only be personal data without a use.
        "content": pack(content) if content is not None and (verdict.follow_up or not ignored) else None,
        # Never later than the arrival: a message from the future would hold up its chat.
        "sent_at": min(sent_at, now),
        "finished_at": now if ignored else None,
    }


def _sent_at(message: InboundMessage | None, happened_at: datetime | None) -> datetime | None:
    """A message's own time is told in whole seconds; the event's milliseconds order what was written within one."""
    if message is None or message.sent_at is None:
        return None if message else happened_at
    if happened_at is not None and timedelta(0) < happened_at - message.sent_at < timedelta(seconds=1):
        return happened_at
    return message.sent_at


def dead_letter(error: UnusableEvent, raw: bytes, now: datetime, request_id: str = "") -> dict[str, Any]:
    """The row of a signed event that can never be answered: kept as it came, shown to the operator."""
    return {
        **_blank(now, request_id),
        "dedupe_key": dedupe_key(None, raw),
        "counted": True,
        "pending": False,
        "state": InboxState.DEAD,
        "reason": error.reason,
        "raw": raw[:_RAW_KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        "sent_at": now,
        "finished_at": now,
    }


def _blank(now: datetime, request_id: str) -> dict[str, Any]:
    # Every row of one INSERT needs the same columns.
    return {
        "ticket": f"{_PROCESS}{next(_tickets) & 0xFFFFFFFF:08x}",
        "request_id": request_id,
        "waha_session": "",
        "event": "",
        "waha_message_id": None,
        "bare_id": None,
        "chat_id": None,
        "phone": None,
        "from_me": False,
        "text": None,
        "kind": "",
        "content": None,
        "raw": None,
        "received_at": now,
        "hold_until": None,
    }


def store(session: Session, letters: Sequence[dict[str, Any]]) -> list[Stored]:
    """Insert what is new; for a repeat, tell the row that was there first."""
    insert_once(session, InboxMessage, letters)
    keys = {row["dedupe_key"] for row in letters}
    found = execute(session, _BY_KEY, {"keys": sorted(keys)})
    first = {key: (row_id, ticket) for key, row_id, ticket in found}
    stored = []
    for row in letters:
        row_id, ticket = first[row["dedupe_key"]]
        stored.append(Stored(row_id, is_new=ticket == row["ticket"]))
    return stored


def take(session: Session, row_id: int) -> InboxMessage | None:
    """The row, if it waits for `process_message`; it is then ours for the rest of this transaction."""
    if execute(session, _TAKE, {"row_id": row_id}).rowcount == 0:
        return None
    return session.scalars(_ROW, {"row_id": row_id}, execution_options={"populate_existing": True}).one()


def take_earlier(session: Session, row: InboxMessage) -> list[InboxMessage]:
    """The same chat's messages whose doorbells were lost or are late: they come first, oldest first.

    Rows are always locked downwards, so that two workers never wait for each other.
    """
    parameters = {
        "row_id": row.id,
        "waha_session": row.waha_session,
        "chat_id": row.chat_id,
        "since": row.received_at - _LATE,  # one that fails each time must not fail the chat for good
    }
    found = execute(session, _EARLIER, parameters).scalars().all()
    taken = [earlier for row_id in found if (earlier := take(session, row_id)) is not None]
    return taken[::-1]


def waiting(session: Session, before: datetime, limit: int) -> Sequence[int]:
    """Rows whose doorbell seems lost."""
    query = select(InboxMessage.id).where(InboxMessage.pending.is_(True), InboxMessage.received_at < before)
    return session.scalars(query.order_by(InboxMessage.id).limit(limit)).all()


# Nothing of these tells who wrote what; the rest of the row is a line in the books.
BLANK: dict[str, Any] = {
    "text": None,
    "content": None,
    "raw": None,
    "phone": None,
    "chat_id": None,
    "waha_message_id": None,
    "bare_id": None,
    "pending": False,
}


def refuse(row: InboxMessage, now: datetime) -> None:
    """A letter of somebody who was erased since it was written: counted, and forgotten."""
    for name, value in BLANK.items():
        setattr(row, name, value)
    row.state, row.reason, row.finished_at = InboxState.IGNORED, "erased", now


def close(
    session: Session, state: InboxState, reason: str | None, now: datetime, *conditions: ColumnElement[bool]
) -> int:
    """Give rows that are still open their final state."""
    return update_where(
        session,
        InboxMessage,
        InboxMessage.state.in_((InboxState.RECEIVED, InboxState.QUEUED)),
        *conditions,
        state=state,
        reason=reason,
        pending=False,
        finished_at=now,
    )


def close_turn(session: Session, turn_id: int, state: InboxState, reason: str | None, now: datetime) -> None:
    """Give the turn's rows that are still open their final state."""
    parameters = {"new_state": state, "new_reason": reason, "new_finished_at": now}
    execute(session, _CLOSE_TURN, {"of_turn": turn_id} | parameters)


def revive(session: Session, inbox_id: int, now: datetime) -> bool | None:
    """Put a dead or stale letter back in line; False when it is neither any more, None when there is no such row.

    A letter that could not be parsed stays dead: nothing about it has changed.
    """
    row = session.get(InboxMessage, inbox_id)
    if row is None:
        return None
    if row.content is None or row.kind != "message":
        return False
    revivable = (InboxMessage.state == InboxState.DEAD) | (InboxMessage.reason == "stale")
    return bool(
        update_where(
            session,
            InboxMessage,
            InboxMessage.id == inbox_id,
            revivable,
            state=InboxState.RECEIVED,
            reason=None,
            turn_id=None,
            pending=True,
            finished_at=None,
            received_at=now,
        )
    )


def pack(content: EventContent) -> str:
    return msgspec.json.encode(content).decode()


def unpack(row: InboxMessage) -> EventContent:
    content: EventContent = msgspec.json.decode((row.content or "").encode(), type=KINDS[row.kind])
    return content


def open_age(session: Session, now: datetime) -> timedelta | None:
    """Age of the oldest letter without an outcome."""
    query = select(InboxMessage.received_at).where(InboxMessage.state.in_((InboxState.RECEIVED, InboxState.QUEUED)))
    oldest = session.scalars(query.order_by(InboxMessage.id).limit(1)).first()
    return None if oldest is None else now - oldest
