"""What a clock that was ahead wrote down, once it is put right: else it waits for as long as the clock was ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from balas.conversations import catching_up, outbox, turns, unread_chats
from balas.database import clock
from balas.database.claims import LEASE_SECONDS, update_where
from balas.database.session import reading, transaction
from balas.knowledge import sources
from balas.models import (
    OPEN_SENDS,
    CatchUp,
    Document,
    IndexLease,
    OutboxMessage,
    Turn,
    TurnState,
    UnreadChat,
    Website,
)
from balas.runtime import Runtime

MARGIN = timedelta(seconds=10)  # what one process takes for the database's time is not to the second another's
LONGEST_QUIET = timedelta(seconds=60)  # of BALAS_BURST_SECONDS
_LEASE, _SEND_LEASE = timedelta(seconds=LEASE_SECONDS), timedelta(seconds=outbox.SEND_LEASE_SECONDS)
_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Limit:
    """What lies further ahead than it can be set becomes `instead` from now."""

    column: InstrumentedAttribute[Any]
    furthest: timedelta
    instead: timedelta  # of a lease its length: who holds it may be alive, and renews it


# Not the next attempts of documents and websites: they may be set hours ahead, and nobody waits for an answer.
LIMITS: tuple[tuple[type[Any], ColumnElement[bool], tuple[Limit, ...]], ...] = (
    (
        Turn,
        Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)),
        (
            Limit(Turn.due_at, LONGEST_QUIET, _AT_ONCE),
            Limit(Turn.lease_until, _LEASE, _LEASE),
            Limit(Turn.next_attempt_at, turns.DEADLINE, _AT_ONCE),
            Limit(Turn.deadline_at, turns.DEADLINE, turns.DEADLINE),
        ),
    ),
    (
        OutboxMessage,
        OutboxMessage.state.in_(OPEN_SENDS),
        (
            Limit(OutboxMessage.lease_until, _SEND_LEASE, _SEND_LEASE),
            Limit(OutboxMessage.next_attempt_at, outbox.DEADLINE, _AT_ONCE),
            Limit(OutboxMessage.deadline_at, outbox.DEADLINE, outbox.DEADLINE),
        ),
    ),
    (Document, Document.status.in_(sources.OPEN), (Limit(Document.lease_until, _LEASE, _LEASE),)),
    (Website, true(), (Limit(Website.lease_until, _LEASE, _LEASE),)),
    (IndexLease, true(), (Limit(IndexLease.lease_until, _LEASE, _LEASE),)),
    (
        CatchUp,
        true(),
        (
            Limit(CatchUp.lease_until, _LEASE, _LEASE),
            Limit(CatchUp.next_attempt_at, timedelta(seconds=catching_up.EVERY_SECONDS), _AT_ONCE),
        ),
    ),
    (UnreadChat, true(), (Limit(UnreadChat.next_attempt_at, unread_chats.LONGEST_PAUSE, _AT_ONCE),)),
)


def undo(runtime: Runtime) -> None:
    """A look at the few open rows; written only where a clock was set back."""
    with reading(runtime.database) as session:
        now = clock.now(session)
        found = [place for place, _ in enumerate(LIMITS) if _is_ahead(session, place, now)]
    if not found:
        return
    with transaction(runtime.database) as session:
        now = clock.now(session)
        for model, is_open, limits in (LIMITS[place] for place in found):
            for one in limits:
                changes = {one.column.key: now + one.instead}
                update_where(session, model, is_open, _beyond(one, now), **changes)


def _is_ahead(session: Session, place: int, now: datetime) -> bool:
    model, is_open, limits = LIMITS[place]
    query = select(model.id).where(is_open, or_(*(_beyond(one, now) for one in limits)))
    return session.execute(query.limit(1)).first() is not None


def _beyond(limit: Limit, now: datetime) -> ColumnElement[bool]:
    return limit.column > now + limit.furthest + MARGIN
