from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, UtcDateTime, big_id, blob, exact, long_text


class GapState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"  # somebody wrote an answer for it
    DISMISSED = "dismissed"


class Gap(Base):
    """Questions of one meaning that the documents did not answer. Its words are those of its questions."""

    __tablename__ = "gaps"
    __table_args__ = (Index("ix_gaps_state", "state", "id"), Base.__table_args__)

    id: Mapped[RowId]
    state: Mapped[str] = mapped_column(exact(16), default=GapState.OPEN)
    document_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("documents.id"))  # the answer written for it
    created_at: Mapped[Moment]


class GapQuestion(Base):
    """One question that was not answered, as its person put it."""

    __tablename__ = "gap_questions"
    __table_args__ = (
        UniqueConstraint("turn_id", "position"),
        Index("ix_gap_questions_gap_id", "gap_id", "asked_at"),
        Index("ix_gap_questions_conversation_id", "conversation_id", "asked_at"),
        Index("ix_gap_questions_asked_at", "asked_at"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    gap_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("gaps.id"))  # None until it is compared with others
    turn_id: Mapped[int] = mapped_column(big_id, ForeignKey("turns.id"))
    conversation_id: Mapped[int] = mapped_column(big_id, ForeignKey("conversations.id"))
    user_id: Mapped[int] = mapped_column(big_id, ForeignKey("users.id"), index=True)
    position: Mapped[int]  # among the questions of its turn
    text: Mapped[str] = mapped_column(long_text)
    language: Mapped[str] = mapped_column(exact(8), default="")
    passages: Mapped[list[dict[str, Any]]] = mapped_column(JSON)  # the nearest: document_id, title, page, text
    vector_model: Mapped[str | None] = mapped_column(exact(128))
    vector: Mapped[bytes | None] = mapped_column(blob)
    closeness: Mapped[float] = mapped_column(Float, default=0.0)  # to the others of its gap: the highest speaks for it
    asked_at: Mapped[Moment]
    # What a person of the team wrote next; a copy would outlive its message.
    reply_message_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("messages.id"))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
