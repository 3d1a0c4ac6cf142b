from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Leased, Moment, UtcDateTime, big_id, exact


class TurnState(StrEnum):
    GATHERING = "gathering"  # further messages of the burst still join it
    GENERATING = "generating"  # closed; a worker works out the answer
    SENDING = "sending"  # the answer is saved; its outbox rows are on their way
    ANSWERED = "answered"
    CANCELLED = "cancelled"  # nothing is left to answer: revoked, or a person took over
    DEAD = "dead"


OPEN_TURNS = (TurnState.GATHERING, TurnState.GENERATING, TurnState.SENDING)


class Turn(Leased):
    """The messages of one burst, answered together. A conversation's turns are worked on one after the other."""

    __tablename__ = "turns"
    __table_args__ = (
        # At most one turn of a conversation gathers: `gathering` is 1 while it does, NULL afterwards.
        UniqueConstraint("conversation_id", "gathering"),
        Index("ix_turns_state", "state", "next_attempt_at"),
        Index("ix_turns_conversation_id", "conversation_id", "id"),
        Leased.__table_args__,
    )

    conversation_id: Mapped[int] = mapped_column(big_id, ForeignKey("conversations.id"))
    gathering: Mapped[int | None]
    state: Mapped[str] = mapped_column(exact(16), default=TurnState.GATHERING)
    due_at: Mapped[Moment]  # when the burst counts as over
    deadline_at: Mapped[Moment]  # then it is dead-lettered, so that the chat goes on
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # saved before the send: no crash pays a model twice
    reason: Mapped[str | None] = mapped_column(exact(255))
    created_at: Mapped[Moment]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
