"""The period in which a document is true: outside of it no search finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading
from balas.models import Document
from balas.values import Retrieval

if TYPE_CHECKING:
    from balas.knowledge.library import Searches


def in_force(now: datetime) -> ColumnElement[bool]:
    return and_(
        or_(Document.valid_from.is_(None), Document.valid_from <= now),
        or_(Document.valid_until.is_(None), Document.valid_until > now),
    )


def is_in_force(document: Document, now: datetime) -> bool:
    begun = document.valid_from is None or document.valid_from <= now
    return begun and (document.valid_until is None or document.valid_until > now)


def not_in_force(session: Session, now: datetime) -> frozenset[int]:
    """Documents that are live and not to be found now."""
    limited = or_(Document.valid_from.is_not(None), Document.valid_until.is_not(None))
    live = (Document.deleted_at.is_(None), Document.live_version.is_not(None))
    return frozenset(session.scalars(select(Document.id).where(*live, limited, not_(in_force(now)))))


class InForce:
    """Searches without what is outside of its period. Asked of the database with each search, so that it holds for
    all processes at the same moment and nothing has to be indexed when a period begins or ends."""

    def __init__(self, searches: Searches, database: Database) -> None:
        self._searches = searches
        self._database = database

    def search(
        self,
        query: str,
        *,
        limit: int = 8,
        audiences: frozenset[str],
        language: str | None = None,
        extra: Sequence[str] = (),
        excluded: frozenset[int] = frozenset(),
    ) -> Retrieval:
        with reading(self._database) as session:
            withheld = not_in_force(session, clock.now(session)) | excluded
        return self._searches.search(
            query, limit=limit, audiences=audiences, language=language, extra=extra, excluded=withheld
        )
