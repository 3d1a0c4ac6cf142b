"""Which address of a website is next, within its limits, and which ones a page adds. Functions take a Session.

Breadth first: addresses few links away from the start come first. The frontier is in SQL, so that after a crash reading
goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.knowledge import web_address, websites
from balas.models import Document, PageKind, PageState, Website, WebsitePage

KEYS = 500  # in one query
LOOKED_AT = 50  # addresses in one transaction
MAX_ATTEMPTS = 3  # of one page in one round
KEPT_GONE = timedelta(days=30)  # pages that vanished are looked for again for so long
LOOKALIKES = 10  # addresses that differ in numbers only: each so many more are put off like one more link
SITEMAP_PLACE = -1
MAX_SITEMAPS = 20
MAX_SITEMAP_DEPTH = 2
SPARE_ADDRESSES = 300  # kept beyond the limit of pages: some of what was found is no document
BROKE_OFF = "Reading it broke off several times: it is left out."


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one round; the website itself says how many pages."""

    requests_a_page: int = 2
    spare_requests: int = 50
    size: int = 500 * 1024 * 1024
    seconds: float = 2 * 3600.0


LIMITS = Limits()


def begin(session: Session, website: Website, now: datetime) -> None:
    """A new round: everything that is known is visited again."""
    of_site = WebsitePage.website_id == website.id
    # Looked up first: an UPDATE with this subquery would lock every document in MySQL.
    joined = select(WebsitePage.id).join(Document, Document.id == WebsitePage.document_id)
    deleted = session.scalars(joined.where(of_site, Document.deleted_at.is_not(None))).all()
    reason = "Its document was deleted, so it is not read again."
    for start in range(0, len(deleted), KEYS):
        some = WebsitePage.id.in_(deleted[start : start + KEYS])
        update_where(session, WebsitePage, some, state=PageState.REMOVED, reason=reason, document_id=None)
    session.execute(delete(WebsitePage).where(of_site, WebsitePage.kind == PageKind.SITEMAP))
    long_gone = or_(WebsitePage.read_at.is_(None), WebsitePage.read_at < now - KEPT_GONE)
    session.execute(delete(WebsitePage).where(of_site, WebsitePage.state == PageState.GONE, long_gone))
    fresh = {"state": PageState.WAITING, "attempts": 0, "hops": 0, "reason": None}
    update_where(session, WebsitePage, of_site, WebsitePage.state != PageState.REMOVED, **fresh)
    first = _row(website, website.address, depth=0, place=0, hops=0, kind=PageKind.PAGE)
    insert_once(session, WebsitePage, [first])


def limit_reached(session: Session, website: Website, now: datetime, limits: Limits = LIMITS) -> str | None:
    """Why this round must end although addresses wait; None: it goes on."""
    if read_count(session, website.id) >= website.max_pages:
        return f"The limit of {website.max_pages:,} pages was reached."
    if website.requests >= website.max_pages * limits.requests_a_page + limits.spare_requests:
        return f"The limit of {website.requests:,} requests was reached."
    if website.size >= limits.size:
        return f"The limit of {limits.size // 1024 // 1024:,} MiB was reached."
    if website.began_at is not None and (now - website.began_at).total_seconds() > limits.seconds:
        return f"The limit of {limits.seconds / 3600:.1f} hours was reached."
    return None


def next_page(session: Session, website: Website, now: datetime) -> WebsitePage | None:
    """The next address, counted as tried; one that was tried too often, since the process died of it, is given up."""
    waiting = _waiting(website.id).order_by(WebsitePage.place, WebsitePage.id).limit(LOOKED_AT)
    for page in session.scalars(waiting).all():
        if page.attempts >= MAX_ATTEMPTS:
            page.state, page.reason = PageState.FAILED, BROKE_OFF
        elif page.depth > website.max_depth:
            _leave_out(session, page, f"It lies more than {website.max_depth} links away.", now)
        else:
            page.attempts += 1
            return page
    session.flush()
    return None


def leave_out_rest(session: Session, website: Website, reason: str, now: datetime) -> bool:
    """Give up some of what still waits; False while there is more.

    With the limit of pages documents go too: a website has no more than that. Any other limit keeps them as they are.
    """
    full = read_count(session, website.id) >= website.max_pages
    some = session.scalars(_waiting(website.id).order_by(WebsitePage.id).limit(LOOKED_AT)).all()
    for page in some:
        if page.document_id is not None and not full:
            page.state, page.reason = PageState.FAILED, reason
        else:
            _leave_out(session, page, reason, now)
    session.flush()
    return len(some) < LOOKED_AT


def _leave_out(session: Session, page: WebsitePage, reason: str, now: datetime) -> None:
    page.state, page.reason = PageState.SKIPPED, reason
    websites.drop_document(session, page, now)


def _waiting(website_id: int) -> Select[WebsitePage]:
    return select(WebsitePage).where(WebsitePage.website_id == website_id, WebsitePage.state == PageState.WAITING)


def has_waiting(session: Session, website_id: int) -> bool:
    return session.scalars(_waiting(website_id).limit(1)).first() is not None


def read_count(session: Session, website_id: int) -> int:
    read = (WebsitePage.website_id == website_id, WebsitePage.state == PageState.READ)
    query = select(func.count()).select_from(WebsitePage).where(*read, WebsitePage.kind == PageKind.PAGE)
    return session.scalars(query).one()


def add_pages(session: Session, website: Website, addresses: Iterable[str], depth: int, hops: int = 0) -> None:
    """Addresses that were found `depth` links away. Those of other sites, of files that are no documents, and those
    beyond the limits are left out; known ones may come nearer."""
    if depth > website.max_depth:
        return
    wanted: dict[str, str] = {}
    for address in addresses:
        if web_address.site_of(address) == website.site and web_address.may_be_page(address):
            wanted.setdefault(web_address.key_of(address), address)
    known = _known(session, website.id, list(wanted))
    for page in known.values():
        _bring_nearer(page, depth)
    room = website.max_pages + SPARE_ADDRESSES - _total(session, website.id)
    new = [(key, address) for key, address in wanted.items() if key not in known][: max(0, room)]
    shapes = _shapes(session, website.id, {web_address.shape_of(address) for _, address in new})
    rows = []
    for _, address in new:
        shape = web_address.shape_of(address)
        shapes[shape] = shapes.get(shape, 0) + 1
        place = depth + web_address.has_query(address) + shapes[shape] // LOOKALIKES
        rows.append(_row(website, address, depth=depth, place=place, hops=hops, kind=PageKind.PAGE))
    if rows:
        insert_once(session, WebsitePage, rows)


def add_sitemaps(session: Session, website: Website, addresses: Iterable[str], depth: int) -> None:
    """Sitemaps are read before any page; only those of the site itself."""
    if website.max_depth == 0 or depth > MAX_SITEMAP_DEPTH:
        return
    ours = [address for address in addresses if web_address.site_of(address) == website.site]
    query = select(func.count()).select_from(WebsitePage).where(WebsitePage.website_id == website.id)
    room = MAX_SITEMAPS - session.scalars(query.where(WebsitePage.kind == PageKind.SITEMAP)).one()
    values = {"depth": 0, "place": SITEMAP_PLACE, "hops": depth, "kind": PageKind.SITEMAP}
    if rows := [_row(website, address, **values) for address in ours[: max(0, room)]]:
        insert_once(session, WebsitePage, rows)


def _row(website: Website, address: str, **values: object) -> dict[str, object]:
    return {
        "website_id": website.id,
        "address": address,
        "address_key": web_address.key_of(address),
        "shape": web_address.shape_of(address),
        "state": PageState.WAITING,
        "attempts": 0,
        **values,
    }


def _known(session: Session, website_id: int, keys: list[str]) -> dict[str, WebsitePage]:
    found: dict[str, WebsitePage] = {}
    for start in range(0, len(keys), KEYS):
        some = WebsitePage.address_key.in_(keys[start : start + KEYS])
        for page in session.scalars(select(WebsitePage).where(WebsitePage.website_id == website_id, some)):
            found[page.address_key] = page
    return found


def _bring_nearer(page: WebsitePage, depth: int) -> None:
    if depth < page.depth and page.state == PageState.WAITING:
        page.place -= page.depth - depth
        page.depth = depth


def _total(session: Session, website_id: int) -> int:
    return session.scalars(
        select(func.count()).select_from(WebsitePage).where(WebsitePage.website_id == website_id)
    ).one()


def _shapes(session: Session, website_id: int, shapes: set[str]) -> dict[str, int]:
    query = select(WebsitePage.shape, func.count()).where(WebsitePage.website_id == website_id)
    found: dict[str, int] = {}
    ordered = sorted(shapes)
    for start in range(0, len(ordered), KEYS):
        some = query.where(WebsitePage.shape.in_(ordered[start : start + KEYS]))
        found.update((shape, number) for shape, number in session.execute(some.group_by(WebsitePage.shape)))
    return found
