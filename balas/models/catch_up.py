from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Leased, Moment, UtcDateTime, exact


class CatchUp(Leased):
    """How far a WAHA session was read back for messages whose webhook never came; one process at a time reads."""

    __tablename__ = "catch_ups"
    __table_args__ = (UniqueConstraint("waha_session"), Leased.__table_args__)

    waha_session: Mapped[str] = mapped_column(exact(64))
    began_at: Mapped[Moment]  # the first reading: what is older was never ours to answer
    read_until: Mapped[Moment]  # everything up to here was read; the next reading overlaps it
    missed: Mapped[int] = mapped_column(default=0)  # messages whose webhook should have come, and did not
    deaf_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # messages are missed and no webhook comes at all
