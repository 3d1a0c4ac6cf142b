"""Golden questions that were drafted from chats: a person's words, like what they were drafted from."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from balas.models import GateReport, GoldenQuestion


def forget(session: Session, *conditions: ColumnElement[bool]) -> int:
    """Delete them, and their words in the reports of what fell; how many questions."""
    ids = session.scalars(select(GoldenQuestion.id).where(*conditions).with_for_update()).all()
    chosen = delete(GoldenQuestion).where(GoldenQuestion.id.in_(ids))
    session.execute(chosen.execution_options(synchronize_session=False))
    GateReport.forget(session, ids)
    return len(ids)
