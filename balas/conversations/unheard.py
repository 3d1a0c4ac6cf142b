"""Letters that are on disk and that nobody has looked at, when a newer one of their chat is about to be answered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, select

from balas.models import InboxMessage, InboxState

NEAR = 200  # so far back they are looked for: a backlog must not be searched for every turn
LATE = timedelta(minutes=1)  # one that fails each time must not hold up its chat for good


_recent = select(InboxMessage.id).where(InboxMessage.pending.is_(True)).order_by(InboxMessage.id.desc())
_near = _recent.limit(NEAR).subquery()
_newest = (
    select(InboxMessage.waha_session, InboxMessage.chat_id, InboxMessage.sent_at)
    .where(InboxMessage.turn_id == bindparam("of_turn"))
    .order_by(InboxMessage.sent_at.desc())
    .limit(1)
    .subquery()
)
# The oldest letter of the turn's chat that was written before the turn's newest one, is on disk, and waits to be taken.
OLDER = (
    select(InboxMessage.id)
    .where(
        InboxMessage.id.in_(select(_near.c.id)),
        InboxMessage.waha_session == _newest.c.waha_session,
        InboxMessage.chat_id == _newest.c.chat_id,
        InboxMessage.sent_at <= _newest.c.sent_at,
        InboxMessage.received_at > bindparam("since"),
        InboxMessage.state == InboxState.RECEIVED,
        InboxMessage.kind == "message",
        InboxMessage.from_me.is_(False),
    )
    .order_by(InboxMessage.id)
    .limit(1)
)
