from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Leased, Moment, blob, exact


class KeptReply(Leased):
    """What a request with an Idempotency-Key was answered, for as long as it may be repeated."""

    __tablename__ = "kept_replies"
    __table_args__ = (
        UniqueConstraint("key_hash"),
        Index("ix_kept_replies_created_at", "created_at"),
        Leased.__table_args__,
    )

    key_hash: Mapped[str] = mapped_column(exact(64))  # of the key and the address it was sent to
    body_hash: Mapped[str] = mapped_column(exact(64))
    status: Mapped[int | None]  # None: still being worked on
    content: Mapped[bytes | None] = mapped_column(blob)
    created_at: Mapped[Moment]
