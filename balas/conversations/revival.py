"""Dead letters are put back in line, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.conversations import inbox
from balas.conversations.outcomes import UNKNOWN
from balas.database.claims import update_where
from balas.models import InboxMessage, InboxState, OutboxMessage, OutboxState

BATCH = 200

_SHOWN_IN_PART = exists().where(OutboxMessage.turn_id == InboxMessage.turn_id, OutboxMessage.state == OutboxState.SENT)
_UNSURE: ColumnElement[bool] = or_(func.coalesce(InboxMessage.reason, "") == UNKNOWN, _SHOWN_IN_PART)
# An answer that may have been shown, also in part, waits for a person who looks at the phone: it is tried again by
# itself only.
_REVIVABLE = (
    InboxMessage.state == InboxState.DEAD,
    InboxMessage.kind == "message",
    InboxMessage.content.is_not(None),
    ~_UNSURE,
)


def revive_batch(session: Session, before_id: int | None, now: datetime) -> Sequence[int]:
    """Put the latest dead letters below an id back in line; their ids, the latest first. None are left when empty.

    Going down by id each is met once, also one that dies again meanwhile. Rows are locked downwards, as everywhere.
    """
    below = () if before_id is None else (InboxMessage.id < before_id,)
    chosen = select(InboxMessage.id).where(*_REVIVABLE, *below).order_by(InboxMessage.id.desc()).limit(BATCH)
    ids = session.scalars(chosen.with_for_update()).all()
    update_where(session, InboxMessage, InboxMessage.id.in_(ids), **inbox.REVIVED, received_at=now)
    if ids:
        audit.record(session, Action.DEAD_RETRIED, ids[0], number=len(ids))
    return ids


def counts(session: Session) -> tuple[int, int]:
    """Of the dead letters, how many can be tried again at once, and of how many others the outcome is unknown."""
    again = select(func.count()).select_from(InboxMessage).where(*_REVIVABLE)
    unsure = select(func.count()).select_from(InboxMessage).where(InboxMessage.state == InboxState.DEAD, _UNSURE)
    return session.scalars(again).one(), session.scalars(unsure).one()


def left(session: Session) -> int:
    """How many letters are dead."""
    dead = select(func.count()).select_from(InboxMessage).where(InboxMessage.state == InboxState.DEAD)
    return session.scalars(dead).one()
