"""The steps that turn a document's bytes into passages that searches find. Functions take a Session, never commit.

A new version is built aside, under its own version number; one transaction makes it live and drops the old one.
Anything that goes wrong before leaves only rows that the next attempt removes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.orm import Session

from balas.database.claims import LEASE_SECONDS, claim, update_where
from balas.errors import LeaseLost
from balas.knowledge import approved_answers, sources, versions
from balas.knowledge.files import FileType
from balas.knowledge.languages import languages_of
from balas.knowledge.parser import parse, parse_jsonl, parse_text
from balas.knowledge.readers import Progress, charset
from balas.knowledge.vectors import content_hash
from balas.models import Document, DocumentChunk, DocumentStatus, GateOutcome
from balas.rag.index import embedded_text
from balas.values import Chunk, ParsedDocument

SMALL_BYTES = 16 * 1024
TOGETHER = 64
CHUNKS_A_TRANSACTION = 500
MAX_ATTEMPTS = 5
RETRY_SECONDS = 20.0
PLAIN_BYTES = {  # read here; larger ones in a child with limits
    FileType.TXT: 1024 * 1024,
    FileType.MD: 64 * 1024,
    FileType.PAGE: 1024 * 1024,
}
_BEGUN: dict[str, Any] = {"status": DocumentStatus.INDEXING, "phase": "reading"}


@dataclass(frozen=True, slots=True)
class Work:
    """A document held by this worker, in the version that it found."""

    document_id: int
    version: int
    token: str
    attempts: int
    source: str
    name: str
    given_title: str | None
    file_type: FileType
    language: str | None


@dataclass(frozen=True, slots=True)
class Passages:
    """What a document was cut into; `hashes` are of the texts as embedded."""

    document: ParsedDocument
    chunks: list[Chunk]
    languages: list[str]
    hashes: list[str]
    embedded: dict[str, str]  # text by hash


@dataclass(frozen=True, slots=True)
class Slice:
    work: Work
    passages: Passages
    start: int
    stop: int


def take(session: Session, document_id: int, now: datetime) -> list[Work]:
    """Claim a document that waits; with a small one, others that wait, so that the model gets full batches.

    Empty when there is nothing to do, or somebody else is at it.
    """
    token = claim(session, Document, document_id, now, *_waits(now), **_BEGUN)
    if token is None:
        return []
    first = session.get_one(Document, document_id, populate_existing=True)
    if first.attempts > MAX_ATTEMPTS:
        reason = f"Indexing broke off {MAX_ATTEMPTS} times: split the document, or upload it again."
        fail(session, [_work(first, token)], reason, now)
        return []
    if first.size > SMALL_BYTES or first.attempts > 1:
        return [_work(first, token)]  # after a crash each alone: one may take the others down with it
    return [_work(first, token), *_others(session, token, now)]


def read(work: Work, content: bytes, progress: Progress) -> Passages:
    """Parse and cut. Raises `DocumentRejected` with what to do about it."""
    from balas.knowledge.chunker import chunk  # noqa: PLC0415 (with the readers: the web process does not read)

    if work.source == sources.CURATED:
        document, chunks = approved_answers.read(content)
    else:
        document = _parsed(work, content, progress)
        chunks = chunk(document, work.language)
    embedded = [embedded_text(piece.heading, piece.text) for piece in chunks]
    hashes = [content_hash(text) for text in embedded]
    return Passages(
        document, chunks, languages_of(chunks, work.language), hashes, dict(zip(hashes, embedded, strict=True))
    )


def slices(read: Sequence[tuple[Work, Passages]]) -> Iterator[list[Slice]]:
    """Passages in groups small enough for one transaction: many small documents together, a large one in turns."""
    group: list[Slice] = []
    room = CHUNKS_A_TRANSACTION
    for work, passages in read:
        for start in range(0, len(passages.chunks), CHUNKS_A_TRANSACTION):
            piece = Slice(work, passages, start, min(start + CHUNKS_A_TRANSACTION, len(passages.chunks)))
            if group and piece.stop - piece.start > room:
                yield group
                group, room = [], CHUNKS_A_TRANSACTION
            group.append(piece)
            room -= piece.stop - piece.start
    if group:
        yield group


def texts(read: Sequence[tuple[Work, Passages]]) -> dict[str, str]:
    """All that is to be embedded, by content hash."""
    return {key: text for _, passages in read for key, text in passages.embedded.items()}


def stage(session: Session, group: Sequence[Slice]) -> None:
    """Store passages of versions being built; a document's first slice clears what a crash left.

    Passes over documents that are no longer ours: `publish` will, too.
    """
    ours = _ours(session, [piece.work for piece in group])
    pieces = [piece for piece in group if piece.work.document_id in ours]
    versions.drop_chunks(session, [piece.work.document_id for piece in pieces if piece.start == 0])
    rows = [row for piece in pieces for row in _rows(piece)]
    if rows:
        session.execute(insert(DocumentChunk), rows)


def note(session: Session, work: Work, phase: str, progress: float) -> None:
    """Write down the progress for people. Raises `LeaseLost` when the document was replaced, deleted or taken over."""
    held = (Document.id == work.document_id, Document.lease_token == work.token)
    if not update_where(session, Document, *held, phase=phase[:128], progress=progress):
        raise LeaseLost("the document was replaced, deleted or taken over meanwhile")


def publish(
    session: Session, read: Sequence[tuple[Work, Passages]], now: datetime, warned: Collection[int] = ()
) -> list[int]:
    """Make the new versions live, all at once; return the ids of those that were still ours.

    `warned`: those by which golden questions fall. The versions that were live are kept until the next publishing.
    """
    version = sources.bump(session, now)
    ours = _ours(session, [work for work, _ in read])
    details = [_details(work, passages) for work, passages in read if work.document_id in ours]
    if not details:
        return []
    # By itself: MySQL would set it to the live version that the same statement has just changed.
    update_where(session, Document, Document.id.in_(ours), previous_version=Document.live_version)
    gates = [row | {"gate": GateOutcome.WARNED if row["id"] in warned else None} for row in details]
    session.execute(update(Document), gates)
    live = {
        "live_version": Document.uploaded_version,
        "audience": Document.given_audience,
        "knowledge_version": version,
        "status": DocumentStatus.INDEXED,
        "progress": 1.0,
        "attempts": 0,
    }
    _let_go(session, ours, now, error=None, phase=None, next_attempt_at=None, **live)
    versions.drop_old(session, ours)
    versions.drop_chunks(session, ours)
    return ours


def hold(session: Session, read: Sequence[tuple[Work, Passages]], now: datetime) -> list[int]:
    """Keep new versions aside until a person decides; return the ids of those that were still ours."""
    ours = _ours(session, [work for work, _ in read])
    for work, passages in read:
        if work.document_id in ours:
            document = session.get_one(Document, work.document_id)
            versions.keep(session, document, work.version, _details(work, passages), now)
    held = {"status": DocumentStatus.INDEXED, "gate": GateOutcome.HELD, "phase": "held", "progress": 1.0, "attempts": 0}
    _let_go(session, ours, now, error=None, next_attempt_at=None, **held)
    return ours


def fail(session: Session, works: Sequence[Work], error: str, now: datetime) -> None:
    """Give up on this content; an older version stays live. Passes over documents that are no longer ours."""
    _let_go(session, _ours(session, works), now, status=DocumentStatus.FAILED, error=error, phase=None, progress=0.0)


def put_off(session: Session, works: Sequence[Work], error: str, now: datetime, after_seconds: float | None) -> float:
    """Wait for what is away; return in how many seconds the next attempt is due.

    The attempt does not count: an outage of hours must not fail a document, only crashes do.
    """
    delay = max(RETRY_SECONDS, after_seconds or 0.0)
    waiting = {
        "status": DocumentStatus.RECEIVED,
        "phase": "waiting for the model",
        "attempts": Document.attempts - 1,
        "next_attempt_at": now + timedelta(seconds=delay),
    }
    _let_go(session, _ours(session, works), now, error=error, **waiting)
    return delay


def _others(session: Session, token: str, now: datetime) -> list[Work]:
    """Claim what else waits under the same token. The condition is checked again as each row is written."""
    waits = (
        *_waits(now),
        Document.status == DocumentStatus.RECEIVED,
        Document.lease_until.is_(None),
        Document.attempts == 0,
        Document.size <= SMALL_BYTES,
    )
    ids = session.scalars(select(Document.id).where(*waits).order_by(Document.id).limit(TOGETHER - 1)).all()
    lease = {"lease_token": token, "lease_until": now + timedelta(seconds=LEASE_SECONDS), "attempts": 1}
    update_where(session, Document, Document.id.in_(ids), *waits, **lease, **_BEGUN)
    taken = select(Document).where(Document.id.in_(ids), Document.lease_token == token).order_by(Document.id)
    return [_work(row, token) for row in session.scalars(taken)]


def _waits(now: datetime) -> tuple[ColumnElement[bool], ...]:
    due = or_(Document.next_attempt_at.is_(None), Document.next_attempt_at <= now)
    return (Document.status.in_(sources.OPEN), Document.deleted_at.is_(None), due)


def _work(row: Document, token: str) -> Work:
    return Work(
        row.id,
        row.uploaded_version,
        token,
        row.attempts,
        row.source,
        row.name,
        row.given_title,
        FileType(row.file_type or FileType.TXT),
        row.language,
    )


def _parsed(work: Work, content: bytes, progress: Progress) -> ParsedDocument:
    if work.source == "line":
        return next(parse_jsonl(content)).document
    if work.source == "text":
        return parse_text(work.given_title or work.name, charset.decode(content))
    if len(content) <= PLAIN_BYTES.get(work.file_type, 0):
        return parse(work.name, content, work.file_type, work.given_title, progress)
    from balas.knowledge.sandbox import parse_isolated  # noqa: PLC0415 (as above)

    return parse_isolated(work.name, content, work.file_type, work.given_title, progress)


def _details(work: Work, passages: Passages) -> dict[str, object]:
    document = passages.document
    return {
        "id": work.document_id,
        "title": document.title,
        "pages": document.pages,
        "chunk_count": len(passages.chunks),
        "warnings": "\n".join(document.warnings) or None,
    }


def _rows(piece: Slice) -> list[dict[str, object]]:
    chosen = slice(piece.start, piece.stop)
    passages = piece.passages
    columns = (passages.chunks[chosen], passages.languages[chosen], passages.hashes[chosen])
    return [
        {
            "document_id": piece.work.document_id,
            "version": piece.work.version,
            "position": chunk.position,
            "text": chunk.text,
            "heading": chunk.heading,
            "page": chunk.page,
            "row_numbers": list(chunk.rows) or None,
            "kind": chunk.kind,
            "language": language,
            "content_hash": key,
        }
        for chunk, language, key in zip(*columns, strict=True)
    ]


def _ours(session: Session, works: Sequence[Work]) -> list[int]:
    """Those still held under the token they were taken with; they stay ours until the commit."""
    held = (Document.id.in_([work.document_id for work in works]), Document.lease_token == works[0].token)
    return list(session.scalars(select(Document.id).where(*held).order_by(Document.id).with_for_update()))


def _let_go(session: Session, ids: Sequence[int], now: datetime, **changes: object) -> None:
    update_where(session, Document, Document.id.in_(ids), lease_token=None, lease_until=None, updated_at=now, **changes)
