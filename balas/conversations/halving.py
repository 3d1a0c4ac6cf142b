"""A bubble that WAHA finds too long goes on in parts, each a bubble of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from balas.conversations.outbox import Parcel
from balas.database.claims import change, update_where
from balas.models import OutboxMessage, OutboxState
from balas.ports import JobName, Ring
from balas.waha.splitting import split_message

SHORTEST = 200  # characters; where so few are too many, it is not for their number
A_WORD = 20  # characters; the cut is at a word, and a third part would hold the rest


def halve(session: Session, parcel: Parcel, token: str, now: datetime) -> Ring | None:
    """Cut the bubble, and the rest of the same text that waits behind it; None when cutting does not help any more.

    Texts move down the rows that are there and new rows take the rest, so the order of the ids stays that of the text.
    """
    limit = max(SHORTEST, len(parcel.text) // 2 + A_WORD)
    if len(parcel.text) <= limit or now >= parcel.deadline_at:
        return None
    fresh = {"state": OutboxState.QUEUED, "bare_id": None, "attempted_at": None, "sends": 0, "looks": 0}
    change(session, OutboxMessage, parcel.id, token, lease_until=None, next_attempt_at=None, **fresh)
    first = session.get_one(OutboxMessage, parcel.id, populate_existing=True)
    root = first.split_of or first.id
    of_root = or_(OutboxMessage.id == root, OutboxMessage.split_of == root)
    family = session.scalars(select(OutboxMessage).where(of_root).order_by(OutboxMessage.id)).all()
    rows = [row for row in family if row.id >= first.id and row.state == OutboxState.QUEUED]
    texts = [part for row in rows for part in split_message(row.text, limit)]
    for row, text in zip(rows, texts, strict=False):
        update_where(session, OutboxMessage, OutboxMessage.id == row.id, text=text)
    for number, text in enumerate(texts[len(rows) :], start=len(family)):
        session.add(_part(family[0], root, f"{family[0].dedupe_key}/{number}", text, now))
        session.flush()  # one by one: ids rise in this order
    return Ring(JobName.SEND_TO_WAHA, parcel.id)


def _part(whole: OutboxMessage, root: int, key: str, text: str, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        dedupe_key=key,
        conversation_id=whole.conversation_id,
        split_of=root,
        turn_id=whole.turn_id,
        waha_session=whole.waha_session,
        chat_id=whole.chat_id,
        text=text,
        state=OutboxState.QUEUED,
        deadline_at=whole.deadline_at,
        created_at=now,
    )
