from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Double, Float, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, big_id, exact


class Analytics(Base):
    """The outcome of one turn, in figures."""

    __tablename__ = "analytics"
    __table_args__ = (
        UniqueConstraint("turn_id"),
        Index("ix_analytics_created_at", "created_at", "id"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    turn_id: Mapped[int] = mapped_column(big_id, ForeignKey("turns.id"))
    conversation_id: Mapped[int] = mapped_column(big_id, ForeignKey("conversations.id"))
    user_id: Mapped[int] = mapped_column(big_id, ForeignKey("users.id"))
    outcome: Mapped[str] = mapped_column(exact(16))  # answered, abstained, smalltalk
    mode: Mapped[str] = mapped_column(exact(16))
    language: Mapped[str | None] = mapped_column(exact(8))
    answerable: Mapped[float | None] = mapped_column(Float)
    response_time_ms: Mapped[int | None]
    prompt_tokens: Mapped[int] = mapped_column(default=0)
    completion_tokens: Mapped[int] = mapped_column(default=0)
    cost: Mapped[float] = mapped_column(Float, default=0.0)
    model: Mapped[str | None] = mapped_column(exact(128))
    created_at: Mapped[Moment]


class Citation(Base):
    """A document that stood under an answer."""

    __tablename__ = "citations"
    __table_args__ = (Index("ix_citations_document_id", "document_id", "created_at"), Base.__table_args__)

    id: Mapped[RowId]
    turn_id: Mapped[int] = mapped_column(big_id, ForeignKey("turns.id"), index=True)
    document_id: Mapped[int] = mapped_column(big_id, ForeignKey("documents.id"))
    page: Mapped[int | None]
    created_at: Mapped[Moment]


class ModelSpend(Base):
    """What was spent on a day, for everybody (`spender` = "*") and for each person. In SQL: caps survive restarts."""

    __tablename__ = "model_spend"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    spender: Mapped[str] = mapped_column(exact(128), primary_key=True)
    calls: Mapped[int] = mapped_column(default=0)
    # Double: MySQL's FLOAT has seven digits, and forgets a cheap call beside a dear day.
    cost: Mapped[float] = mapped_column(Double, default=0.0)
    reserved: Mapped[float] = mapped_column(Double, default=0.0)  # the most that calls under way may cost
    last_minute: Mapped[int] = mapped_column(default=0)  # since 1970, in which chats called a model
    last_minute_calls: Mapped[int] = mapped_column(default=0)
