"""The books: received = answered + ignored + dead + open, always; and the letters that could not be answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from balas.conversations.archive import Place
from balas.database.clock import now
from balas.models import OPEN_STATES, InboxMessage, InboxState, Turn


@dataclass(frozen=True, slots=True)
class Books:
    """Each message counts once; repeats add nothing, echoes of our own are ignored, everything dead counts."""

    received: int
    answered: int
    ignored: int
    dead: int
    open: int
    oldest_open_seconds: float  # 0 when nothing is open


def balance(session: Session) -> Books:
    """Count in one statement: two would see two moments, and the books would not balance."""
    moment = now(session)
    by_state = session.execute(
        select(InboxMessage.state, func.count(), func.min(InboxMessage.received_at))
        .where(InboxMessage.counted)
        .group_by(InboxMessage.state)
    ).all()
    counts = {state: count for state, count, _ in by_state}
    waiting_since = [oldest for state, _, oldest in by_state if state in OPEN_STATES]
    # The arrival is by another machine's clock: never negative.
    age = max(0.0, (moment - min(waiting_since)).total_seconds()) if waiting_since else 0.0
    return Books(
        received=sum(counts.values()),
        answered=counts.get(InboxState.ANSWERED, 0),
        ignored=counts.get(InboxState.IGNORED, 0),
        dead=counts.get(InboxState.DEAD, 0),
        open=sum(counts.get(state, 0) for state in OPEN_STATES),
        oldest_open_seconds=round(age, 3),
    )


def dead_letters(session: Session, after: Place | None, limit: int) -> Sequence[Row[InboxMessage, str | None]]:
    """Dead letters, the latest arrival first, each with what its turn died of where it had one."""
    query = select(InboxMessage, Turn.reason).outerjoin(Turn, Turn.id == InboxMessage.turn_id)
    query = query.where(InboxMessage.state == InboxState.DEAD)
    if after is not None:
        query = query.where(InboxMessage.id < after.id)
    return session.execute(query.order_by(InboxMessage.id.desc()).limit(limit)).all()
