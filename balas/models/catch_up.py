from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Leased, Moment, RowId, UtcDateTime, exact


class CatchUp(Leased):
    """How far a WAHA session was read back for messages whose webhook never came; one process at a time reads."""

    __tablename__ = "catch_ups"
    __table_args__ = (UniqueConstraint("waha_session"), Leased.__table_args__)

    waha_session: Mapped[str] = mapped_column(exact(64))
    began_at: Mapped[Moment]  # the first reading: what is older was never ours to answer
    read_until: Mapped[Moment]  # everything up to here was read; the next reading overlaps it
    missed: Mapped[int] = mapped_column(default=0)  # messages whose webhook should have come, and did not
    deaf_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # messages are missed and no webhook comes at all


class UnreadChat(Base):
    """A chat that WAHA would not show when its session was read: what has to be read of it still, and from when on."""

    __tablename__ = "unread_chats"
    __table_args__ = (UniqueConstraint("waha_session", "chat_id"), Base.__table_args__)

    id: Mapped[RowId]
    waha_session: Mapped[str] = mapped_column(exact(64))
    chat_id: Mapped[str] = mapped_column(exact(128))
    since: Mapped[Moment]
    until: Mapped[Moment]  # when WAHA last listed it as one in which something was said
    failures: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[Moment]
