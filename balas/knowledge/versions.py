"""The versions of a document that are not live: the one before, and one that waits for a person. Never commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from balas.errors import Conflict, NotFound
from balas.models import (
    Document,
    DocumentChunk,
    DocumentPart,
    DocumentStatus,
    DocumentVersion,
    GateOutcome,
    Vector,
)

DETAILS = frozenset(
    {"name", "title", "given_title", "file_type", "content_hash", "size", "language", "audience", "given_audience"}
    | {"pages", "chunk_count", "warnings"}
)
OPEN = (DocumentStatus.RECEIVED, DocumentStatus.INDEXING)
HASHES_A_QUERY = 500


def keep(session: Session, document: Document, version: int, changes: Mapping[str, Any], now: datetime) -> None:
    """Keep what the document's row holds while this version is live: its present columns, with the changes."""
    details = {name: getattr(document, name) for name in DETAILS} | {"audience": document.given_audience}
    details |= {name: value for name, value in changes.items() if name in DETAILS}
    session.merge(DocumentVersion(document_id=document.id, version=version, details=details, kept_at=now))


def keep_live(session: Session, document: Document, now: datetime) -> None:
    """Keep the live version before new content takes over the row; a row with unpublished content was kept before."""
    if document.status == DocumentStatus.INDEXED and document.gate != GateOutcome.HELD and document.live_version:
        keep(session, document, document.live_version, {"audience": document.audience}, now)


def give(session: Session, document_ids: Sequence[int], audience: str) -> None:
    """Set the audiences of kept versions too: whichever is brought back is for these alone."""
    # Whoever holds or publishes a version of it meanwhile either writes the former audiences before us, or waits for
    # us.
    session.execute(select(Document.id).where(Document.id.in_(document_ids)).order_by(Document.id).with_for_update())
    for kept in session.scalars(select(DocumentVersion).where(DocumentVersion.document_id.in_(document_ids))):
        kept.details = kept.details | {"audience": audience, "given_audience": audience}


def described(document: Document) -> int:
    """The version that the row describes: the one handed in last, unless that was discarded."""
    is_settled = document.status == DocumentStatus.INDEXED and document.gate != GateOutcome.HELD
    return document.live_version if is_settled and document.live_version else document.uploaded_version


def drop_parts(session: Session, document: Document) -> None:
    """Delete the bytes of versions that are neither live nor were before."""
    kept = {document.live_version, document.previous_version} - {None}
    of_document = DocumentPart.document_id == document.id
    session.execute(delete(DocumentPart).where(of_document, DocumentPart.version.not_in(kept)))


def drop_old(session: Session, document_ids: Sequence[int]) -> None:
    """After a switch: bytes and details of all but the live version and the one before."""
    for model in (DocumentPart, DocumentVersion):
        old = select(model.document_id, model.version).distinct().join(Document, Document.id == model.document_id)
        for document_id, version in session.execute(
            old.where(model.document_id.in_(document_ids), _unused(model))
        ).all():
            session.execute(delete(model).where(model.document_id == document_id, model.version == version))


def drop_chunks(session: Session, document_ids: Sequence[int]) -> None:
    """Delete the passages of versions that are neither live nor were before, and vectors that nothing refers to."""
    joined = select(DocumentChunk).join(Document, Document.id == DocumentChunk.document_id)
    not_live = or_(Document.live_version.is_(None), DocumentChunk.version != Document.live_version)
    not_previous = or_(Document.previous_version.is_(None), DocumentChunk.version != Document.previous_version)
    stale = joined.where(DocumentChunk.document_id.in_(document_ids), not_live, not_previous)
    hashes = list(session.scalars(stale.with_only_columns(DocumentChunk.content_hash).distinct()))
    if not hashes:
        return
    versions = stale.with_only_columns(DocumentChunk.document_id, DocumentChunk.version).distinct()
    for document_id, number in session.execute(versions).all():
        of_version = (DocumentChunk.document_id == document_id, DocumentChunk.version == number)
        session.execute(delete(DocumentChunk).where(*of_version))
    for start in range(0, len(hashes), HASHES_A_QUERY):
        slice_ = hashes[start : start + HASHES_A_QUERY]
        used = select(DocumentChunk.content_hash).where(DocumentChunk.content_hash.in_(slice_)).distinct()
        unused = set(slice_) - set(session.scalars(used))
        session.execute(delete(Vector).where(Vector.content_hash.in_(unused)))


def _unused(model: type[DocumentPart] | type[DocumentVersion]) -> ColumnElement[bool]:
    not_previous = or_(Document.previous_version.is_(None), model.version != Document.previous_version)
    return or_(Document.live_version.is_(None), model.version != Document.live_version) & not_previous


def roll_back(session: Session, document: Document, knowledge_version: int, now: datetime) -> None:
    """Bring the previous version back; the one that was live is gone. Raises `Conflict`."""
    if document.status in OPEN:
        raise Conflict("A new version of this document is being read: wait until it is done.")
    if document.previous_version is None:
        raise Conflict("There is no earlier version of this document to bring back.")
    _describe(document, _details(session, document, document.previous_version))
    document.live_version, document.previous_version = document.previous_version, None
    _settle(document, knowledge_version, None, now)


def publish_held(session: Session, document: Document, knowledge_version: int, now: datetime) -> None:
    """Let a version go live that was held. Raises `Conflict`."""
    _check_held(document)
    _describe(document, _details(session, document, document.uploaded_version))
    document.previous_version, document.live_version = document.live_version, document.uploaded_version
    _settle(document, knowledge_version, GateOutcome.WARNED, now)


def discard_held(session: Session, document: Document, now: datetime) -> None:
    """Drop a version that was held; the row tells of the live one again. Raises `Conflict`."""
    _check_held(document)
    assert document.live_version is not None  # noqa: S101 without one the whole document goes
    _describe(document, _details(session, document, document.live_version))
    _settle(document, document.knowledge_version, None, now)


def _check_held(document: Document) -> None:
    if document.gate != GateOutcome.HELD:
        raise Conflict("No version of this document is held.")


def _details(session: Session, document: Document, version: int) -> dict[str, Any]:
    kept = session.get(DocumentVersion, (document.id, version))
    if kept is None:
        raise NotFound("What is known of that version is gone: hand the document in again.")
    return kept.details


def _describe(document: Document, details: Mapping[str, Any]) -> None:
    for name in DETAILS:
        setattr(document, name, details[name])


def _settle(document: Document, knowledge_version: int, gate: str | None, now: datetime) -> None:
    document.status, document.gate = DocumentStatus.INDEXED, gate
    document.error = document.phase = None
    document.progress = 1.0
    document.knowledge_version, document.updated_at = knowledge_version, now
