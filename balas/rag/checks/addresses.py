"""Web addresses as an answer may hold them: whom one would really call, and which are never passed on."""

from __future__ import annotations

import re
import unicodedata

_SCHEME = re.compile(
    r"\s*(?:(https?|hxxps?|ftp|file|data|javascript|vbscript|blob|intent|mailto)\s?:)?\s?(//)?", re.IGNORECASE
)
_UNSAFE_SCHEMES = frozenset({"data", "javascript", "vbscript", "file", "blob", "intent"})
# Where businesses have a page, a map or a shop; none that leads on to whatever address it is given.
SERVICES = frozenset(
    {"wa.me", "whatsapp.com", "instagram.com", "facebook.com", "m.me", "t.me", "youtube.com", "youtu.be", "tiktok.com"}
    | {"linkedin.com", "maps.google.com", "maps.app.goo.gl", "g.page", "waze.com", "maps.apple.com", "gofood.co.id"}
    | {"shopee.co.id", "shopee.com.my", "shopee.ph", "shopee.vn", "shopee.co.th", "shopee.com.br", "tokopedia.com"}
    | {"bukalapak.com", "lazada.co.id", "grab.com", "mercadolivre.com.br", "ifood.com.br", "rappi.com", "jumia.com.ng"}
    | {"booking.com", "airbnb.com", "tripadvisor.com", "trendyol.com", "hepsiburada.com", "avito.ru", "vk.com"}
)
_MAP = re.compile(r"(?:https?://)?(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?/maps(?:[/?@]|$)", re.IGNORECASE)

_DOTS = re.compile("[。．｡]")
# As browsers read them: 127.0.0.1, 127.1, 2130706433, 0x7f.1, [::1].
_NUMERIC = re.compile(r"\[.*|(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}", re.IGNORECASE)
_MACHINES_OWN = re.compile(r"(?:.*\.)?localhost(?:\.localdomain)?|metadata(?:\.google\.internal)?")


def host_of(url: str) -> str:
    """The host that would really be called: after any user name, before port, path and query."""
    authority = re.split(r"[/?#\\]", url, maxsplit=1)[0]
    return authority.rsplit("@", 1)[-1].split(":")[0].rstrip(".").casefold()


def is_unsafe(url: str) -> bool:
    """An address that nobody is sent to, whoever wrote it down: one with a user name in front of the host, which shows
    another host than it calls; a bare number, or a name, of a machine within somebody's network; one that is a script
    or a file and no place."""
    found = _SCHEME.match(url)
    scheme, slashes = (found[1] or "").casefold() if found else "", found[2] if found else None
    rest = url[found.end() :] if found else url
    if scheme in _UNSAFE_SCHEMES:
        return True
    if scheme == "mailto":
        return False
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    called = scheme or slashes or len(rest) > len(authority) + 1
    if "@" in authority:
        return bool(called or ":" in authority)
    if authority.startswith("["):
        return bool(called)
    host = _DOTS.sub(".", unicodedata.normalize("NFKC", host_of(rest)))
    local = _NUMERIC.fullmatch(host) or _MACHINES_OWN.fullmatch(host)
    return bool(local and (called or ":" in authority))


def is_of_site(url: str, page: str) -> bool:
    """Does an address lead to the host of a page, below or above it? "www." is no host of its own."""
    site = _ascii(_bare_host(page))
    host = _ascii(_bare_host(url))
    return bool(site) and (host == site or host.endswith(f".{site}") or ("." in host and site.endswith(f".{host}")))


def is_of_service(url: str) -> bool:
    """Does an address lead to where businesses have a page, a map or a shop?"""
    host = _ascii(_bare_host(url))
    return bool(_MAP.match(url)) or any(host == service or host.endswith(f".{service}") for service in SERVICES)


def _bare_host(url: str) -> str:
    found = _SCHEME.match(url)
    return host_of(url[found.end() :] if found else url).removeprefix("www.")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
