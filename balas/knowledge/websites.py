"""Websites as rows: adding, listing, asking for another round, removing. Functions take a Session, never commit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.errors import Conflict, FetchRefused, NotFound
from balas.knowledge import sources, terms, web_address
from balas.models import PageKind, PageState, Website, WebsitePage, WebsiteStatus
from balas.values import PUBLIC

PAGES = 200
MAX_PAGES = 5_000
DEPTH = 5
MAX_DEPTH = 20
EVERY_HOURS = 24
MAX_EVERY_HOURS = 24 * 365
REMOVED_TOGETHER = 20
_REMOVING = "The website is being removed: try again in a moment."


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked to have read."""

    address: str
    audience: str | None = None  # None: as it was; `public` for a new one
    max_pages: int = PAGES
    max_depth: int = DEPTH
    every_hours: int = EVERY_HOURS  # 0: only when asked


def add(session: Session, wish: Wish, now: datetime) -> Website:
    """Keep a website and have it read. The same address again changes its limits and has it read again."""
    written = wish.address.strip()
    address = web_address.normal(written if "://" in written else f"https://{written}")
    if address is None:
        raise FetchRefused("That is not an address of the form https://example.org/page.")
    key = web_address.key_of(address)
    wished = {
        **({} if wish.audience is None else {"audience": wish.audience}),
        "max_pages": wish.max_pages,
        "max_depth": wish.max_depth,
        "every_hours": wish.every_hours,
    }
    fixed = {"audience": PUBLIC, "address_key": key, "address": address, "site": web_address.site_of(address)[:255]}
    begun = {"status": WebsiteStatus.RECEIVED, "round": 0, "requests": 0, "size": 0, "failures": 0, "attempts": 0}
    insert_once(session, Website, [{**fixed, **wished, **begun, "created_at": now, "updated_at": now}])
    website = session.scalars(select(Website).where(Website.address_key == key).with_for_update()).one()
    if website.status == WebsiteStatus.REMOVING:
        raise Conflict(_REMOVING)
    action = Action.WEBSITE_ADDED if website.created_at == now else Action.WEBSITE_SYNCED
    if any(getattr(website, name) != value for name, value in wished.items()):
        _change(session, website, wished, now)
        action = Action.WEBSITE_CHANGED
    _ask(website, now)
    audit.record(session, action, website.id)
    return website


def get(session: Session, website_id: int) -> Website:
    website = session.get(Website, website_id)
    if website is None:
        raise NotFound("No such website.")
    return website


def page(session: Session, *, limit: int, before_id: int | None = None) -> list[Website]:
    """Websites, newest first."""
    query = select(Website).order_by(Website.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(Website.id < before_id)
    return list(session.scalars(query))


def pages(
    session: Session, website_id: int, *, limit: int, after_id: int = 0, state: str | None = None
) -> list[WebsitePage]:
    """What was found on a website, in the order found; sitemaps are not pages."""
    query = select(WebsitePage).where(WebsitePage.website_id == website_id, WebsitePage.kind == PageKind.PAGE)
    if state is not None:
        query = query.where(WebsitePage.state == state)
    return list(session.scalars(query.where(WebsitePage.id > after_id).order_by(WebsitePage.id).limit(limit)))


def counts(session: Session, website_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many pages of each website are in which state; every state is named."""
    query = select(WebsitePage.website_id, WebsitePage.state, func.count())
    query = query.where(WebsitePage.website_id.in_(website_ids), WebsitePage.kind == PageKind.PAGE)
    found = {website_id: dict.fromkeys(map(str, PageState), 0) for website_id in website_ids}
    for website_id, state, number in session.execute(query.group_by(WebsitePage.website_id, WebsitePage.state)):
        found[website_id][state] = number
    return found


def sync(session: Session, website_id: int, now: datetime) -> Website:
    """Have it read again now; one that is being read goes on."""
    website = session.get(Website, website_id, with_for_update=True)
    if website is None:
        raise NotFound("No such website.")
    if website.status == WebsiteStatus.REMOVING:
        raise Conflict(_REMOVING)
    _ask(website, now)
    audit.record(session, Action.WEBSITE_SYNCED, website_id)
    return website


def withdraw(session: Session, website_id: int, now: datetime) -> None:
    """Remove it with all its pages: whoever reads it loses it, and the job takes the documents away."""
    website = session.get(Website, website_id, with_for_update=True)
    if website is None:
        raise NotFound("No such website.")
    website.status = WebsiteStatus.REMOVING
    website.lease_token = website.lease_until = None
    website.next_attempt_at = website.updated_at = now
    audit.record(session, Action.WEBSITE_REMOVED, website_id)


def take_away(session: Session, website_id: int, now: datetime) -> bool:
    """Delete some of its documents; when none are left the website too, and then True."""
    query = select(WebsitePage).where(WebsitePage.website_id == website_id, WebsitePage.document_id.is_not(None))
    some = list(session.scalars(query.order_by(WebsitePage.id).limit(REMOVED_TOGETHER)))
    for found in some:
        drop_document(session, found, now)
    session.flush()
    if len(some) == REMOVED_TOGETHER:
        return False
    session.execute(delete(WebsitePage).where(WebsitePage.website_id == website_id))
    session.execute(delete(Website).where(Website.id == website_id))
    return True


def drop_document(session: Session, found: WebsitePage, now: datetime) -> None:
    """No search finds the page's document any more; one that a person deleted is gone already."""
    if found.document_id is None:
        return
    with suppress(NotFound):
        sources.remove(session, found.document_id, now)
    found.document_id = None
    forget_reading(found)


def forget_reading(found: WebsitePage) -> None:
    """The next visit reads it as if it were new."""
    found.etag = found.last_modified = found.content_hash = found.text_key = None


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """Websites whose next step or next round is due and that nobody works on."""
    return list(
        session.scalars(
            select(Website.id)
            .where(
                Website.next_attempt_at <= now,
                or_(Website.lease_until.is_(None), Website.lease_until < now),
            )
            .order_by(Website.next_attempt_at)
            .limit(limit)
        )
    )


def _change(session: Session, website: Website, wished: dict[str, Any], now: datetime) -> None:
    if wished.get("audience", website.audience) != website.audience:
        terms.give_pages(session, website.id, wished["audience"], sources.bump(session, now))
    for name, value in wished.items():
        setattr(website, name, value)
    # Pages that are told to be unchanged would hide the links that the old limits did not follow.
    blank = {"etag": None, "last_modified": None, "content_hash": None}
    update_where(session, WebsitePage, WebsitePage.website_id == website.id, **blank)


def _ask(website: Website, now: datetime) -> None:
    website.updated_at = now
    if website.status == WebsiteStatus.CRAWLING:
        website.next_attempt_at = website.next_attempt_at or now
        return
    website.status = WebsiteStatus.RECEIVED
    website.next_attempt_at = now
    website.error = None
