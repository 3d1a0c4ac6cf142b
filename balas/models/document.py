from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Leased, Moment, RowId, UtcDateTime, big_id, blob, exact, long_text


class DocumentStatus(StrEnum):
    RECEIVED = "received"
    INDEXING = "indexing"
    INDEXED = "indexed"
    FAILED = "failed"


class Document(Leased):
    """A file, page or text of the organisation. Its live version is what searches see; a newer one is built aside."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("source_key"),
        Index("ix_documents_content_hash", "content_hash"),
        Index("ix_documents_knowledge_version", "knowledge_version"),
        Index("ix_documents_status", "status", "id"),
        Index("ix_documents_valid_from", "valid_from"),
        Index("ix_documents_valid_until", "valid_until"),
        Index("ix_documents_source", "source", "id"),
        Leased.__table_args__,
    )

    source_key: Mapped[str] = mapped_column(exact(64))  # sha256 of where it came from; "deleted:ID" once deleted
    source: Mapped[str] = mapped_column(exact(16))  # "file", "url", "text", "line", "sample", "curated"
    name: Mapped[str] = mapped_column(exact(255))  # file name or address, as shown to people
    title: Mapped[str] = mapped_column(exact(512))  # of the live version
    given_title: Mapped[str | None] = mapped_column(exact(512))  # with the content last given; None: its own counts
    file_type: Mapped[str | None] = mapped_column(exact(16))
    content_hash: Mapped[str | None] = mapped_column(exact(64))
    size: Mapped[int] = mapped_column(default=0)  # bytes
    language: Mapped[str | None] = mapped_column(exact(8))
    audience: Mapped[str] = mapped_column(exact(512), default="public")  # of the live version; see `balas.values`
    given_audience: Mapped[str] = mapped_column(exact(512), default="public")
    category: Mapped[str | None] = mapped_column(exact(64))
    valid_from: Mapped[datetime | None] = mapped_column(UtcDateTime)  # found from this moment on
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # and from this one on no more
    status: Mapped[str] = mapped_column(exact(16), default=DocumentStatus.RECEIVED)
    progress: Mapped[float] = mapped_column(Float, default=0.0)  # 0..1
    phase: Mapped[str | None] = mapped_column(exact(128))  # for people: "reading page 12 of 40"; None when done
    error: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[str | None] = mapped_column(Text)
    pages: Mapped[int | None]
    chunk_count: Mapped[int] = mapped_column(default=0)
    uploaded_version: Mapped[int] = mapped_column(default=1)  # of the content last given
    live_version: Mapped[int | None]  # None until the first version is indexed
    previous_version: Mapped[int | None]  # was live before, and can be brought back until the next one is published
    gate: Mapped[str | None] = mapped_column(exact(16))  # "warned": live, though questions fell; "held": not live yet
    knowledge_version: Mapped[int] = mapped_column(default=0)  # when it last changed for searches
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DocumentVersion(Base):
    """What stands in a document's row while a version is live; kept while that one is not, but may become it."""

    __tablename__ = "document_versions"

    document_id: Mapped[int] = mapped_column(big_id, ForeignKey("documents.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)  # columns of the document
    kept_at: Mapped[Moment]


class DocumentPart(Base):
    """A slice of a document's bytes: in SQL so that a worker needs no shared disk, in slices below any packet limit."""

    __tablename__ = "document_parts"

    document_id: Mapped[int] = mapped_column(big_id, ForeignKey("documents.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(blob)


class DocumentChunk(Base):
    __tablename__ = "chunks"
    __table_args__ = (
        UniqueConstraint("document_id", "version", "position"),
        Index("ix_chunks_content_hash", "content_hash"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    document_id: Mapped[int] = mapped_column(big_id, ForeignKey("documents.id"))
    version: Mapped[int]
    position: Mapped[int]
    text: Mapped[str] = mapped_column(long_text)
    heading: Mapped[str] = mapped_column(Text, default="")
    page: Mapped[int | None]
    row_numbers: Mapped[list[int] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # of a sheet, see `balas.values.Chunk`
    kind: Mapped[str] = mapped_column(exact(16))
    language: Mapped[str] = mapped_column(exact(8), default="")
    content_hash: Mapped[str] = mapped_column(exact(64))  # of the text as embedded, heading and title included


class Vector(Base):
    """An embedding by content and model: the same text is never embedded twice."""

    __tablename__ = "vectors"

    content_hash: Mapped[str] = mapped_column(exact(64), primary_key=True)
    model: Mapped[str] = mapped_column(exact(128), primary_key=True)
    data: Mapped[bytes] = mapped_column(blob)  # little-endian float16, one after the other


class KnowledgeState(Base):
    """One row: the version every index follows. It grows with each publish and delete."""

    __tablename__ = "knowledge_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(default=0)
    lineage: Mapped[str] = mapped_column(exact(32))  # made up once: an index of another database is not ours
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
