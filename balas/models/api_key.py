from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, UtcDateTime, exact


class ApiKey(Base):
    """A key that was given out beside the first one; the key itself is nowhere. Only `balas.access` writes here."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("digest"), Base.__table_args__)

    id: Mapped[RowId]
    digest: Mapped[str] = mapped_column(exact(64))
    name: Mapped[str] = mapped_column(exact(64))
    scopes: Mapped[str] = mapped_column(exact(255))  # with commas
    created_at: Mapped[Moment]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # to the hour
