"""Websites among the documents: have one read, see what was read and why not, read it again, remove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from balas.console.guard import AdminRoute
from balas.console.live import Region, until_differs
from balas.console.pages import macro, page, utc_offset, whole
from balas.console.parameters import RowId
from balas.console.state import console_of, runtime_of
from balas.console.terms_form import TermsForm
from balas.console.wording import LocalTime
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest
from balas.knowledge import websites
from balas.knowledge.websites import DEPTH, EVERY_HOURS, MAX_PAGES, PAGES, Wish
from balas.models import PageState, Website, WebsitePage, WebsiteStatus
from balas.ports import JobName, Ring
from balas.runtime import Runtime
from balas.values import PUBLIC

SHOWN = 50
PAGES_SHOWN = 200
LOOK_SECONDS = 0.7
EVERY = {0: "Only when I ask", 6: "Every 6 hours", 24: "Every day", 168: "Every week"}
WORDS = {
    PageState.READ: "Read",
    PageState.SKIPPED: "Skipped",
    PageState.FAILED: "Not reached",
    PageState.GONE: "Gone",
    PageState.REMOVED: "Deleted by you",
    PageState.WAITING: "Waiting",
}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.post("/documents/websites")
def add(
    request: Request,
    url: Annotated[str, Form()] = "",
    pages: Annotated[int, Form()] = PAGES,
    every_hours: Annotated[int, Form()] = EVERY_HOURS,
    audience: Annotated[str, Form()] = "",
) -> Response:
    if not url.strip():
        raise InvalidRequest("Write an address first, for example https://example.org.")
    if not 1 <= pages <= MAX_PAGES or every_hours not in EVERY:
        raise InvalidRequest(f"Between 1 and {MAX_PAGES:,} pages are read.")
    told = TermsForm(audience=audience.strip() or None).audiences()
    runtime = runtime_of(request)
    with transaction(runtime.database) as session:
        website = websites.add(session, Wish(url, told, pages, DEPTH, every_hours), now(session))
    runtime.queue.ring(Ring(JobName.CRAWL_WEBSITE, website.id))
    return Response(status_code=204, headers={"HX-Trigger": "balas:reading"})


@router.get("/documents/websites/{website_id}")
def website(request: Request, website_id: RowId, state: PageState | None = None, after: RowId = 0) -> Response:
    site = Site(runtime_of(request), website_id, LocalTime(utc_offset(request)), state, after)
    head, states, listed = site.regions()
    return page(
        request,
        "website.html",
        site=site.card,
        states=whole(states),
        chosen=state.value if state else "",
        after=after,
        more=site.more,
        head=whole(head),
        pages=whole(listed),
    )


@router.get("/documents/websites/{website_id}/live")
async def live(request: Request, website_id: RowId, state: PageState | None = None, after: RowId = 0) -> Response:
    site = Site(runtime_of(request), website_id, LocalTime(utc_offset(request)), state, after)
    return console_of(request).streams.response(site.regions, site.changed)


@router.post("/documents/websites/{website_id}/sync")
def sync(request: Request, website_id: RowId) -> Response:
    runtime = runtime_of(request)
    with transaction(runtime.database) as session:
        websites.sync(session, website_id, now(session))
    runtime.queue.ring(Ring(JobName.CRAWL_WEBSITE, website_id))
    return Response(status_code=204)


@router.post("/documents/websites/{website_id}/delete")
def delete(request: Request, website_id: RowId, then: str = "") -> Response:
    runtime = runtime_of(request)
    with transaction(runtime.database) as session:
        websites.withdraw(session, website_id, now(session))
    runtime.queue.ring(Ring(JobName.CRAWL_WEBSITE, website_id))
    return Response(status_code=204, headers={"HX-Redirect": "/documents"} if then == "list" else {})


class Site:
    """One website and its pages as regions, drawn anew when any of them has changed."""

    def __init__(self, runtime: Runtime, website_id: int, time: LocalTime, state: PageState | None, after: int) -> None:
        self._runtime, self._website_id, self._time = runtime, website_id, time
        self._state, self._after = state, after
        self._mark: object = None
        self.card: dict[str, Any] = {}
        self.counts: Mapping[str, int] = {}
        self.more: int | None = None

    async def changed(self) -> None:
        await until_differs(self._look, self._mark, LOOK_SECONDS)

    def regions(self) -> Sequence[Region]:
        self._mark = self._look()
        with reading(self._runtime.database) as session:
            row = websites.get(session, self._website_id)
            self.counts = websites.counts(session, [row.id])[row.id]
            found = websites.pages(session, row.id, limit=PAGES_SHOWN + 1, after_id=self._after, state=self._state)
        self.card = card(row, self.counts, self._time)
        self.more = found[PAGES_SHOWN - 1].id if len(found) > PAGES_SHOWN else None
        draw = macro("_website.html", "page_row")
        drawn = tuple((f"page-{one.id}", str(draw(one, WORDS[PageState(one.state)]))) for one in found[:PAGES_SHOWN])
        states = [(one.value, WORDS[one], self.counts[one]) for one in PageState if self.counts[one]]
        chosen = self._state.value if self._state else ""
        return (
            Region("website-head", str(macro("_website.html", "facts")(self.card))),
            Region("website-states", str(macro("_website.html", "states")(row.id, states, chosen))),
            Region("website-pages", items=drawn),
        )

    def _look(self) -> object:
        with reading(self._runtime.database) as session:
            return mark(session, self._website_id)


def shelf(session: Session, time: LocalTime) -> Region:
    """All websites, for the list of documents."""
    rows = websites.page(session, limit=SHOWN)
    counts = websites.counts(session, [row.id for row in rows])
    draw = macro("_website.html", "row")
    drawn = tuple((f"website-{row.id}", str(draw(card(row, counts[row.id], time)))) for row in rows)
    return Region("websites", items=drawn)


def mark(session: Session, website_id: int | None = None) -> object:
    """Differs whenever something that is shown of websites has changed: each step writes its row."""
    query = select(func.count(), func.max(Website.updated_at), func.max(Website.id))
    if website_id is not None:
        query = query.where(Website.id == website_id)
    waiting = select(func.count()).where(WebsitePage.state == PageState.WAITING)
    return (*session.execute(query).one(), session.scalars(waiting).one())


def card(row: Website, counts: Mapping[str, int], time: LocalTime) -> dict[str, Any]:
    """A website as its row and its page show it."""
    found = sum(counts.values())
    return {
        "id": row.id,
        "address": row.address,
        "name": row.address.partition("://")[2].rstrip("/"),
        "status": row.status,
        "busy": row.status in (WebsiteStatus.RECEIVED, WebsiteStatus.CRAWLING, WebsiteStatus.REMOVING),
        "removing": row.status == WebsiteStatus.REMOVING,
        "error": row.error,
        "counts": counts,
        "found": found,
        "done": found - counts[PageState.WAITING],
        "max_pages": row.max_pages,
        "audience": "" if row.audience == PUBLIC else row.audience.replace(",", ", "),
        "every": EVERY.get(row.every_hours, f"Every {row.every_hours} hours"),
        "read_at": time.brief(row.crawled_at, datetime.now(UTC)) if row.crawled_at else None,
    }
