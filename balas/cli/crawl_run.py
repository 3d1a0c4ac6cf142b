"""`balas ingest URL --crawl`: reads a website to the end of its round, here or in a running process."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from balas.cli.progress import Display
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.jobs.line import perform_stage
from balas.knowledge import websites
from balas.knowledge.websites import Wish
from balas.models import Document, Website, WebsitePage, WebsiteStatus
from balas.ports import JobName, Ring
from balas.runtime import Runtime

LOOK_EVERY_SECONDS = 0.3
_OVER = (WebsiteStatus.CRAWLED, WebsiteStatus.FAILED)


def crawl(runtime: Runtime, display: Display, wish: Wish) -> tuple[Website, list[Document], dict[str, int]]:
    """Return the website after the round, its documents, and how many pages are in which state.

    A running `balas up` may take steps too: each is claimed, and what counts is what the database says.
    """
    with transaction(runtime.database) as session:
        website_id = websites.add(session, wish, now(session)).id
    ring: Ring | None = Ring(JobName.CRAWL_WEBSITE, website_id)
    while not _is_over(runtime, website_id, display.show):
        if ring is None:
            time.sleep(LOOK_EVERY_SECONDS)
            ring = Ring(JobName.CRAWL_WEBSITE, website_id)
        time.sleep(ring.delay_seconds)
        ring = perform_stage(runtime, ring)
    with reading(runtime.database) as session:
        website = websites.get(session, website_id)
        own = select(Document).join(WebsitePage, WebsitePage.document_id == Document.id)
        found = session.scalars(own.where(WebsitePage.website_id == website_id).order_by(WebsitePage.id))
        return website, list(found), websites.counts(session, [website_id])[website_id]


def _is_over(runtime: Runtime, website_id: int, show: Callable[[float, int, str], None]) -> bool:
    with reading(runtime.database) as session:
        website = websites.get(session, website_id)
        counts = websites.counts(session, [website_id])[website_id]
    found = sum(counts.values())
    if found:
        phase = f"{website.site}: {counts['read']} read, {counts['skipped']} skipped, {counts['failed']} failed"
        show(found - counts["waiting"], found, phase)
    return website.status in _OVER
