"""One step of reading a website, on the wire: ask for one address and return what came of it. No rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from balas.errors import DocumentRejected, FetchFailed, FetchRefused
from balas.knowledge import boilerplate, web_address
from balas.knowledge.fetcher import Fetcher, Visited, file_name
from balas.knowledge.files import FileType, sniff
from balas.knowledge.readers import page
from balas.knowledge.robots import MAX_CHARACTERS, Robots, directives, read_robots
from balas.knowledge.sitemap import read_sitemap
from balas.knowledge.uploads import MAX_SHOWN_NAME, Upload
from balas.models import PageKind, PageState
from balas.values import ParsedDocument

PACE_SECONDS = 1.0  # between two requests to a site
TRUSTED_PACE_SECONDS = 0.1  # to a server of the operator's own network
MAX_PACE_SECONDS = 30.0  # whatever robots.txt asks for
BUSY_SECONDS = 30.0  # after "429 Too Many Requests" without a Retry-After
MAX_BUSY_SECONDS = 300.0
MAX_REDIRECTS = 3
_UNWANTED = ("image/", "audio/", "video/", "font/", "text/css", "text/javascript", "application/javascript")


@dataclass(frozen=True, slots=True)
class Target:
    """A page or sitemap to visit, with what is known of it."""

    page_id: int
    address: str
    kind: str
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None
    has_document: bool = False
    is_start: bool = False  # where reading began


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page is kept as, and how others are compared with it."""

    upload: Upload
    text_key: str
    block_keys: tuple[str, ...] = ()
    trimmed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    state: PageState
    reason: str | None = None
    requested: bool = True
    reached: bool = True  # the server answered
    again: bool = False  # it may go better in a while
    wait_seconds: float = 0.0  # before the site is asked for anything else
    size: int = 0
    reading: Reading | None = None  # None of a page that was read: it has not changed
    moved_to: str | None = None
    canonical: str | None = None
    links: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    robots: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None


def visit_robots(fetcher: Fetcher, start: str) -> Outcome:
    """robots.txt of the site. If there is none (4xx), everything may be read; if nobody can tell (5xx), nothing."""
    parts = urlsplit(start)
    address: str | None = f"{parts.scheme}://{parts.netloc}/robots.txt"
    wait = pace(fetcher, start, Robots())
    try:
        for _ in range(MAX_REDIRECTS + 1):
            answer = fetcher.visit(
                address or start, wanted=lambda content_type: not content_type.startswith("text/html")
            )
            if answer.leads_to is None:
                break
            address = web_address.normal(answer.leads_to, answer.url)
            if address is None or web_address.site_of(address) != web_address.site_of(start):
                return Outcome(state=PageState.READ, robots="", wait_seconds=wait)
    except FetchRefused as error:
        return Outcome(state=PageState.FAILED, reason=str(error), reached=not isinstance(error, FetchFailed))
    if answer.status == 429 or answer.status >= 500:
        reason = f"The site's robots.txt cannot be read: the server answered {answer.status}."
        return Outcome(state=PageState.FAILED, reason=reason, again=True)
    text = answer.content.decode("utf-8", "replace").replace("\x00", "")[:MAX_CHARACTERS]
    rules = read_robots(text)
    found = tuple(filter(None, (web_address.normal(one, start) for one in rules.sitemaps)))
    fallback = f"{parts.scheme}://{parts.netloc}/sitemap.xml"
    return Outcome(
        state=PageState.READ,
        robots=text,
        sitemaps=found or (fallback,),
        size=len(answer.content),
        wait_seconds=pace(fetcher, start, rules),
    )


def visit(fetcher: Fetcher, target: Target, robots: Robots, common: frozenset[str]) -> Outcome:
    """`common`: blocks that most pages repeat and that this one need not keep."""
    if not robots.allows(target.address):
        return Outcome(state=PageState.SKIPPED, reason="robots.txt asks not to read it.", requested=False)
    wait = pace(fetcher, target.address, robots)
    try:
        answer = fetcher.visit(target.address, headers=_condition(target), wanted=_is_wanted)
    except FetchFailed as error:
        return Outcome(state=PageState.FAILED, reason=str(error), reached=False, again=True, wait_seconds=wait)
    except FetchRefused as error:
        return Outcome(state=PageState.FAILED, reason=str(error), wait_seconds=wait)
    if answer.status != 200:
        return _without_content(target, answer, wait)
    if target.kind == PageKind.SITEMAP:
        return _sitemap(answer, wait)
    return _page(target, answer, wait, common)


def pace(fetcher: Fetcher, address: str, robots: Robots) -> float:
    """Seconds between two requests."""
    least = TRUSTED_PACE_SECONDS if fetcher.trusts(address) else PACE_SECONDS
    return max(least, min(robots.delay_seconds or 0.0, MAX_PACE_SECONDS))


def _condition(target: Target) -> Mapping[str, str]:
    if not target.has_document:
        return {}
    asked = {"If-None-Match": target.etag, "If-Modified-Since": target.last_modified}
    return {name: value for name, value in asked.items() if value}


def _is_wanted(content_type: str) -> bool:
    return not content_type.startswith(_UNWANTED)


def _without_content(target: Target, answer: Visited, wait: float) -> Outcome:
    status = answer.status
    if status == 304 and target.has_document:
        kept = (target.etag, target.last_modified, target.content_hash)
        return _unchanged(kept, wait)
    if answer.leads_to is not None:
        to = web_address.normal(answer.leads_to, target.address)
        reason = "It leads to no web page." if to is None else f"It leads to {to}"
        return Outcome(state=PageState.SKIPPED, reason=reason, moved_to=to, wait_seconds=wait)
    reason = f"The server answered {status}."
    if status in {404, 410}:
        return Outcome(state=PageState.GONE, reason=reason, wait_seconds=wait)
    if status in {408, 425, 429} or status >= 500:
        busy = max(wait, _retry_after(answer)) if status in {429, 503} else wait
        return Outcome(state=PageState.FAILED, reason=reason, again=True, wait_seconds=busy)
    return Outcome(state=PageState.FAILED, reason=reason, wait_seconds=wait)


def _retry_after(answer: Visited) -> float:
    """Only seconds count: of a date nobody knows by whose clock it is meant."""
    value = answer.fields.get("retry-after", "").strip()
    seconds = float(value) if value.isascii() and value.isdigit() and len(value) < 7 else BUSY_SECONDS
    return min(seconds, MAX_BUSY_SECONDS)


def _sitemap(answer: Visited, wait: float) -> Outcome:
    try:
        found = read_sitemap(answer.content)
    except DocumentRejected as error:
        reason = str(error)
        return Outcome(state=PageState.SKIPPED, reason=reason, wait_seconds=wait, size=len(answer.content))
    return Outcome(
        state=PageState.READ,
        links=_absolute(found.pages, answer.url),
        sitemaps=_absolute(found.sitemaps, answer.url),
        wait_seconds=wait,
        size=len(answer.content),
    )


def _page(target: Target, answer: Visited, wait: float, common: frozenset[str]) -> Outcome:
    etag = answer.fields.get("etag", "")
    marks = (
        etag if 0 < len(etag) <= 255 else None,
        answer.fields.get("last-modified", "")[:64] or None,
        hashlib.sha256(answer.content).hexdigest(),
    )
    size = len(answer.content)
    asked = directives(answer.fields.get("x-robots-tag", ""))
    if target.has_document and marks[2] == target.content_hash and "noindex" not in asked:
        return _unchanged(marks, wait, size)
    if not answer.wanted:
        reason = f"It is no document but {answer.content_type}."
        return Outcome(state=PageState.SKIPPED, reason=reason, wait_seconds=wait)
    parts = urlsplit(answer.url)
    name = file_name(parts.path, parts.hostname or parts.netloc, answer.content_type)
    try:
        file_type = sniff(name, answer.content)
        if file_type is FileType.JSONL:
            raise DocumentRejected("It is data, not a document.")
        document = _parsed(name, answer.content) if file_type is FileType.HTML else None
    except DocumentRejected as error:
        return Outcome(state=PageState.SKIPPED, reason=str(error), wait_seconds=wait, size=size)
    web = document.web if document else None
    base = (web_address.normal(web.base, answer.url) if web and web.base else None) or answer.url
    links = _absolute(web.links, base) if web and "nofollow" not in asked else ()
    canonical = web_address.normal(web.canonical, base) if web and web.canonical else None
    if "noindex" in asked or (web and web.noindex):
        reason = "The page asks not to be listed (noindex)."
        return Outcome(state=PageState.SKIPPED, reason=reason, wait_seconds=wait, size=size, links=links)
    if document is not None and not document.blocks:
        reason = "The page holds no text without scripts."
        return Outcome(state=PageState.SKIPPED, reason=reason, wait_seconds=wait, size=size, links=links)
    return Outcome(
        state=PageState.READ,
        reading=_reading(target, answer.content, file_type, document, common),
        canonical=canonical,
        links=links,
        wait_seconds=wait,
        size=size,
        etag=marks[0],
        last_modified=marks[1],
        content_hash=marks[2],
    )


def _parsed(name: str, content: bytes) -> ParsedDocument:
    from balas.knowledge.sandbox import parse_isolated  # noqa: PLC0415 only workers read pages

    return parse_isolated(name, content, FileType.HTML, of_website=True)


def _reading(
    target: Target, content: bytes, file_type: FileType, document: ParsedDocument | None, common: frozenset[str]
) -> Reading:
    shown = target.address[:MAX_SHOWN_NAME]
    if document is None:
        upload = Upload("url", target.address, shown, content, file_type)
        return Reading(upload, hashlib.sha256(content).hexdigest())
    footer = document.web.footer if document.web and target.is_start else ()
    blocks = (*document.blocks, *footer)
    keys = boilerplate.block_keys(blocks)
    kept = page.written(document.title, boilerplate.main_part(blocks, common))
    upload = Upload("url", target.address, shown, kept, FileType.PAGE)
    trimmed = boilerplate.set_key(common.intersection(keys))
    return Reading(upload, boilerplate.text_key(document.blocks), tuple(keys), trimmed)


def _unchanged(marks: tuple[str | None, str | None, str | None], wait: float, size: int = 0) -> Outcome:
    etag, last_modified, content_hash = marks
    return Outcome(
        state=PageState.READ,
        wait_seconds=wait,
        size=size,
        etag=etag,
        last_modified=last_modified,
        content_hash=content_hash,
    )


def _absolute(addresses: tuple[str, ...], base: str) -> tuple[str, ...]:
    found = (web_address.normal(address, base) for address in addresses)
    return tuple(dict.fromkeys(address for address in found if address))
