from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, big_id, exact, long_text


class Message(Base):
    """What a phone shows in the chat, once: the archive that pages and the API read."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("inbox_id"),
        UniqueConstraint("outbox_id"),
        Index("ix_messages_conversation_id", "conversation_id", "id"),
        Index("ix_messages_turn_id", "turn_id"),
        Index("ix_messages_created_at", "created_at", "id"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    conversation_id: Mapped[int] = mapped_column(big_id, ForeignKey("conversations.id"))
    turn_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("turns.id"))
    inbox_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("inbox.id"))
    outbox_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("outbox.id"))
    role: Mapped[str] = mapped_column(exact(16))
    text: Mapped[str] = mapped_column(long_text)
    kind: Mapped[str] = mapped_column(exact(16), default="text")
    waha_message_id: Mapped[str | None] = mapped_column(exact(255))
    ack: Mapped[int | None]  # delivery of our own: -1 failed .. 4 played
    reaction: Mapped[str | None] = mapped_column(exact(32))
    rag_context: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the answer's trace; assistant messages only
    llm_tokens: Mapped[int | None]
    response_time_ms: Mapped[int | None]  # from the turn's last message to the answer being ready
    created_at: Mapped[Moment]
