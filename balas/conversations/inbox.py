"""The inbox: every letter stored once, taken once, and closed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, exists, false, func, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from balas import audit
from balas.audit import Action
from balas.conversations import tombstones, unheard
from balas.conversations.letters import Letter
from balas.database.claims import by_id, update_where, write_row
from balas.database.insertions import insert_once
from balas.database.statements import execute, table_of
from balas.models import OPEN_STATES, InboxMessage, InboxState, WahaSession

FAILED = "failed"  # why a letter is dead that could not be worked on
RETRIED = "retried"  # why one is open that a person of the team wants to be answered

_TAKE = by_id(update(table_of(InboxMessage)))
_TAKE = _TAKE.where(InboxMessage.id == bindparam("row_id"), InboxMessage.pending == true()).values(pending=False)
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


class Stored(NamedTuple):
    row_id: int
    is_new: bool


_paired_at = select(WahaSession.paired_at).where(WahaSession.name == InboxMessage.waha_session).scalar_subquery()
_change = aliased(InboxMessage)
_has_changes = exists().where(
    _change.waha_session == InboxMessage.waha_session,
    _change.bare_id == InboxMessage.bare_id,
    _change.kind.in_(("edited", "revoked")),
)
_own = [getattr(InboxMessage, field.name) for field in fields(Letter)[:-4]]
_LETTER = select(*_own, _paired_at, unheard.HAS_EARLIER, _has_changes, tombstones.HAS_ANY)
_LETTER = _LETTER.where(InboxMessage.id == bindparam("row_id"))


def store(session: Session, letters: Sequence[dict[str, Any]]) -> list[Stored]:
    """Insert what is new; for a repeat, tell the row that was there first."""
    ids = insert_once(session, InboxMessage, letters)
    if ids is not None:
        return [Stored(row_id, is_new=True) for row_id in ids]
    keys = {row["dedupe_key"] for row in letters}
    found = execute(session, _BY_KEY, {"keys": sorted(keys)})
    first = {key: (row_id, ticket) for key, row_id, ticket in found}
    stored = []
    for row in letters:
        row_id, ticket = first[row["dedupe_key"]]
        stored.append(Stored(row_id, is_new=ticket == row["ticket"]))
    return stored


def take(session: Session, row_id: int) -> Letter | None:
    """The row, if it waits for `process_message`; it is then ours for the rest of this transaction."""
    if execute(session, _TAKE, {"row_id": row_id}).rowcount == 0:
        return None
    return Letter(*execute(session, _LETTER, {"row_id": row_id}).one())


def wait_again(session: Session, row_id: int) -> None:
    """Taken too early: let it wait for `process_message` once more."""
    write_row(session, InboxMessage, row_id, pending=True)


def name_reason(session: Session, row_id: int, reason: str) -> None:
    """Say more exactly why a letter is ignored."""
    write_row(session, InboxMessage, row_id, reason=reason)


def take_earlier(session: Session, row: Letter) -> list[Letter]:
    """The same person's messages whose doorbells were lost or are late: they come first, oldest first.

    Rows are always locked downwards, so that two workers never wait for each other.
    """
    if not row.has_earlier:
        return []
    taken = [earlier for row_id in unheard.earlier(session, row) if (earlier := take(session, row_id)) is not None]
    return taken[::-1]


def waiting(session: Session, before: datetime, now: datetime, limit: int) -> Sequence[int]:
    """Rows whose doorbell seems lost, also those of a web process whose clock is ahead."""
    query = select(InboxMessage.id).where(
        InboxMessage.pending == true(), or_(InboxMessage.received_at < before, InboxMessage.received_at > now)
    )
    return session.scalars(query.order_by(InboxMessage.id).limit(limit)).all()


def waits_since(session: Session) -> datetime | None:
    """When the oldest message came that no worker has looked at."""
    query = select(func.min(InboxMessage.received_at)).where(
        InboxMessage.pending == true(), InboxMessage.kind == "message", InboxMessage.from_me == false()
    )
    return session.scalar(query)


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


def refuse(session: Session, row_id: int, now: datetime) -> None:
    """A letter of somebody who was erased since it was written: counted, and forgotten."""
    write_row(session, InboxMessage, row_id, **BLANK, state=InboxState.IGNORED, reason="erased", finished_at=now)


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


def leave_to_person(session: Session, turn_id: int, until: datetime, now: datetime) -> None:
    """Close the turn's open letters that were written before then, but for those that a person wants to be answered."""
    asked_for = func.coalesce(InboxMessage.reason, "") == RETRIED
    of_turn = (InboxMessage.turn_id == turn_id, InboxMessage.sent_at < until, ~asked_for)
    close(session, InboxState.IGNORED, "paused", now, *of_turn)


def turn_is_empty(session: Session, turn_id: int) -> bool:
    """Whether nothing is left in the turn to be answered."""
    waits = (InboxMessage.turn_id == turn_id, InboxMessage.state == InboxState.QUEUED)
    return session.scalars(select(InboxMessage.id).where(*waits).limit(1)).first() is None


def give_up(session: Session, row_id: int, now: datetime) -> bool:
    """Whatever this letter says, nothing can be made of it: dead, counted, and nobody is called for it any more; unless
    another worker has just made something of it. False: it may only have failed with an earlier one, which ends first.
    """
    row = execute(session, _LETTER, {"row_id": row_id}).first()
    if row is not None and Letter(*row).has_earlier:
        return False
    waits = (InboxMessage.id == row_id, InboxMessage.pending == true())
    if close(session, InboxState.DEAD, FAILED, now, *waits):
        update_where(session, InboxMessage, InboxMessage.id == row_id, counted=True)
    update_where(session, InboxMessage, *waits, pending=False)
    return True


REVIVED: dict[str, Any] = {
    "state": InboxState.RECEIVED,
    "reason": None,
    "turn_id": None,
    "pending": True,
    "finished_at": None,
}


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
    # Its person may have been erased since the look above: without its words it would only fail.
    of_row = (InboxMessage.id == inbox_id, InboxMessage.content.is_not(None))
    asked_for = REVIVED | {"reason": RETRIED, "received_at": now}
    if not update_where(session, InboxMessage, *of_row, revivable, **asked_for):
        return False
    audit.record(session, Action.DEAD_RETRIED, inbox_id)
    return True
