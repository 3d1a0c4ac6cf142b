"""An index that all processes share is brought up to date by one of them at a time; the others search meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Unpack

from sqlalchemy import Select, select

from balas.database.engine import Database
from balas.database.session import reading
from balas.database.statements import execute, placed, places
from balas.errors import Conflict, IndexUnavailable, LeaseLost
from balas.knowledge import follower, sources
from balas.knowledge.follower import Progress
from balas.knowledge.index_lease import lease
from balas.models import Document
from balas.models.index_lease import REBUILDING, WRITING
from balas.rag.embeddings import Embedder
from balas.rag.stores.shared_index import SharedIndex
from balas.values import Retrieval, audiences_in

if TYPE_CHECKING:
    from balas.rag.seams import Searches, SearchOptions

PATIENCE_SECONDS = 2.0  # for the process that writes; a few documents are through in a fraction of that
LOOK_EVERY_SECONDS = 0.1


def catch_up(database: Database, embedder: Embedder, index: SharedIndex, progress: Progress) -> None:
    """Bring the index to the version of the database, or, while another process does so, as far as it gets in a moment.

    Raises `IndexUnavailable` while the index is built for the first time: half of it would answer wrongly.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        index.refresh()
        if index.version == version(database) or write(database, embedder, index, progress):
            return
        if time.monotonic() > deadline:
            break
        time.sleep(LOOK_EVERY_SECONDS)
    if index.version == 0 or index.version > version(database):
        raise IndexUnavailable("Another process builds the search index: try again in a moment.", PATIENCE_SECONDS)


def write(database: Database, embedder: Embedder, index: SharedIndex, progress: Progress) -> bool:
    """Whether it was our turn and it is done."""
    try:
        with lease(database, WRITING) as held:
            if held is None:
                return False
            index.begin(held.check)
            wanted = version(database)
            if index.version == wanted:
                return True  # the process before us was as far
            if index.version > wanted:
                index.clear()  # the database went back to a backup
            follower.follow(database, embedder, index, progress)
            return True
    except LeaseLost:
        return False  # stopped for too long: another process goes on


def tidy(database: Database, index: SharedIndex) -> None:
    """Delete for good what was replaced or deleted, unless another process is at it."""
    if not index.is_untidy():
        return
    with lease(database, WRITING) as held:
        if held is not None:
            index.tidy(held.check)


def rebuild(database: Database, embedder: Embedder, aside: SharedIndex, progress: Progress) -> None:
    """Fill a new index beside the one that is searched, then let it take over. Raises `Conflict` while another does."""
    with lease(database, REBUILDING) as held:
        if held is None:
            raise Conflict("Another balas reindex is running.")
        aside.begin(held.check)
        follower.follow(database, embedder, aside, progress)
        aside.begin(held.check)
        follower.follow(database, embedder, aside, progress=lambda done, total: None)  # what changed meanwhile
        held.check()
        aside.take_over()


def version(database: Database) -> int:
    with reading(database) as session:
        return sources.version(session)


class NotWithdrawn:
    """Searches an index that may be a moment behind, and leaves out what was deleted or given to others meanwhile."""

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
        found = self._searches.search(query, audiences=audiences, excluded=excluded, **options)
        withdrawn = self._withdrawn({passage.document_id for passage in found.passages}, audiences)
        if not withdrawn:
            return found
        left = tuple(passage for passage in found.passages if passage.document_id not in withdrawn)
        return replace(found, passages=left, answerable=found.answerable if left else 0.0)

    def _withdrawn(self, document_ids: set[int], audiences: frozenset[str]) -> set[int]:
        if not document_ids:
            return set()
        with reading(self._database) as session:
            return {
                row.id
                for row in execute(session, _held(len(document_ids)), placed(sorted(document_ids)))
                if row.deleted_at is not None or not audiences & audiences_in(row.audience)
            }


@lru_cache(maxsize=64)
def _held(documents: int) -> Select[int, str, datetime | None]:
    return select(Document.id, Document.audience, Document.deleted_at).where(Document.id.in_(places(documents)))
