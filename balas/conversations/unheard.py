"""Letters that are on disk and that nobody has looked at, when a newer one of their chat is about to be answered.

However old: after an outage a backlog must keep its order. One that fails each time ends as a dead letter, see
`balas.jobs.line`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ScalarSelect, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from balas.models import InboxMessage, InboxState


def _of_newest(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """Of the turn's newest letter."""
    newest = select(column).where(InboxMessage.turn_id == bindparam("of_turn"))
    return newest.order_by(InboxMessage.sent_at.desc()).limit(1).correlate(None).scalar_subquery()


# The oldest letter of the turn's chat that was written before the turn's newest one, is on disk, and waits to be taken.
OLDER = (
    select(InboxMessage.id)
    .where(
        InboxMessage.pending.is_(True),
        InboxMessage.waha_session == _of_newest(InboxMessage.waha_session),
        InboxMessage.chat_id == _of_newest(InboxMessage.chat_id),
        InboxMessage.sent_at <= _of_newest(InboxMessage.sent_at),
        InboxMessage.state == InboxState.RECEIVED,
        InboxMessage.kind == "message",
        InboxMessage.from_me.is_(False),
    )
    .order_by(InboxMessage.id)
    .limit(1)
)
