"""The period in which a document is true: outside of it no search finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from sqlalchemy import BindParameter, bindparam, or_, select
from sqlalchemy.orm import Session

from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading
from balas.database.statements import execute
from balas.knowledge import addressing
from balas.models import Document
from balas.values import Retrieval

if TYPE_CHECKING:
    from balas.rag.seams import Searches, SearchOptions


_NOW: BindParameter[datetime] = bindparam("now")
_OUTSIDE = select(Document.id).where(
    or_(Document.valid_from > _NOW, Document.valid_until <= _NOW), Document.deleted_at.is_(None)
)
_LIVE_OUTSIDE = _OUTSIDE.where(Document.live_version.is_not(None))


def not_in_force(session: Session, now: datetime, *, staged: bool = False) -> frozenset[int]:
    """Documents that are live and not to be found now; with `staged` also those that are not live yet."""
    return frozenset(execute(session, _OUTSIDE if staged else _LIVE_OUTSIDE, {"now": now}).scalars())


class InForce:
    """Searches without documents outside of their period, and with the addresses of web pages. Each search asks the
    database, so all processes agree at any moment, and nothing is indexed anew when a period begins or ends."""

    def __init__(self, searches: Searches, database: Database) -> None:
        self._searches = searches
        self._database = database

    def languages(self) -> Sequence[str]:
        return self._searches.languages()

    def search(
        self,
        query: str,
        *,
        audiences: frozenset[str],
        excluded: frozenset[int] = frozenset(),
        **options: Unpack[SearchOptions],
    ) -> Retrieval:
        with reading(self._database) as session:
            withheld = not_in_force(session, clock.now(session)) | excluded
        found = self._searches.search(query, audiences=audiences, excluded=withheld, **options)
        with reading(self._database) as session:
            return addressing.located(session, found)
