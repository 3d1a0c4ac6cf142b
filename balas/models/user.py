from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, UtcDateTime, exact


class User(Base):
    """A person on WhatsApp, known by phone number or, until it is known, by a hidden id (@lid)."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("user_key"), Base.__table_args__)

    id: Mapped[RowId]
    user_key: Mapped[str] = mapped_column(exact(128))  # "6281...@c.us", or "...@lid"
    phone: Mapped[str | None] = mapped_column(exact(32), index=True)  # digits only
    lid: Mapped[str | None] = mapped_column(exact(128), index=True)
    name: Mapped[str | None] = mapped_column(exact(255))
    created_at: Mapped[Moment]
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
