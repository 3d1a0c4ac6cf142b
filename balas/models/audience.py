from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, exact


class AudienceNumber(Base):
    """A phone number that belongs to an audience. Everybody else belongs to `public` alone."""

    __tablename__ = "audience_numbers"
    __table_args__ = (UniqueConstraint("phone", "audience"), Base.__table_args__)

    id: Mapped[RowId]
    phone: Mapped[str] = mapped_column(exact(32))  # digits only, compared whole
    audience: Mapped[str] = mapped_column(exact(64), index=True)
    created_at: Mapped[Moment]
