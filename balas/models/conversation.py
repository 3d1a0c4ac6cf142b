from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, UtcDateTime, big_id, exact


class Conversation(Base):
    """One chat of one WAHA session. Found by exact match of both keys, never by a prefix or pattern."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("waha_session", "chat_key"),
        Index("ix_conversations_last_message_at", "last_message_at", "id"),
        Index("ix_conversations_waiting_since", "waiting_since", "id"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    waha_session: Mapped[str] = mapped_column(exact(64))
    chat_key: Mapped[str] = mapped_column(exact(128))  # the phone's @c.us address where known, else the chat id
    chat_id: Mapped[str] = mapped_column(exact(128))  # the address the person wrote from last
    user_id: Mapped[int] = mapped_column(big_id, ForeignKey("users.id"), index=True)
    language: Mapped[str | None] = mapped_column(exact(8))  # carried over: three words are too few to tell
    created_at: Mapped[Moment]
    last_message_at: Mapped[Moment]
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # for a person of the team
    # "asked", "unanswered", or a sign of `balas.conversations.loops`, while it waits
    waiting_for: Mapped[str | None] = mapped_column(exact(16))
    given_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when nobody waited any more
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # left to the team, which wrote in it itself
