"""The documents themselves: taking them in, keeping their bytes, listing, deleting. Functions take a Session."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.errors import NotFound
from balas.knowledge import terms, versions
from balas.knowledge.uploads import Upload
from balas.models import Document, DocumentChunk, DocumentPart, DocumentStatus, DocumentVersion, KnowledgeState
from balas.values import PUBLIC

PART_BYTES = 1024 * 1024
OPEN = (DocumentStatus.RECEIVED, DocumentStatus.INDEXING)
CURATED = "curated"  # the source of approved answers, which have a list of their own

_VERSION = select(KnowledgeState.version).where(KnowledgeState.id == 1)


@dataclass(frozen=True, slots=True)
class Received:
    document: Document
    waits: bool  # there is something to index
    replaced: bool = False  # it was here already, with other content
    told_anew: bool = False  # it was here already, for others


def receive(session: Session, upload: Upload, now: datetime) -> Received:
    """Take a document in.

    The same content twice is one document, whatever it is called. New content under a known key is a new version of
    that document, and wins over one that is being indexed.
    """
    _lock(session)
    known = session.scalar(select(Document).where(Document.source_key == upload.source_key).with_for_update())
    if known is not None:
        received = _revise(session, known, upload, now)
    elif (twin := _twin(session, upload)) is not None:
        received = Received(twin, _tried_again(twin, now))
    else:
        received = Received(_create(session, upload, now), waits=True)
    if upload.terms is not None:
        terms.put(received.document, upload.terms, now)
    return received


def revise(session: Session, document: Document, upload: Upload, now: datetime) -> bool:
    """New content for this very document; whether there is anything to index."""
    _lock(session)
    received = _revise(session, document, upload, now)
    terms.put(document, upload.terms or terms.of(document), now)
    return received.waits


def get(session: Session, document_id: int) -> Document:
    document = session.get(Document, document_id)
    if document is None or document.deleted_at is not None:
        raise NotFound("No such document.")
    return document


def page(
    session: Session,
    *,
    limit: int,
    before_id: int | None = None,
    status: str | None = None,
    q: str | None = None,
    category: str | None = None,
) -> list[Document]:
    """Documents, newest first, those before `before_id`. `q` is looked for in title and name, case aside."""
    shelf = (Document.deleted_at.is_(None), Document.source != CURATED)
    query = select(Document).where(*shelf).order_by(Document.id.desc()).limit(limit)
    if category is not None:
        query = query.where(Document.category == category)
    if before_id is not None:
        query = query.where(Document.id < before_id)
    if status is not None:
        query = query.where(Document.status == status)
    if q:
        columns = (func.lower(Document.title), func.lower(Document.name))
        query = query.where(or_(*(column.contains(q.lower(), autoescape=True) for column in columns)))
    return list(session.scalars(query))


def live(session: Session) -> list[Document]:
    """Those that searches see, approved answers aside."""
    shelf = (Document.deleted_at.is_(None), Document.source != CURATED, Document.live_version.is_not(None))
    return list(session.scalars(select(Document).where(*shelf).order_by(Document.id)))


def chunks(session: Session, document: Document, *, limit: int, after: int = -1) -> list[DocumentChunk]:
    """Passages of the live version in reading order, those after position `after`."""
    of_version = (DocumentChunk.document_id == document.id, DocumentChunk.version == document.live_version)
    query = select(DocumentChunk).where(*of_version, DocumentChunk.position > after)
    return list(session.scalars(query.order_by(DocumentChunk.position).limit(limit)))


def content_of(session: Session, document_id: int, version: int) -> bytes:
    """The bytes of the version last given; b"" once they were replaced or deleted."""
    return contents_of(session, {document_id: version})[document_id]


def contents_of(session: Session, versions: Mapping[int, int]) -> dict[int, bytes]:
    """The bytes of several documents, by id; `versions` by id."""
    parts = (
        select(DocumentPart.document_id, DocumentPart.version, DocumentPart.content)
        .where(DocumentPart.document_id.in_(versions))
        .order_by(DocumentPart.document_id, DocumentPart.position)
    )
    slices: dict[int, list[bytes]] = {document_id: [] for document_id in versions}
    for document_id, number, content in session.execute(parts):
        if number == versions[document_id]:
            slices[document_id].append(content)
    return {document_id: b"".join(found) for document_id, found in slices.items()}


def remove(session: Session, document_id: int, now: datetime) -> None:
    """Delete a document: no search finds it from the commit on. Raises `NotFound`, also the second time."""
    version = bump(session, now)
    document = session.get(Document, document_id, with_for_update=True)
    if document is None or document.deleted_at is not None:
        raise NotFound("No such document.")
    document.source_key = f"deleted:{document_id}"
    document.content_hash = None
    document.live_version = document.previous_version = document.gate = None
    document.chunk_count = 0
    document.knowledge_version = version
    document.deleted_at = document.updated_at = now
    _take_away(document)
    session.execute(delete(DocumentPart).where(DocumentPart.document_id == document_id))
    session.execute(delete(DocumentVersion).where(DocumentVersion.document_id == document_id))
    versions.drop_chunks(session, [document_id])


def unfinished(session: Session, now: datetime, limit: int) -> list[int]:
    """Documents that wait for a worker: nobody holds them, and their next attempt is due."""
    return list(
        session.scalars(
            select(Document.id)
            .where(
                Document.status.in_(OPEN),
                Document.deleted_at.is_(None),
                or_(Document.lease_until.is_(None), Document.lease_until < now),
                or_(Document.next_attempt_at.is_(None), Document.next_attempt_at <= now),
            )
            .order_by(Document.id)
            .limit(limit)
        )
    )


def bump(session: Session, now: datetime) -> int:
    """The next knowledge version. Its row stays locked until the commit, so versions become visible in order."""
    _lock(session)
    session.execute(
        update(KnowledgeState)
        .where(KnowledgeState.id == 1)
        .values(version=KnowledgeState.version + 1, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    return session.execute(select(KnowledgeState.version).where(KnowledgeState.id == 1)).scalar_one()


def version(session: Session) -> int:
    """The version that every index follows."""
    return execute(session, _VERSION, {}).scalar() or 0


def lineage(session: Session) -> str:
    """What tells the documents of this database from those of another whose versions happen to be the same."""
    _lock(session)
    return session.execute(select(KnowledgeState.lineage).where(KnowledgeState.id == 1)).scalar_one()


def _lock(session: Session) -> None:
    """Whoever changes documents holds the one state row first: two equal uploads at once must find each other."""
    state = {"id": 1, "version": 0, "lineage": secrets.token_hex(16)}
    insert_once(session, KnowledgeState, [state])


def _revise(session: Session, document: Document, upload: Upload, now: datetime) -> Received:
    """What is not given stays as it is. A wider audience holds only together with the new content."""
    same = (document.content_hash, document.given_title) == (upload.content_hash, upload.title)
    audience = upload.audience or document.given_audience
    told_anew = audience != document.given_audience
    is_live = document.live_version is None or (same and versions.described(document) == document.live_version)
    if upload.audience and document.audience != audience and (is_live or terms.is_within(audience, document.audience)):
        terms.give(session, document, audience, bump(session, now))
    if not same:
        _replace(session, document, upload, now)
    if upload.audience:
        terms.give_with_content(session, document, audience)
        document.updated_at = now if told_anew else document.updated_at
    return Received(document, not same or _tried_again(document, now), not same, told_anew)


def _twin(session: Session, upload: Upload) -> Document | None:
    """The same content under another name. If no audience is given, whichever audience that has: copying a document
    must not open it to everybody."""
    same = select(Document).where(Document.content_hash == upload.content_hash, Document.deleted_at.is_(None))
    if (audience := upload.audience or upload.first_audience) is not None:
        same = same.where(Document.given_audience == audience)
    return session.scalar(same.order_by(Document.id).limit(1).with_for_update())


def _tried_again(document: Document, now: datetime) -> bool:
    if document.status == DocumentStatus.FAILED:
        _await_indexing(document, now)
    return document.status in OPEN


def _create(session: Session, upload: Upload, now: datetime) -> Document:
    audience = upload.audience or upload.first_audience or PUBLIC
    document = Document(
        source_key=upload.source_key,
        source=upload.source,
        title=upload.first_title,
        audience=audience,
        given_audience=audience,
        uploaded_version=1,
        created_at=now,
    )
    _describe(document, upload, now)
    session.add(document)
    session.flush()
    _store(session, document, upload.content)
    return document


def _replace(session: Session, document: Document, upload: Upload, now: datetime) -> None:
    if document.source == "url" and document.name != upload.name:
        bump(session, now)  # addresses are known by version
    versions.keep_live(session, document, now)
    versions.drop_parts(session, document)
    document.uploaded_version += 1
    if document.live_version is None:
        document.title = upload.first_title
    _describe(document, upload, now)
    _store(session, document, upload.content)


def _describe(document: Document, upload: Upload, now: datetime) -> None:
    document.name = upload.name
    document.given_title = upload.title
    document.file_type = upload.file_type
    document.content_hash = upload.content_hash
    document.size = len(upload.content)
    document.language = upload.language
    _await_indexing(document, now)


def _await_indexing(document: Document, now: datetime) -> None:
    document.status = DocumentStatus.RECEIVED
    document.progress = 0.0
    document.phase = "waiting to be read"
    document.error = document.warnings = document.gate = None
    document.updated_at = now
    document.attempts = 0
    _take_away(document)


def _take_away(document: Document) -> None:
    """Whoever indexes the former content loses its lease with its next write."""
    document.lease_token = document.lease_until = document.next_attempt_at = None


def _store(session: Session, document: Document, content: bytes) -> None:
    parts: Sequence[dict[str, object]] = [
        {
            "document_id": document.id,
            "version": document.uploaded_version,
            "position": position,
            "content": content[start : start + PART_BYTES],
        }
        for position, start in enumerate(range(0, len(content), PART_BYTES))
    ]
    session.execute(insert(DocumentPart), parts)
