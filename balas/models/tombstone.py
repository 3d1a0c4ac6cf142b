from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, exact


class Tombstone(Base):
    """An address whose person was erased, as a keyed hash: what was said before then is refused when it comes again."""

    __tablename__ = "tombstones"
    __table_args__ = (UniqueConstraint("address_hash"), Base.__table_args__)

    id: Mapped[RowId]
    address_hash: Mapped[str] = mapped_column(exact(64))
    receipt_id: Mapped[str] = mapped_column(exact(32))
    erased_at: Mapped[Moment]
