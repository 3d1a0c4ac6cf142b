from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Moment, RowId, exact


class AuditEntry(Base):
    """One thing that an operator did. Only `balas.audit` writes here, and it changes nothing."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_done_at", "done_at"),
        Index("ix_audit_entries_target", "target", "id"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    done_at: Mapped[Moment]
    who: Mapped[str] = mapped_column(exact(16))  # "console", "api", "command" or "key 7"
    address: Mapped[str | None] = mapped_column(exact(16))  # of the caller, as a keyed hash; None for a command
    action: Mapped[str] = mapped_column(exact(32))
    target: Mapped[str | None] = mapped_column(exact(64))  # the object's id; never a text, name or number
    number: Mapped[int]  # of objects; `target` is the first of several
    result: Mapped[str] = mapped_column(exact(16))
