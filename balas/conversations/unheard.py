"""Letters that are on disk and that nobody has looked at, when a newer one of their chat is about to be answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.models import InboxMessage, InboxState

NEAR = 200  # so far back they are looked for: a backlog must not be searched for every turn
LATE = timedelta(minutes=1)  # one that fails each time must not hold up its chat for good


def older_letter(session: Session, turn_id: int, now: datetime) -> int | None:
    """A letter of the turn's chat that was written before the turn's newest one, is on disk, and waits to be taken."""
    recent = select(InboxMessage.id).where(InboxMessage.pending.is_(True)).order_by(InboxMessage.id.desc())
    near = recent.limit(NEAR).subquery()
    newest = (
        select(InboxMessage.waha_session, InboxMessage.chat_id, InboxMessage.sent_at)
        .where(InboxMessage.turn_id == turn_id)
        .order_by(InboxMessage.sent_at.desc())
        .limit(1)
        .subquery()
    )
    older = select(InboxMessage.id).where(
        InboxMessage.id.in_(select(near.c.id)),
        InboxMessage.waha_session == newest.c.waha_session,
        InboxMessage.chat_id == newest.c.chat_id,
        InboxMessage.sent_at <= newest.c.sent_at,
        InboxMessage.received_at > now - LATE,
        InboxMessage.state == InboxState.RECEIVED,
        InboxMessage.kind == "message",
        InboxMessage.from_me.is_(False),
    )
    return session.scalars(older.order_by(InboxMessage.id).limit(1)).first()
