"""The database: reachable, at the newest schema, and the documents in it ready to be searched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Select, and_, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from balas.api.checkup import Finding, Health
from balas.api.clocks import databases_clock
from balas.database import schema
from balas.database.engine import Database
from balas.database.session import describe, reading
from balas.errors import DatabaseUnavailable
from balas.models import Document, DocumentChunk, DocumentStatus, Vector
from balas.settings import Settings


def check_schema(settings: Settings) -> Finding:
    with opened(settings) as database:
        if database is None:
            return Finding(Health.HEALTHY, "none yet; the first start makes it")
        kind = database.url.get_backend_name()
        try:
            found, newest = schema.current(database), schema.head()
        except DBAPIError as error:
            return Finding(Health.UNHEALTHY, f"{kind} does not answer", advice=f"{describe(error)}; check DATABASE_URL")
        with reading(database) as session:
            wrong_clock = databases_clock(session)
    if found is None:
        return Finding(Health.HEALTHY, f"{kind}, empty; the first start fills it")
    if found != newest:
        return Finding(
            Health.UNHEALTHY,
            f"{kind}, at revision {found} and not {newest}",
            advice="run `balas migrate`, or the newest version of Balas",
        )
    state = f"{kind}, at the newest revision"
    return Finding(Health.DEGRADED, f"{state}; {wrong_clock[0]}") if wrong_clock else Finding(Health.HEALTHY, state)


def check_documents(settings: Settings) -> Finding:
    """Every passage that should be found has its vector."""
    with opened(settings) as database:
        try:
            if database is None or schema.current(database) != schema.head():
                return Finding(Health.HEALTHY, "none to look at yet")
            with reading(database) as session:
                failed, total, bare = _counts(session)
        except (DBAPIError, DatabaseUnavailable):
            return Finding(Health.DEGRADED, "not looked at: the database does not answer")
    detail = f"{total} passages"
    if failed:
        return Finding(
            Health.DEGRADED,
            f"{detail}; {failed} document(s) failed",
            advice="GET /api/documents?status=failed says why",
        )
    if bare:
        return Finding(
            Health.DEGRADED,
            f"{detail}, {bare} of them without a vector",
            advice="they are embedded with the next start",
        )
    return Finding(Health.HEALTHY, f"{detail}, each with its vector")


def _counts(session: Session) -> tuple[int, int, int]:
    """Failed documents, live passages, and live passages that no model has embedded."""
    failed = select(func.count()).select_from(Document)
    failed = failed.where(Document.status == DocumentStatus.FAILED, Document.deleted_at.is_(None))
    live = _live(select(func.count()).select_from(DocumentChunk))
    embedded = select(Vector.content_hash).where(Vector.content_hash == DocumentChunk.content_hash).exists()
    counts = [session.execute(query).scalar_one() for query in (failed, live, live.where(~embedded))]
    return counts[0], counts[1], counts[2]


def passages(session: Session) -> int:
    """Those that searches may find."""
    return session.execute(_live(select(func.count()).select_from(DocumentChunk))).scalar_one()


def _live(query: Select[int]) -> Select[int]:
    is_live = and_(Document.live_version == DocumentChunk.version, Document.deleted_at.is_(None))
    return query.join(Document, and_(Document.id == DocumentChunk.document_id, is_live))


@contextmanager
def opened(settings: Settings) -> Iterator[Database | None]:
    """None for a SQLite file that is not there: opening it would make it."""
    database = Database(settings.sqlalchemy_url, 1)
    if database.is_sqlite and not Path(str(database.url.database)).exists():
        yield None
        return
    try:
        yield database
    finally:
        database.close()
