"""Brings a process's index to the version of the database, document by document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session

from balas.database.engine import Database
from balas.database.session import reading
from balas.errors import IndexUnavailable
from balas.knowledge import sources, vectors
from balas.models import Document, DocumentChunk, Vector
from balas.rag.embeddings import Embedder
from balas.rag.index import IndexedDocument, IndexEntry, PassageIndex, embedded_text, prepare_entry
from balas.values import Chunk

CHUNKS_A_GROUP = 1000
DOCUMENTS_A_GROUP = 200
LOOKS = 5

Progress = Callable[[int, int], None]
"""Told how many of how many changed documents are in the index."""


@dataclass(frozen=True, slots=True)
class Changed:
    document_id: int
    chunk_count: int


def follow(database: Database, embedder: Embedder, index: PassageIndex, progress: Progress) -> None:
    """Apply what changed since `index.version`. Safe to interrupt: it begins again at the version it had reached.

    Passages without a vector of this model are embedded, which after a change of the model are all of them.
    """
    with reading(database) as session:
        target = sources.version(session)
        changed = _changed(session, index.version)
    done = 0
    for group in _groups(changed):
        ids = [one.document_id for one in group]
        entries = {
            key: list(found) for key, found in groupby(_entries(database, embedder, ids), lambda e: e.document_id)
        }
        for document_id in ids:
            if document_id in entries:
                index.replace_document(document_id, entries[document_id])
            else:
                index.remove_document(document_id)
        done += len(group)
        progress(done, len(changed))
    index.version = target


def _changed(session: Session, since: int) -> list[Changed]:
    rows = session.execute(
        select(Document.id, Document.chunk_count)
        .where(Document.knowledge_version > since)
        .order_by(Document.knowledge_version, Document.id)
    )
    return [Changed(document_id, count) for document_id, count in rows]


def _groups(changed: Sequence[Changed]) -> Iterator[list[Changed]]:
    group: list[Changed] = []
    size = 0
    for one in changed:
        if group and (len(group) == DOCUMENTS_A_GROUP or size + one.chunk_count > CHUNKS_A_GROUP):
            yield group
            group, size = [], 0
        group.append(one)
        size += one.chunk_count
    if group:
        yield group


def live(database: Database, embedder: Embedder, document_ids: Sequence[int]) -> dict[int, list[IndexEntry]]:
    """The passages that searches see, by document; none of those that are deleted or not published yet."""
    entries = _entries(database, embedder, document_ids)
    return {one: [entry for entry in entries if entry.document_id == one] for one in document_ids}


def staged(database: Database, embedder: Embedder, titles: Mapping[int, str]) -> dict[int, list[IndexEntry]]:
    """The passages of the versions last given, as they would be published; `titles` are those of these versions."""
    entries = _entries(database, embedder, list(titles), titles)
    return {one: [entry for entry in entries if entry.document_id == one] for one in titles}


def _entries(
    database: Database, embedder: Embedder, ids: Sequence[int], staged: Mapping[int, str] | None = None
) -> list[IndexEntry]:
    """The passages of the live versions, by document, or of those staged under these titles."""
    size = vectors.size_of(embedder)
    for _ in range(LOOKS):
        with reading(database) as session:
            rows = _rows(session, embedder.name, size, ids, is_staged=staged is not None)
        missing = {row.content_hash: embedded_text(row.heading, row.text) for row in rows if row.data is None}
        if not missing:
            return [_entry(row, (staged or {}).get(row.document_id, row.title)) for row in rows]
        vectors.embed_missing(database, embedder, missing)
    raise IndexUnavailable("The documents change faster than they can be read: try again in a moment.")


def _rows(session: Session, model: str, size: int, ids: Sequence[int], *, is_staged: bool) -> Sequence[Row[Any]]:
    """In one statement: under READ COMMITTED a second one might see another version's passages."""
    version = Document.uploaded_version if is_staged else Document.live_version
    audience = Document.given_audience if is_staged else Document.audience
    live = and_(
        DocumentChunk.document_id == Document.id,
        DocumentChunk.version == version,
        Document.deleted_at.is_(None),
    )
    ours = (Vector.model == model, func.length(Vector.data) == size)
    vector = and_(Vector.content_hash == DocumentChunk.content_hash, *ours)
    return session.execute(
        select(DocumentChunk.__table__, Document.title, audience.label("audience"), Vector.data)
        .join(Document, live)
        .outerjoin(Vector, vector)
        .where(Document.id.in_(ids))
        .order_by(DocumentChunk.document_id, DocumentChunk.position)
    ).all()


def _entry(row: Row[Any], title: str) -> IndexEntry:
    return prepare_entry(
        Chunk(row.position, row.text, row.heading, row.page, row.kind, tuple(row.row_numbers or ())),
        IndexedDocument(row.document_id, row.version, title, row.audience),
        chunk_id=row.id,
        vector=vectors.unpacked(row.data),
        language=row.language,
    )
