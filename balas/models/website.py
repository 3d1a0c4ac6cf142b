from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from balas.models.base import Base, Leased, Moment, RowId, UtcDateTime, big_id, exact, long_text


class WebsiteStatus(StrEnum):
    RECEIVED = "received"
    CRAWLING = "crawling"
    CRAWLED = "crawled"
    FAILED = "failed"
    REMOVING = "removing"


class PageState(StrEnum):
    WAITING = "waiting"
    READ = "read"
    SKIPPED = "skipped"  # it is no document, and `reason` says why
    FAILED = "failed"  # for now: what was read earlier stays
    GONE = "gone"  # 404 or 410
    REMOVED = "removed"  # its document was deleted by a person: not read again


class PageKind(StrEnum):
    PAGE = "page"
    SITEMAP = "sitemap"


class Website(Leased):
    """A website that is read page by page, again and again; `next_attempt_at` is its next step or its next round."""

    __tablename__ = "websites"
    __table_args__ = (
        UniqueConstraint("address_key"),
        Index("ix_websites_next_attempt_at", "next_attempt_at"),
        Leased.__table_args__,
    )

    address: Mapped[str] = mapped_column(exact(1024))  # where reading begins
    address_key: Mapped[str] = mapped_column(exact(64))
    site: Mapped[str] = mapped_column(exact(255))  # the host whose pages are read, "www." aside
    audience: Mapped[str] = mapped_column(exact(512), default="public")  # of pages that have none of their own
    max_pages: Mapped[int]
    max_depth: Mapped[int]
    every_hours: Mapped[int]  # 0: only when asked
    status: Mapped[str] = mapped_column(exact(16), default=WebsiteStatus.RECEIVED)
    error: Mapped[str | None] = mapped_column(Text)
    round: Mapped[int] = mapped_column(default=0)
    robots: Mapped[str | None] = mapped_column(long_text)  # as read in this round; None: not yet
    requests: Mapped[int] = mapped_column(default=0)  # in this round
    size: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes read in this round
    failures: Mapped[int] = mapped_column(default=0)  # requests in a row that did not reach the server
    repeated: Mapped[str | None] = mapped_column(
        long_text
    )  # JSON: blocks most pages repeat, and the page that keeps each
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # this round
    crawled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last whole round
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class WebsitePage(Base):
    """An address of a website: to be read in this round, or what came of it."""

    __tablename__ = "website_pages"
    __table_args__ = (
        UniqueConstraint("website_id", "address_key"),
        Index("ix_website_pages_next", "website_id", "state", "place", "id"),
        Index("ix_website_pages_document_id", "document_id"),
        Base.__table_args__,
    )

    id: Mapped[RowId]
    website_id: Mapped[int] = mapped_column(big_id, ForeignKey("websites.id"))
    address: Mapped[str] = mapped_column(exact(1024))
    address_key: Mapped[str] = mapped_column(exact(64))
    kind: Mapped[str] = mapped_column(exact(16), default=PageKind.PAGE)
    shape: Mapped[str] = mapped_column(exact(16))  # shared by addresses that differ in numbers only
    depth: Mapped[int]  # links away from where reading began
    place: Mapped[int]  # the lower, the earlier it is read
    hops: Mapped[int] = mapped_column(default=0)  # redirects that led here; of a sitemap: indexes above it
    state: Mapped[str] = mapped_column(exact(16), default=PageState.WAITING)
    reason: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)  # in this round
    document_id: Mapped[int | None] = mapped_column(big_id, ForeignKey("documents.id"))
    audience: Mapped[str | None] = mapped_column(exact(512))  # set by a person; None: the website's. Outlives documents
    etag: Mapped[str | None] = mapped_column(exact(255))
    last_modified: Mapped[str | None] = mapped_column(exact(64))
    content_hash: Mapped[str | None] = mapped_column(exact(64))  # of the bytes as sent
    text_key: Mapped[str | None] = mapped_column(exact(64))  # the same for pages of the same words
    block_keys: Mapped[str | None] = mapped_column(long_text)  # of all its blocks, repeated ones included
    trimmed: Mapped[str | None] = mapped_column(exact(64))  # which repeated blocks its document leaves out
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
