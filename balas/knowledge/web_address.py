"""Web addresses in the one form in which two of them can be compared. Pure.

What does not change the page is dropped: the fragment, a default port, tracking and session parameters.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote_to_bytes

import httpx2

MAX_ADDRESS = 1024
MAX_SEGMENTS = 12
MAX_PARAMETERS = 8
_TRACKING = re.compile(
    r"(utm_.*|mc_[ce]id|_ga|_gl|gclid|gbraid|wbraid|dclid|fbclid|msclkid|yclid|twclid|ttclid|igshid|igsh|srsltid|hsctatracking"
    r"|_hs(enc|mi)|vero_id|oly_(anon|enc)_id|phpsessid|jsessionid|aspsessionid.*|sessionid|sid|replytocom)",
    re.IGNORECASE,
)
_SESSION = re.compile(r";jsessionid=[^/;?]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UNREAD = re.compile(
    r"jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|css|m?js|map|json|xml|rss|atom|woff2?|ttf|otf|eot|mp[34]|m4[av]|og[ga]"
    r"|wav|webm|mov|avi|mkv|zip|t?gz|bz2|xz|7z|rar|tar|exe|dmg|msi|apk|iso|bin|deb|rpm|ics|vcf"
)


def normal(address: str, base: str | None = None) -> str | None:
    """The address as it is asked for and shown; None for what is no web address or has a user name in it."""
    written = address.strip()
    if not written or len(written) > MAX_ADDRESS:
        return None
    try:
        url = httpx2.URL(base).join(written) if base else httpx2.URL(written)
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
            return None
        path, _, query = url.raw_path.decode("ascii").partition("?")
        kept = "&".join(part for part in query.split("&") if part and not _TRACKING.fullmatch(part.partition("=")[0]))
        target = escaped(_SESSION.sub("", path)) + (f"?{escaped(kept)}" if kept else "")
        found = f"{url.scheme}://{url.netloc.decode('ascii').lower()}{target}"
    except (httpx2.InvalidURL, ValueError):
        return None
    return found if len(found) <= MAX_ADDRESS else None


def site_of(address: str) -> str:
    """Which site an address belongs to: its host, "www." aside, and a port where it is not the usual one."""
    url = httpx2.URL(address)
    host = url.host.removeprefix("www.")
    return host if url.port in {None, 80, 443} else f"{host}:{url.port}"


def key_of(address: str) -> str:
    """The same for addresses that as a rule are one page: scheme, "www.", a last slash, the order of parameters."""
    path, _, query = httpx2.URL(address).raw_path.decode("ascii").partition("?")
    said = "\0".join((site_of(address), path.rstrip("/"), "&".join(sorted(query.split("&")))))
    return hashlib.sha256(said.encode()).hexdigest()


def shape_of(address: str) -> str:
    """The same for addresses that differ in numbers and values only, as the endless pages of a calendar do."""
    path, _, query = httpx2.URL(address).raw_path.decode("ascii").partition("?")
    names = sorted(part.partition("=")[0] for part in query.split("&"))
    said = re.sub(r"\d+", "0", path.rstrip("/")) + "?" + "&".join(names)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def has_query(address: str) -> bool:
    return "?" in address


def is_root(address: str) -> bool:
    return httpx2.URL(address).raw_path in {b"", b"/"}


def may_be_page(address: str) -> bool:
    """False for pictures, scripts and the like by their names, and for addresses as only machines make them."""
    path, _, query = httpx2.URL(address).raw_path.decode("ascii").partition("?")
    segments = [part.lower() for part in path.split("/") if part]
    if len(segments) > MAX_SEGMENTS or query.count("&") >= MAX_PARAMETERS:
        return False
    if any(segments.count(part) > 2 for part in segments):
        return False  # a relative link that is resolved against itself again and again
    last = segments[-1] if segments else ""
    return "." not in last or not _UNREAD.fullmatch(last.rpartition(".")[2])


def escaped(text: str) -> str:
    """Percent escapes in one form: capital digits, and none for what needs none."""

    def one(match: re.Match[str]) -> str:
        character = unquote_to_bytes(match[0]).decode("latin-1")
        return character if character in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(one, text)
