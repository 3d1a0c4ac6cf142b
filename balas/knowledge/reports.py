"""What changes did to the golden questions, as rows. Functions take a Session, never commit."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from balas.database.claims import update_where
from balas.models import Document, GateOutcome, GateReport, GoldenQuestion
from balas.models.golden import FORGOTTEN

STANDING = (GateOutcome.WARNED, GateOutcome.HELD, GateOutcome.REFUSED)


def add(session: Session, report: GateReport) -> None:
    """Keep a report, without the words of questions that were deleted while they were being asked."""
    asked = {fall["golden_id"] for fall in report.falls} - {None}
    # Locked: whoever deletes one of them meanwhile waits, and finds this report.
    there = select(GoldenQuestion.id).where(GoldenQuestion.id.in_(asked)).with_for_update(read=True)
    gone = asked - set(session.scalars(there))
    report.falls = [fall | FORGOTTEN if fall["golden_id"] in gone else fall for fall in report.falls]
    session.add(report)


def page(session: Session, *, limit: int, before_id: int | None = None) -> list[GateReport]:
    """Newest first."""
    query = select(GateReport).order_by(GateReport.id.desc()).limit(limit)
    return list(session.scalars(query if before_id is None else query.where(GateReport.id < before_id)))


def standing(session: Session, documents: Collection[Document]) -> dict[int, GateReport]:
    """By document, the newest report of what went live, waits, or was not deleted because of it."""
    ids = [document.id for document in documents]
    newest = (
        select(func.max(GateReport.id))
        .where(GateReport.document_id.in_(ids), GateReport.outcome.in_((*STANDING, GateOutcome.PUBLISHED)))
        .group_by(GateReport.document_id)
    )
    found = {row.document_id: row for row in session.scalars(select(GateReport).where(GateReport.id.in_(newest)))}
    return {
        document.id: row
        for document in documents
        if (row := found.get(document.id)) and (document.gate is not None or row.outcome == GateOutcome.REFUSED)
    }


def decided(session: Session, document_id: int, outcome: GateOutcome) -> None:
    """A person decided about what was held."""
    held = (GateReport.document_id == document_id, GateReport.outcome == GateOutcome.HELD)
    update_where(session, GateReport, *held, outcome=outcome)


def last_of(session: Session, cause: str) -> GateReport | None:
    query = select(GateReport).where(GateReport.cause == cause).order_by(GateReport.id.desc()).limit(1)
    return session.scalars(query).first()
