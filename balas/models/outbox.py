from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Leased, Moment, UtcDateTime, big_id, exact, long_text


class OutboxState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"  # a send was begun; its outcome is not stored yet
    SENT = "sent"
    CANCELLED = "cancelled"
    DEAD = "dead"


OPEN_SENDS = (OutboxState.QUEUED, OutboxState.SENDING)


class OutboxMessage(Leased):
    """One bubble on its way.

    Text and message id are committed before the first send, so that doubt can be resolved by looking.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        Index("ix_outbox_state", "state", "next_attempt_at"),
        Index("ix_outbox_conversation_id", "conversation_id", "state", "id"),
        Index("ix_outbox_bare_id", "waha_session", "bare_id"),
        Leased.__table_args__,
    )

    dedupe_key: Mapped[str] = mapped_column(exact(64))  # "turn:12:0", "turn:12:0/1", "rate:5:29384"
    conversation_id: Mapped[int] = mapped_column(big_id, ForeignKey("conversations.id"))
    split_of: Mapped[int | None] = mapped_column(big_id)  # the bubble that was too long for WAHA; this is a part of it
    turn_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("turns.id"), index=True)  # None: a notice
    waha_session: Mapped[str] = mapped_column(exact(64))
    chat_id: Mapped[str] = mapped_column(exact(128))
    text: Mapped[str] = mapped_column(long_text)
    reply_to: Mapped[str | None] = mapped_column(exact(255))
    state: Mapped[str] = mapped_column(exact(16), default=OutboxState.QUEUED)
    bare_id: Mapped[str | None] = mapped_column(exact(128))  # given by WAHA before the send, or learned from its answer
    waha_message_id: Mapped[str | None] = mapped_column(exact(255))
    attempted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sends: Mapped[int] = mapped_column(default=0)  # times a send was begun
    looks: Mapped[int] = mapped_column(default=0)  # times WAHA was searched since
    deadline_at: Mapped[Moment]
    reason: Mapped[str | None] = mapped_column(exact(255))
    created_at: Mapped[Moment]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
