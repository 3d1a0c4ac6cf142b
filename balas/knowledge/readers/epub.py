"""E-books (.epub): chapters in reading order, by the reader of web pages."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, html
from balas.knowledge.readers.parts import Element, Parts
from balas.knowledge.readers.words import one_line
from balas.values import Block, ParsedDocument

MAX_CHAPTERS = 2_000

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_TYPE = "{http://www.idpf.org/2007/ops}type"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_ENCRYPTION = "{http://www.w3.org/2001/04/xmlenc#}EncryptionMethod"
# Fonts are scrambled against copying in books that anyone may read.
_SCRAMBLED_FONTS = frozenset({"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"})
# XHTML closes empty elements in one tag; to an HTML parser that opens them: an empty title would hold the whole page.
_CLOSED_AT_ONCE = re.compile(
    rb"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)([a-zA-Z][\w-]*)([^<>]*)/>"
)


def read(content: bytes, progress: Progress) -> ParsedDocument:
    parts = Parts(content, "e-book")
    _refuse_locked(parts)
    package_name = _package_name(parts)
    package = parts.required(package_name)
    folder = posixpath.dirname(package_name)
    names = {
        item.get("id", ""): _resolved(folder, item.get("href", ""))
        for item in package.iter(f"{_OPF}item")
        if "nav" not in item.get("properties", "").split()
    }
    chapters = [names[ref] for entry in package.iter(f"{_OPF}itemref") if (ref := entry.get("idref")) in names]
    if not chapters or len(chapters) > MAX_CHAPTERS:
        raise parts.damaged()
    labels = _labels(parts, package, folder)
    blocks: list[Block] = []
    for number, name in enumerate(chapters, 1):
        progress(f"reading chapter {number} of {len(chapters)}")
        blocks += _chapter(parts.read(name), labels.get(name, ""))
    title = package.find(f".//{_TITLE}")
    return ParsedDocument(title=one_line(title.text or "") if title is not None else "", blocks=tuple(blocks))


def _refuse_locked(parts: Parts) -> None:
    encryption = parts.tree("META-INF/encryption.xml")
    for method in encryption.iter(_ENCRYPTION) if encryption is not None else ():
        if method.get("Algorithm") not in _SCRAMBLED_FONTS:
            raise DocumentRejected("The e-book is protected against copying (DRM): only one without it can be read.")


def _package_name(parts: Parts) -> str:
    for root in parts.required("META-INF/container.xml").iter(f"{_CONTAINER}rootfile"):
        return posixpath.normpath(str(root.get("full-path", "")))
    raise parts.damaged()


def _resolved(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, unquote(address.partition("#")[0]))).lstrip("/")


def _chapter(content: bytes | None, label: str) -> list[Block]:
    """A chapter without a heading of its own is called what the table of contents calls it."""
    if not content:
        return []
    try:
        page = html.read(_CLOSED_AT_ONCE.sub(rb"<\1\2></\1>", content), lambda line: None)
    except DocumentRejected:  # a cover of nothing but a picture
        return []
    blocks = list(page.blocks)
    headed = any(block.heading_level for block in blocks)
    return [Block(label, heading_level=1), *blocks] if blocks and label and not headed else blocks


def _labels(parts: Parts, package: Element, folder: str) -> dict[str, str]:
    """What the table of contents calls each file; the first entry counts."""
    labels: dict[str, str] = {}
    for item in package.iter(f"{_OPF}item"):
        name = _resolved(folder, item.get("href", ""))
        nav = "nav" in item.get("properties", "").split()
        if nav or item.get("media-type") == "application/x-dtbncx+xml":
            tree = parts.tree(name)
            entries = () if tree is None else _nav_entries(tree) if nav else _ncx_entries(tree)
            for address, label in entries:
                labels.setdefault(_resolved(posixpath.dirname(name), address), one_line(label))
    return labels


def _nav_entries(tree: Element) -> Iterator[tuple[str, str]]:
    for nav in tree.iter(f"{_XHTML}nav"):
        if nav.get(_TYPE, "toc") == "toc":
            yield from ((link.get("href", ""), "".join(link.itertext())) for link in nav.iter(f"{_XHTML}a"))


def _ncx_entries(tree: Element) -> Iterator[tuple[str, str]]:
    for point in tree.iter(f"{_NCX}navPoint"):
        target, label = point.find(f"{_NCX}content"), point.find(f"{_NCX}navLabel/{_NCX}text")
        if target is not None and label is not None:
            yield target.get("src", ""), label.text or ""
