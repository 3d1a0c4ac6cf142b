"""/api/websites: have a website read page by page, see what was read, have it read again, remove it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.idempotency import IdempotentRoute
from balas.api.paging import Pager
from balas.api.parameters import Listing, PathId
from balas.api.website_schemas import (
    PageQuery,
    WebsiteAccepted,
    WebsiteItem,
    WebsiteList,
    WebsitePageItem,
    WebsitePageList,
    WebsiteRequest,
)
from balas.conversations.archive import Place
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.knowledge import websites
from balas.ports import JobName, Ring

router = protected_router(Area.KNOWLEDGE, route_class=IdempotentRoute)


@router.post("/websites", status_code=202, summary="Read a website page by page, and again every so often")
def add_website(runtime: RuntimeDep, wanted: WebsiteRequest) -> WebsiteAccepted:
    """Each page becomes a document. robots.txt, noindex and nofollow are honoured; only pages of the same host are
    read. The same address again changes its limits and has it read again.
    """
    with transaction(runtime.database) as session:
        website = websites.add(session, wanted.wish(), now(session))
    runtime.queue.ring(Ring(JobName.CRAWL_WEBSITE, website.id))
    with reading(runtime.database) as session:
        counts = websites.counts(session, [website.id])[website.id]
    return WebsiteAccepted.of(website, counts)


@router.get("/websites", summary="Websites, newest first")
def list_websites(runtime: RuntimeDep, query: Annotated[Listing, Query()]) -> WebsiteList:
    pager = Pager(runtime.secrets.api_key, "websites", query.limit, query.cursor)
    before_id = pager.after.id if pager.after else None
    with reading(runtime.database) as session:
        rows = websites.page(session, limit=pager.rows_wanted, before_id=before_id)
        page, next_cursor = pager.cut(rows, lambda row: Place(row.created_at, row.id))
        counts = websites.counts(session, [row.id for row in page])
        return WebsiteList(items=[WebsiteItem.of(row, counts[row.id]) for row in page], next_cursor=next_cursor)


@router.get("/websites/{website_id}", summary="One website and its progress")
def get_website(runtime: RuntimeDep, website_id: PathId) -> WebsiteItem:
    with reading(runtime.database) as session:
        website = websites.get(session, website_id)
        return WebsiteItem.of(website, websites.counts(session, [website_id])[website_id])


@router.get("/websites/{website_id}/pages", summary="The pages found on it, which were read, and why others were not")
def list_website_pages(
    runtime: RuntimeDep, website_id: PathId, query: Annotated[PageQuery, Query()]
) -> WebsitePageList:
    pager = Pager(runtime.secrets.api_key, f"pages of {website_id}", query.limit, query.cursor)
    after = pager.after.id if pager.after else 0
    with reading(runtime.database) as session:
        website = websites.get(session, website_id)
        rows = websites.pages(session, website_id, limit=pager.rows_wanted, after_id=after, state=query.state)
        page, next_cursor = pager.cut(rows, lambda row: Place(website.created_at, row.id))
        return WebsitePageList(items=[WebsitePageItem.of(row) for row in page], next_cursor=next_cursor)


@router.post("/websites/{website_id}/sync", status_code=202, summary="Read it again now")
def sync_website(runtime: RuntimeDep, website_id: PathId) -> WebsiteItem:
    with transaction(runtime.database) as session:
        website = websites.sync(session, website_id, now(session))
        counts = websites.counts(session, [website_id])[website_id]
    runtime.queue.ring(Ring(JobName.CRAWL_WEBSITE, website_id))
    return WebsiteItem.of(website, counts)


@router.delete("/websites/{website_id}", status_code=202, summary="Remove it with all its pages")
def remove_website(runtime: RuntimeDep, website_id: PathId) -> WebsiteItem:
    """Its status is `removing` until its last document is gone; after that it is not found."""
    with transaction(runtime.database) as session:
        websites.withdraw(session, website_id, now(session))
        website = websites.get(session, website_id)
        counts = websites.counts(session, [website_id])[website_id]
    runtime.queue.ring(Ring(JobName.CRAWL_WEBSITE, website_id))
    return WebsiteItem.of(website, counts)
