"""The period in which a document is true: outside of it no search finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Unpack

from sqlalchemy import BindParameter, Integer, bindparam, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading
from balas.database.statements import execute
from balas.knowledge.addressing import Addresses
from balas.models import Document, KnowledgeState
from balas.ports import uptime
from balas.values import Retrieval

if TYPE_CHECKING:
    from balas.rag.seams import Searches, SearchOptions

SAME_MOMENT_SECONDS = 0.1  # a search asks again if its answer asked longer ago, as after a call of the model

_NOW: BindParameter[datetime] = bindparam("now")
_OUTSIDE = select(Document.id).where(
    or_(Document.valid_from > _NOW, Document.valid_until <= _NOW), Document.deleted_at.is_(None)
)
_LIVE_OUTSIDE = _OUTSIDE.where(Document.live_version.is_not(None))
_IS_VERSION = literal_column("1", Integer).label("is_version")
_STANDING = union_all(
    select(_IS_VERSION, KnowledgeState.version.label("number")).where(KnowledgeState.id == 1),
    _LIVE_OUTSIDE.with_only_columns(literal_column("0", Integer), Document.id),
)


class Standing(NamedTuple):
    """What holds for searches at a moment."""

    version: int  # of the knowledge
    withheld: frozenset[int]  # documents outside of their period
    asked_at: float


def standing(database: Database) -> Standing:
    """One statement, since each answer asks."""
    asked_at = uptime()
    with reading(database) as session:
        found = execute(session, _STANDING, {"now": clock.now(session)}).all()
    versions = [row.number for row in found if row.is_version]
    return Standing(
        versions[0] if versions else 0, frozenset(row.number for row in found if not row.is_version), asked_at
    )


def not_in_force(session: Session, now: datetime, *, staged: bool = False) -> frozenset[int]:
    """Documents that are live and not to be found now; with `staged` also those that are not live yet."""
    return frozenset(execute(session, _OUTSIDE if staged else _LIVE_OUTSIDE, {"now": now}).scalars())


class InForce:
    """One answer's searches, without documents outside of their period, and with the addresses of web pages. The
    database is asked each time, so all processes agree at any moment, and nothing is indexed anew when a period begins
    or ends. `known` is what it just said."""

    def __init__(self, searches: Searches, database: Database, addresses: Addresses, known: Standing | None) -> None:
        self._searches = searches
        self._database = database
        self._addresses = addresses
        self._known = known

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
        if self._known is None or uptime() - self._known.asked_at > SAME_MOMENT_SECONDS:
            self._known = standing(self._database)
        version, withheld, _ = self._known
        found = self._searches.search(query, audiences=audiences, excluded=withheld | excluded, **options)
        return self._addresses.located(self._database, found, version)
