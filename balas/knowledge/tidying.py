"""After a round: blocks that most pages of a site repeat stay on one page and leave the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.database.claims import change
from balas.errors import DocumentRejected
from balas.knowledge import boilerplate, sources, versions, websites
from balas.knowledge.crawling import Step
from balas.knowledge.files import FileType
from balas.knowledge.readers import page as stored
from balas.knowledge.sources import Received
from balas.knowledge.uploads import Upload
from balas.models import Document, PageState, Website, WebsitePage

PAGES_A_STEP = 25


def tidy(session: Session, step: Step, now: datetime) -> list[Received] | None:
    """Trim some pages; None when there is none left to trim."""
    query = select(WebsitePage).where(WebsitePage.website_id == step.website_id, WebsitePage.block_keys.is_not(None))
    query = query.where(
        WebsitePage.document_id.is_not(None), WebsitePage.state.in_((PageState.READ, PageState.WAITING))
    )
    pages = session.scalars(query.order_by(WebsitePage.depth, WebsitePage.id)).all()
    keepers = _keepers(pages)
    change(session, Website, step.website_id, step.token, repeated=json.dumps(keepers) if keepers else None)
    stale = [(page, common) for page in pages if (common := _stale(page, keepers)) is not None]
    received = [one for page, common in stale[:PAGES_A_STEP] if (one := _trim(session, page, common, now)) is not None]
    return received if stale else None


def _keepers(pages: Sequence[WebsitePage]) -> dict[str, int]:
    """Each repeated block, and the page that keeps it: the first one, for an address or opening hours must not go."""
    common = boilerplate.repeated([(page.block_keys or "").split() for page in pages])
    keepers: dict[str, int] = {}
    for page in pages:
        for key in (page.block_keys or "").split():
            if key in common:
                keepers.setdefault(key, page.id)
    return keepers


def _stale(page: WebsitePage, keepers: dict[str, int]) -> frozenset[str] | None:
    """What the page should leave out, when that is not what it leaves out by now."""
    common = frozenset(key for key in (page.block_keys or "").split() if keepers.get(key, page.id) != page.id)
    return None if boilerplate.set_key(common) == page.trimmed else common


def _trim(session: Session, page: WebsitePage, common: frozenset[str], now: datetime) -> Received | None:
    page.trimmed = boilerplate.set_key(common)
    document = session.get_one(Document, page.document_id)
    content = sources.content_of(session, document.id, versions.described(document))
    try:
        found = stored.read(content, lambda line: None)
    except DocumentRejected:
        return None  # another file took the document's place
    kept = boilerplate.main_part(found.blocks, common)
    if len(kept) == len(found.blocks):
        # What it left out until now it should keep: only the site itself still has that.
        websites.forget_reading(page)
        return None
    written = stored.written(found.title, kept)
    upload = Upload("url", page.address, document.name, written, FileType.PAGE)
    received = sources.receive(session, upload, now)
    return received if received.document.id == document.id else None
