"""The round of a website in steps, each claimed, done outside and recorded. Functions take a Session, never commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.database.claims import change, claim, update_where
from balas.knowledge import frontier, sources, web_address, websites
from balas.knowledge.crawler import MAX_REDIRECTS, Outcome, Reading, Target
from balas.knowledge.frontier import LIMITS, Limits
from balas.knowledge.sources import Received
from balas.models import Document, PageKind, PageState, Website, WebsitePage, WebsiteStatus

AGAIN_HOURS = 1  # after a round that failed
FAILURES_IN_A_ROW = 5  # then the site is away, not one page
SLOWER = 2  # places that a page which failed is put back


class StepKind(StrEnum):
    ROBOTS = "robots"
    VISIT = "visit"
    TIDY = "tidy"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one website, held by this worker."""

    website_id: int
    token: str
    kind: StepKind
    address: str  # where reading began
    robots: str = ""
    target: Target | None = None
    common: frozenset[str] = frozenset()  # keys of repeated blocks that the target need not keep
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """What to do after the commit: index these, and go on after so many seconds; None: the round is over."""

    received: Sequence[Received] = ()
    wait_seconds: float | None = 0.0


def take(session: Session, website_id: int, now: datetime, limits: Limits = LIMITS) -> Step | None:
    """Claim a website whose next step is due; None: nothing is due, or somebody else is at it."""
    token = claim(session, Website, website_id, now, Website.next_attempt_at <= now)
    if token is None:
        return None
    website = session.get_one(Website, website_id, populate_existing=True)
    held = (website.id, token)
    if website.status == WebsiteStatus.REMOVING:
        return Step(*held, StepKind.REMOVE, website.address)
    if website.status != WebsiteStatus.CRAWLING:
        _begin(session, website, now)
    if website.robots is None:
        return Step(*held, StepKind.ROBOTS, website.address)
    over = frontier.limit_reached(session, website, now, limits)
    page = None if over else frontier.next_page(session, website, now)
    if page is None:
        return Step(*held, StepKind.TIDY, website.address, attempts=website.attempts)
    common = frozenset(key for key, keeper in _repeated(website).items() if keeper != page.id)
    return Step(*held, StepKind.VISIT, website.address, website.robots, _target(page), common)


def record_robots(session: Session, step: Step, outcome: Outcome, now: datetime) -> Recorded:
    website = _let_go(session, step, outcome.wait_seconds, now)
    website.requests += 1
    if outcome.robots is None:
        return _failed(website, outcome.reason or "The site does not answer.", now)
    website.robots = outcome.robots
    frontier.add_sitemaps(session, website, outcome.sitemaps, depth=0)
    return Recorded(wait_seconds=outcome.wait_seconds)


def record(session: Session, step: Step, outcome: Outcome, now: datetime) -> Recorded:
    """Write down what came of a visit. Raises `LeaseLost` when the website was removed or taken over."""
    website = _let_go(session, step, outcome.wait_seconds, now)
    website.requests += outcome.requested
    website.size += outcome.size
    website.failures = 0 if outcome.reached else website.failures + 1
    assert step.target is not None  # noqa: S101 a visit has one
    page = session.get_one(WebsitePage, step.target.page_id)
    if outcome.again and page.attempts < frontier.MAX_ATTEMPTS and website.failures < FAILURES_IN_A_ROW:
        page.reason = outcome.reason
        page.place += SLOWER if page.depth else 0
        return Recorded(wait_seconds=outcome.wait_seconds)
    page.state, page.reason = outcome.state, outcome.reason
    received = _settle(session, website, page, outcome, now)
    if outcome.state in {PageState.FAILED, PageState.GONE} and page.kind == PageKind.PAGE and page.depth == 0:
        return _failed(website, outcome.reason or "The page cannot be read.", now)
    if website.failures >= FAILURES_IN_A_ROW:
        return _failed(website, f"The site does not answer any more. {outcome.reason}", now)
    return Recorded(received, outcome.wait_seconds)


def close(session: Session, step: Step, now: datetime, limits: Limits = LIMITS) -> Recorded:
    """End the round: pages that were not reached get the reason, and the next round its time."""
    website = _let_go(session, step, 0.0, now)
    over = frontier.limit_reached(session, website, now, limits)
    if over is None and frontier.has_waiting(session, website.id):
        return Recorded()
    if over is not None and not frontier.leave_out_rest(session, website, over, now):
        return Recorded()
    if not frontier.read_count(session, website.id):
        return _failed(website, _why_nothing(session, website), now)
    website.status = WebsiteStatus.CRAWLED
    website.crawled_at = now
    website.next_attempt_at = now + timedelta(hours=website.every_hours) if website.every_hours else None
    return Recorded(wait_seconds=None)


def pause(session: Session, step: Step, received: Sequence[Received], now: datetime) -> Recorded:
    """There is more of this step to do."""
    _let_go(session, step, 0.0, now)
    return Recorded(received)


def remove(session: Session, step: Step, now: datetime) -> Recorded:
    _let_go(session, step, 0.0, now)
    return Recorded(wait_seconds=None if websites.take_away(session, step.website_id, now) else 0.0)


def _begin(session: Session, website: Website, now: datetime) -> None:
    website.status = WebsiteStatus.CRAWLING
    website.round += 1
    website.robots = website.error = None
    website.requests = website.size = website.failures = 0
    website.began_at = website.updated_at = now
    frontier.begin(session, website, now)


def _target(page: WebsitePage) -> Target:
    return Target(
        page.id,
        page.address,
        page.kind,
        page.etag,
        page.last_modified,
        page.content_hash,
        page.document_id is not None,
        page.depth == 0,
    )


def _let_go(session: Session, step: Step, wait_seconds: float, now: datetime) -> Website:
    """Comes first, and raises `LeaseLost`: from here to the commit the row is ours."""
    due = now + timedelta(seconds=wait_seconds)
    free = {"lease_token": None, "lease_until": None, "attempts": 0, "next_attempt_at": due, "updated_at": now}
    change(session, Website, step.website_id, step.token, **free)
    return session.get_one(Website, step.website_id, populate_existing=True)


def _failed(website: Website, reason: str, now: datetime) -> Recorded:
    """Nothing that was read earlier is lost; the next round is not far."""
    website.status = WebsiteStatus.FAILED
    website.error = reason
    hours = min(AGAIN_HOURS, website.every_hours)
    website.next_attempt_at = now + timedelta(hours=hours) if website.every_hours else None
    return Recorded(wait_seconds=None)


def _why_nothing(session: Session, website: Website) -> str:
    first = (WebsitePage.website_id == website.id, WebsitePage.kind == PageKind.PAGE)
    query = select(WebsitePage.reason).where(*first).order_by(WebsitePage.depth, WebsitePage.id).limit(1)
    return f"Nothing could be read. {session.scalars(query).first() or ''}".strip()


def _settle(
    session: Session, website: Website, page: WebsitePage, outcome: Outcome, now: datetime
) -> Sequence[Received]:
    """The page's document and the addresses it leads to."""
    received: Sequence[Received] = ()
    if page.kind == PageKind.SITEMAP:
        if outcome.moved_to is not None:
            _move(session, website, page, outcome.moved_to)
        frontier.add_sitemaps(session, website, outcome.sitemaps, page.hops + 1)
        # Two links away, so that what the first page links to is read first.
        frontier.add_pages(session, website, outcome.links, min(2, website.max_depth))
        return ()
    if outcome.state == PageState.READ:
        page.etag, page.last_modified, page.content_hash = outcome.etag, outcome.last_modified, outcome.content_hash
        page.read_at = now
    if outcome.moved_to is not None:
        _move(session, website, page, outcome.moved_to)
    elif outcome.reading is not None:
        received = _keep(session, website, page, outcome, outcome.reading, now)
    if page.state in {PageState.SKIPPED, PageState.GONE}:
        websites.drop_document(session, page, now)
    frontier.add_pages(session, website, outcome.links, page.depth + 1)
    return received


def _move(session: Session, website: Website, page: WebsitePage, to: str) -> None:
    """A redirect: another page of the site, the same page under its true address, or nothing of ours."""
    if web_address.site_of(to) != website.site:
        page.reason = f"It leads to another site, {to}"
    elif page.hops >= MAX_REDIRECTS:
        page.reason = f"It leads on more than {MAX_REDIRECTS} times."
    elif web_address.key_of(to) == page.address_key:
        page.address = to
        page.hops += 1
        page.attempts = 0
        page.state, page.reason = PageState.WAITING, None
    elif page.kind == PageKind.SITEMAP:
        frontier.add_sitemaps(session, website, [to], page.hops + 1)
    else:
        frontier.add_pages(session, website, [to], page.depth, page.hops + 1)
        _pass_on(session, page, web_address.key_of(to))


def _pass_on(session: Session, page: WebsitePage, key: str) -> None:
    """What somebody set for a page also holds at the address to which it moved, unless that page is known already."""
    if page.audience is not None:
        there = (WebsitePage.website_id == page.website_id, WebsitePage.address_key == key)
        fresh = (WebsitePage.audience.is_(None), WebsitePage.document_id.is_(None))
        update_where(session, WebsitePage, *there, *fresh, audience=page.audience)


def _keep(
    session: Session, website: Website, page: WebsitePage, outcome: Outcome, reading: Reading, now: datetime
) -> Sequence[Received]:
    """The document of a page, unless another one holds the same."""
    canonical = _canonical(session, website, page, outcome.canonical)
    if canonical is not None and canonical.state == PageState.WAITING and page.attempts == 1:
        # Only a visit shows whether that page is worth anything: this one is visited once more after it.
        page.state, page.place = PageState.WAITING, max(page.place, canonical.place) + 1
        return ()
    reason = _held_elsewhere(session, page, reading)
    if canonical is not None and canonical.state == PageState.READ:
        reason = f"The same page as {canonical.address}"
    if reason is None:
        upload = replace(reading.upload, first_audience=page.audience or website.audience)
        received = sources.receive(session, upload, now)
        document = received.document
        if document.source_key == upload.source_key:
            if page.document_id is None and document.given_audience != website.audience:
                page.audience = document.given_audience  # it was handed in by itself before
            page.document_id = document.id
            page.text_key = reading.text_key
            page.block_keys = " ".join(reading.block_keys)
            page.trimmed = reading.trimmed
            return [received]
        reason = f"The same is here already as “{document.title}”."
    page.state, page.reason = PageState.SKIPPED, reason
    return ()


def _canonical(session: Session, website: Website, page: WebsitePage, address: str | None) -> WebsitePage | None:
    """The page that this one says it is. Some sites name their first page on every page: that is not believed."""
    if address is None or web_address.site_of(address) != website.site or web_address.is_root(address):
        return None
    key = web_address.key_of(address)
    if key == page.address_key:
        return None
    frontier.add_pages(session, website, [address], page.depth)
    query = select(WebsitePage).where(WebsitePage.website_id == website.id, WebsitePage.address_key == key)
    return session.scalars(query).first()


def _held_elsewhere(session: Session, page: WebsitePage, reading: Reading) -> str | None:
    same = select(WebsitePage.address).where(
        WebsitePage.website_id == page.website_id,
        WebsitePage.text_key == reading.text_key,
        WebsitePage.id != page.id,
        WebsitePage.document_id.is_not(None),
    )
    if twin := session.scalars(same.limit(1)).first():
        return f"The same text as {twin}"
    others = select(WebsitePage.address).join(Document, Document.id == WebsitePage.document_id)
    owned = (Document.source_key == reading.upload.source_key, WebsitePage.website_id != page.website_id)
    if session.scalars(others.where(*owned).limit(1)).first():
        return "It is read already, with another website."
    return None


def _repeated(website: Website) -> dict[str, int]:
    found: dict[str, int] = json.loads(website.repeated) if website.repeated else {}
    return found
