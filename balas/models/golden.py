from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from balas.models.base import Base, Moment, RowId, UtcDateTime, big_id, exact, long_text


class Origin(StrEnum):
    OPERATOR = "operator"
    DOCUMENT = "document"  # drafted from its passages
    CHAT = "chat"  # drafted from an answer that was given


class GoldenQuestion(Base):
    """A question whose right answer is known. Only those that a person approved decide anything."""

    __tablename__ = "golden_questions"
    __table_args__ = (UniqueConstraint("question_key"), Base.__table_args__)

    id: Mapped[RowId]
    question_key: Mapped[str] = mapped_column(exact(64))  # hash of question and audience: none stands there twice
    question: Mapped[str] = mapped_column(long_text)
    language: Mapped[str | None] = mapped_column(exact(8))
    audience: Mapped[str] = mapped_column(exact(512), default="public")  # whose person asks; see `balas.values`
    document_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("documents.id"), index=True)
    expected: Mapped[str | None] = mapped_column(long_text)  # each line must be said
    must_abstain: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[str] = mapped_column(exact(16), default=Origin.OPERATOR)
    turn_id: Mapped[int | None] = mapped_column(big_id, index=True)  # of a chat: erased with its person
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quoted: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # how the live documents did last, without a model
    written: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the same with one
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class GateOutcome(StrEnum):
    PASSED = "passed"
    WARNED = "warned"  # something fell, and it went live all the same
    HELD = "held"  # waits for a person
    PUBLISHED = "published"  # a person let it go live
    DISCARDED = "discarded"
    REFUSED = "refused"  # a deletion that was not carried out


FORGOTTEN = {"question": "", "reason": "the question was deleted, and its words with it", "before": "", "after": ""}


class GateReport(Base):
    """What a change did to the golden questions. Changes by which none fell leave no report."""

    __tablename__ = "gate_reports"
    __table_args__ = (
        Index("ix_gate_reports_document_id", "document_id", "version"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    cause: Mapped[str] = mapped_column(exact(16))  # "document", "deletion", "rollback", "settings" or "run"
    document_id: Mapped[int | None] = mapped_column(big_id)  # no foreign key: it is told of those deleted, too
    version: Mapped[int | None]
    subject: Mapped[str] = mapped_column(exact(512), default="")  # the document's title, or what changed
    outcome: Mapped[str] = mapped_column(exact(16))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)  # figures
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    falls: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[Moment]

    @classmethod
    def forget(cls, session: Session, golden_ids: Collection[int]) -> int:
        """Blank the words of these questions wherever they fell, and return in how many reports that was.

        Their rows are to be deleted before: a report that is being written holds them, see `balas.knowledge.reports`.
        """
        blanked = 0
        for row in session.scalars(select(cls).order_by(cls.id)) if golden_ids else ():
            falls = [fall | FORGOTTEN if fall["golden_id"] in golden_ids else fall for fall in row.falls]
            if falls != row.falls:
                row.falls = falls
                blanked += 1
        session.flush()
        return blanked
