"""Sitemaps: XML, indexes of them, packed ones and plain lists, all within bounds."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Any

from balas.errors import DocumentRejected

MAX_BYTES = 10 * 1024 * 1024  # unpacked
MAX_ENTRIES = 20_000
MAX_INDEXED = 20


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Addresses as they are written."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(content: bytes) -> Sitemap:
    """Raises `DocumentRejected` for what is no sitemap, unfolds to more than it may, or declares entities."""
    content = _unpacked(content)
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start != b"<" and b"\x00" not in content[:4]:
        lines = content.decode("utf-8", "replace").split()
        return Sitemap(tuple(line for line in lines[:MAX_ENTRIES] if line.startswith(("http://", "https://"))))
    # No sitemap needs a DOCTYPE; bombs do. Refused before any parser sees it, in whatever encoding.
    plain = content.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise DocumentRejected("The sitemap holds a DOCTYPE and is not read.")
    return _entries(content)


def _entries(content: bytes) -> Sitemap:
    from lxml import etree  # noqa: PLC0415 only workers read sitemaps

    pages: list[str] = []
    sitemaps: list[str] = []
    try:
        parsed: Any = etree.iterparse(io.BytesIO(content), resolve_entities=False, load_dtd=False, no_network=True)
        for _, element in parsed:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if name == "loc":
                parent = element.getparent()
                kind = etree.QName(parent).localname if parent is not None else ""
                into = {"url": pages, "sitemap": sitemaps}.get(kind)
                if into is not None and (address := (element.text or "").strip()):
                    into.append(address)
            elif name in {"url", "sitemap"}:
                element.clear()
            if len(pages) >= MAX_ENTRIES or len(sitemaps) >= MAX_INDEXED:
                break
    except etree.XMLSyntaxError as error:
        if not pages and not sitemaps:
            raise DocumentRejected("The sitemap is not XML.") from error
    return Sitemap(tuple(pages), tuple(sitemaps))


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content[: MAX_BYTES + 1] if len(content) <= MAX_BYTES else _too_large()
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise DocumentRejected("The packed sitemap is damaged.") from error
    return plain if len(plain) <= MAX_BYTES else _too_large()


def _too_large() -> bytes:
    raise DocumentRejected(f"The sitemap is larger than {MAX_BYTES // 1024 // 1024} MiB.")
