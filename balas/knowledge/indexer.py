"""The steps that turn a document's bytes into passages that searches find. Functions take a Session, never commit.

A new version is built aside, under its own version number; one transaction makes it the live one and drops the old.
Whatever happens before that leaves only rows that the next attempt removes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, insert, or_, select
from sqlalchemy.orm import Session

from balas.database.claims import claim, update_where
from balas.errors import LeaseLost
from balas.knowledge import sources
from balas.knowledge.files import FileType
from balas.knowledge.parser import parse, parse_jsonl, parse_text
from balas.knowledge.readers import Progress, charset
from balas.knowledge.vectors import content_hash
from balas.models import Document, DocumentChunk, DocumentStatus
from balas.rag.index import embedded_text
from balas.rag.language import detect
from balas.values import Chunk, ParsedDocument

SMALL_BYTES = 16 * 1024
TOGETHER = 64
CHUNKS_A_TRANSACTION = 500
MAX_ATTEMPTS = 5
RETRY_SECONDS = (5.0, 30.0, 120.0, 600.0)
PLAIN_BYTES = 1024 * 1024
SAMPLE_CHARACTERS = 2000
_PLAIN = {FileType.TXT, FileType.MD}


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
    size: int


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
    first = _take_one(session, document_id, now)
    if first is None:
        return []
    if first.size > SMALL_BYTES or first.attempts > 1:
        return [first]  # after a crash each is tried alone, so that one cannot take the others down with it
    waiting = select(Document.id).where(
        Document.status == DocumentStatus.RECEIVED,
        Document.deleted_at.is_(None),
        Document.lease_until.is_(None),
        Document.attempts == 0,
        Document.size <= SMALL_BYTES,
    )
    others = session.scalars(waiting.order_by(Document.id).limit(TOGETHER - 1))
    taken = [_take_one(session, other, now) for other in others]
    return [first, *(work for work in taken if work is not None)]


def read(work: Work, content: bytes, progress: Progress) -> Passages:
    """Parse and cut. Raises `DocumentRejected` with what to do about it."""
    from balas.knowledge.chunker import chunk  # noqa: PLC0415 (with the readers: the web process does not read)

    document = _parsed(work, content, progress)
    chunks = chunk(document, work.language)
    embedded = [embedded_text(piece.heading, piece.text) for piece in chunks]
    hashes = [content_hash(text) for text in embedded]
    return Passages(document, chunks, _languages(work, chunks), hashes, dict(zip(hashes, embedded, strict=True)))


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
    rows: list[dict[str, object]] = []
    for piece in group:
        work = piece.work
        phase = f"preparing {len(piece.passages.chunks)} passages"
        if not update_where(session, Document, *_ours(work), phase=phase):
            continue
        if piece.start == 0:
            live = session.scalar(select(Document.live_version).where(Document.id == work.document_id))
            sources.drop_chunks(session, work.document_id, keep_version=live)
        rows += _rows(piece)
    if rows:
        session.execute(insert(DocumentChunk), rows)


def note(session: Session, work: Work, phase: str, progress: float) -> None:
    """Tell people how far it is. Raises `LeaseLost` when the document was replaced, deleted or taken over."""
    if not update_where(session, Document, *_ours(work), phase=phase[:128], progress=progress):
        raise LeaseLost("the document was replaced, deleted or taken over meanwhile")


def publish(session: Session, works: Sequence[tuple[Work, Passages]], now: datetime) -> list[int]:
    """Make the new versions live, all at once; return the ids of those that were still ours."""
    version = sources.bump(session, now)
    return [work.document_id for work, passages in works if _publish(session, work, passages, version, now)]


def fail(session: Session, work: Work, error: str, now: datetime) -> None:
    """Give up on this content; an older version stays live. Silent when the document is no longer ours."""
    _let_go(session, work, status=DocumentStatus.FAILED, error=error, phase=None, progress=0.0, updated_at=now)


def put_off(session: Session, work: Work, error: str, now: datetime, after_seconds: float | None) -> float:
    """Wait for what is away; return in how many seconds the next attempt is due."""
    usual = RETRY_SECONDS[min(work.attempts, len(RETRY_SECONDS)) - 1]
    delay = max(usual, after_seconds or 0.0)
    _let_go(
        session,
        work,
        status=DocumentStatus.RECEIVED,
        phase="waiting for the model",
        error=error,
        # not counted: an outage of hours must not fail a document, only crashes do
        attempts=min(work.attempts, MAX_ATTEMPTS - 1),
        next_attempt_at=now + timedelta(seconds=delay),
    )
    return delay


def _take_one(session: Session, document_id: int, now: datetime) -> Work | None:
    due = or_(Document.next_attempt_at.is_(None), Document.next_attempt_at <= now)
    waits = (Document.status.in_(sources.OPEN), Document.deleted_at.is_(None), due)
    token = claim(session, Document, document_id, now, *waits, status=DocumentStatus.INDEXING, phase="reading")
    if token is None:
        return None
    row = session.get_one(Document, document_id, populate_existing=True)
    work = Work(
        row.id,
        row.uploaded_version,
        token,
        row.attempts,
        row.source,
        row.name,
        row.given_title,
        FileType(row.file_type or FileType.TXT),
        row.language,
        row.size,
    )
    if row.attempts > MAX_ATTEMPTS:
        fail(session, work, f"Indexing broke off {MAX_ATTEMPTS} times: split the document, or upload it again.", now)
        return None
    return work


def _parsed(work: Work, content: bytes, progress: Progress) -> ParsedDocument:
    if work.source == "line":
        return next(parse_jsonl(content)).document
    if work.source == "text":
        return parse_text(work.given_title or work.name, charset.decode(content))
    if work.file_type in _PLAIN and len(content) <= PLAIN_BYTES:
        return parse(work.name, content, work.file_type, work.given_title, progress)
    from balas.knowledge.sandbox import parse_isolated  # noqa: PLC0415 (as above)

    return parse_isolated(work.name, content, work.file_type, work.given_title, progress)


def _languages(work: Work, chunks: Sequence[Chunk]) -> list[str]:
    """Each passage's own; the document's decides where a passage is too short to tell."""
    if work.language:
        return [work.language] * len(chunks)
    sample = "\n".join(piece.text for piece in chunks[:10])[:SAMPLE_CHARACTERS]
    document_language = detect(sample)
    return [detect(piece.text, document_language) for piece in chunks]


def _publish(session: Session, work: Work, passages: Passages, version: int, now: datetime) -> bool:
    document = passages.document
    published = _let_go(
        session,
        work,
        live_version=work.version,
        knowledge_version=version,
        title=document.title,
        audience=Document.given_audience,
        pages=document.pages,
        chunk_count=len(passages.chunks),
        warnings="\n".join(document.warnings) or None,
        status=DocumentStatus.INDEXED,
        error=None,
        phase=None,
        progress=1.0,
        attempts=0,
        next_attempt_at=None,
        updated_at=now,
    )
    if published:
        sources.drop_chunks(session, work.document_id, keep_version=work.version)
    return published


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
            "kind": chunk.kind,
            "language": language,
            "content_hash": key,
        }
        for chunk, language, key in zip(*columns, strict=True)
    ]


def _let_go(session: Session, work: Work, **changes: object) -> bool:
    return update_where(session, Document, *_ours(work), lease_token=None, lease_until=None, **changes) == 1


def _ours(work: Work) -> tuple[ColumnElement[bool], ...]:
    """The version too: content that is replaced while a claim commits does not see that claim's token."""
    return (
        Document.id == work.document_id,
        Document.lease_token == work.token,
        Document.uploaded_version == work.version,
    )
