"""The JSON of websites that are read page by page. Each model carries its example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from balas.api.parameters import GivenAudience, Listing, Strict
from balas.api.schemas import Page, example
from balas.knowledge.websites import (
    DEPTH,
    EVERY_HOURS,
    MAX_DEPTH,
    MAX_EVERY_HOURS,
    MAX_PAGES,
    PAGES,
    Wish,
)
from balas.models import PageState, Website, WebsitePage

_COUNTS = {"waiting": 0, "read": 41, "skipped": 6, "failed": 1, "gone": 2, "removed": 0}
_WEBSITE = {
    "id": 3,
    "url": "https://example.org/",
    "status": "crawled",
    "error": None,
    "audience": "public",
    "max_pages": 200,
    "max_depth": 5,
    "every_hours": 24,
    "pages": _COUNTS,
    "requests": 52,
    "bytes": 1843200,
    "began_at": "2026-03-14T02:00:00Z",
    "crawled_at": "2026-03-14T02:00:58Z",
    "next_at": "2026-03-15T02:00:58Z",
    "created_at": "2026-03-01T07:00:00Z",
}
_ACCEPTED = _WEBSITE | {
    "status": "received",
    "pages": dict.fromkeys(_COUNTS, 0),
    "requests": 0,
    "bytes": 0,
    "began_at": None,
    "crawled_at": None,
    "next_at": "2026-03-01T07:00:00Z",
}
_PAGE = {
    "id": 88,
    "url": "https://example.org/returns/print",
    "depth": 2,
    "state": "skipped",
    "reason": "The same text as https://example.org/returns",
    "document_id": None,
    "read_at": None,
}


class WebsiteRequest(Strict):
    model_config = example({"url": "https://example.org/", "max_pages": 200})

    url: Annotated[str, Field(min_length=1, max_length=1024, description="Where reading begins.")]
    audience: GivenAudience = None
    max_pages: Annotated[int, Field(ge=1, le=MAX_PAGES, description="How many pages are kept at most.")] = PAGES
    max_depth: Annotated[int, Field(ge=0, le=MAX_DEPTH, description="How many links away from there.")] = DEPTH
    every_hours: Annotated[
        int, Field(ge=0, le=MAX_EVERY_HOURS, description="How often it is read again; 0: only when asked.")
    ] = EVERY_HOURS

    def wish(self) -> Wish:
        return Wish(self.url, self.audience, self.max_pages, self.max_depth, self.every_hours)


class PageCounts(BaseModel):
    """How many addresses are in which state."""

    waiting: int = Field(description="To be visited in this round.")
    read: int = Field(description="Documents.")
    skipped: int = Field(description="Not documents; each page says why.")
    failed: int = Field(description="Not available in the last round; what was read earlier stays.")
    gone: int = Field(description="404 or 410: no longer documents.")
    removed: int = Field(description="Deleted by a person: not read again.")


class WebsiteItem(BaseModel):
    model_config = example(_WEBSITE)

    id: int
    url: str
    status: str = Field(description="`received`, `crawling`, `crawled`, `failed` (see `error`) or `removing`.")
    error: str | None = Field(description="Why the last round failed, and what to do.")
    audience: str
    max_pages: int
    max_depth: int
    every_hours: int
    pages: PageCounts
    requests: int = Field(description="Of the last round.")
    bytes: int = Field(description="Of the last round.")
    began_at: datetime | None = Field(description="The last round.")
    crawled_at: datetime | None = Field(description="The end of the last whole round.")
    next_at: datetime | None = Field(description="The next step or round; null: only when asked.")
    created_at: datetime

    @classmethod
    def of(cls, website: Website, counts: Mapping[str, int]) -> Self:
        return cls(
            id=website.id,
            url=website.address,
            status=website.status,
            error=website.error,
            audience=website.audience,
            max_pages=website.max_pages,
            max_depth=website.max_depth,
            every_hours=website.every_hours,
            pages=PageCounts(**counts),
            requests=website.requests,
            bytes=website.size,
            began_at=website.began_at,
            crawled_at=website.crawled_at,
            next_at=website.next_attempt_at,
            created_at=website.created_at,
        )


class WebsiteAccepted(WebsiteItem):
    model_config = example(_ACCEPTED)


class WebsiteList(Page):
    model_config = example({"items": [_WEBSITE], "next_cursor": None})

    items: list[WebsiteItem]


class PageQuery(Listing):
    state: Annotated[PageState | None, Field(description="Only those in this state.", examples=["skipped"])] = None


class WebsitePageItem(BaseModel):
    model_config = example(_PAGE)

    id: int
    url: str
    depth: int = Field(description="Links away from where reading began.")
    state: str = Field(description="`waiting`, `read`, `skipped`, `failed`, `gone` or `removed`.")
    reason: str | None = Field(description="Why it is no document, or was not read this time.")
    document_id: int | None
    read_at: datetime | None = Field(description="When it was last read or seen unchanged.")

    @classmethod
    def of(cls, page: WebsitePage) -> WebsitePageItem:
        return cls(
            id=page.id,
            url=page.address,
            depth=page.depth,
            state=page.state,
            reason=page.reason,
            document_id=page.document_id,
            read_at=page.read_at,
        )


class WebsitePageList(Page):
    model_config = example({"items": [_PAGE], "next_cursor": None})

    items: list[WebsitePageItem]
