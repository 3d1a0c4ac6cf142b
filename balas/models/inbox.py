"""The letters: one row for every webhook event, committed before WAHA gets its 2xx."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, UtcDateTime, big_id, exact, long_text


class InboxState(StrEnum):
    RECEIVED = "received"  # nobody has looked at it yet
    QUEUED = "queued"  # part of a turn that is open
    ANSWERED = "answered"
    IGNORED = "ignored"
    DEAD = "dead"


OPEN_STATES = (InboxState.RECEIVED, InboxState.QUEUED)


# SQLite keeps no line in an index for a row that its condition leaves out. Most letters need none: the number of most
# people is in their chat's id, and few letters wait.
PENDING = text("pending = 1")
NUMBER_IS_NOT_IN_CHAT_ID = text("pending = 1 AND chat_id != phone || '@c.us'")


class InboxMessage(Base):
    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        Index("ix_inbox_books", "counted", "state", "received_at"),
        Index("ix_inbox_bare_id", "waha_session", "bare_id"),
        Index("ix_inbox_pending", "pending", "chat_id", "id", sqlite_where=PENDING),
        Index("ix_inbox_pending_phone", "pending", "phone", "id", sqlite_where=NUMBER_IS_NOT_IN_CHAT_ID),
        Index("ix_inbox_state", "state", "id"),
        Index("ix_inbox_turn_id", "turn_id", sqlite_where=text("turn_id IS NOT NULL")),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    dedupe_key: Mapped[str] = mapped_column(exact(64))
    ticket: Mapped[str] = mapped_column(exact(32))  # who inserted it: tells a repeat from the first
    request_id: Mapped[str] = mapped_column(exact(64))
    waha_session: Mapped[str] = mapped_column(exact(64), default="")
    event: Mapped[str] = mapped_column(exact(64), default="")
    counted: Mapped[bool] = mapped_column(Boolean, default=False)  # part of the books: messages, and whatever is dead
    pending: Mapped[bool] = mapped_column(Boolean, default=True)  # process_message has yet to look at it
    state: Mapped[str] = mapped_column(exact(16), default=InboxState.RECEIVED)
    reason: Mapped[str | None] = mapped_column(exact(64))  # why ignored or dead
    waha_message_id: Mapped[str | None] = mapped_column(exact(255))
    bare_id: Mapped[str | None] = mapped_column(exact(128))
    chat_id: Mapped[str | None] = mapped_column(exact(128))  # where an answer goes
    phone: Mapped[str | None] = mapped_column(exact(32))
    from_me: Mapped[bool] = mapped_column(Boolean, default=False)
    text: Mapped[str | None] = mapped_column(long_text)  # the newest wording; None once erased
    kind: Mapped[str] = mapped_column(exact(16), default="")  # which value `content` holds, see conversations.inbox
    content: Mapped[str | None] = mapped_column(long_text)  # the parsed event as JSON, without engine raw data
    raw: Mapped[str | None] = mapped_column(long_text)  # kept only for what could not be parsed
    sent_at: Mapped[Moment]  # WAHA's time, or the arrival's when it is unusable
    received_at: Mapped[Moment]
    hold_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # older messages may still come: see the webhook
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    turn_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("turns.id"))
