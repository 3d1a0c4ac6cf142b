"""What a web page says to those who follow links: where it leads, its own address, and what robots may do."""

from __future__ import annotations

from typing import Any

from balas.values import WebLinks

MAX_LINKS = 1_000
MAX_ADDRESS = 1_024


def links_of(root: Any) -> WebLinks:
    """Before anything is taken out of the page: menus are where the links are."""
    asked: set[str] = set()
    for meta in root.iter("meta"):
        if str(meta.get("name", "")).strip().lower() in {"robots", "balas"}:
            asked |= {part.strip() for part in str(meta.get("content", "")).lower().split(",")}
    follow = not asked & {"nofollow", "none"}
    return WebLinks(
        links=_links(root) if follow else (),
        base=next((_short(base.get("href")) for base in root.iter("base")), None),
        canonical=next((_short(link.get("href")) for link in root.iter("link") if "canonical" in _rel(link)), None),
        noindex=bool(asked & {"noindex", "none"}),
    )


def _links(root: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for link in root.iter("a", "area"):
        address = _short(link.get("href"))
        if address and not address.startswith("#") and "nofollow" not in _rel(link):
            found[address] = None
        if len(found) >= MAX_LINKS:
            break
    return tuple(found)


def _rel(element: Any) -> set[str]:
    return set(str(element.get("rel", "")).lower().split())


def _short(address: object) -> str | None:
    text = str(address or "").strip()
    return text if 0 < len(text) <= MAX_ADDRESS else None
