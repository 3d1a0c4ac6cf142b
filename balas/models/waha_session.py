from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, UtcDateTime, exact


class WahaSession(Base):
    """What WAHA last said of a session (a phone number it is linked to)."""

    __tablename__ = "waha_sessions"

    name: Mapped[str] = mapped_column(exact(64), primary_key=True)
    status: Mapped[str] = mapped_column(exact(32))
    status_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    me_id: Mapped[str | None] = mapped_column(exact(128))
    engine: Mapped[str | None] = mapped_column(exact(16))
    paired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # older messages are history, not questions
