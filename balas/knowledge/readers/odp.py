"""OpenDocument presentations: each shown slide is a page with its title as heading, then texts, tables and notes."""

from __future__ import annotations

from collections.abc import Iterator

from balas.knowledge.readers import Progress, odf, slides, tables
from balas.knowledge.readers.odf import DRAW, OFFICE, PRESENTATION, STYLE, TABLE, TEXT, Styles
from balas.knowledge.readers.parts import Element
from balas.knowledge.readers.words import one_line
from balas.values import Block, ParsedDocument

_MARGINS = frozenset({"header", "footer", "date-time", "page-number"})


def read(content: bytes, progress: Progress) -> ParsedDocument:
    parts = odf.opened(content)
    root = parts.required("content.xml")
    styles = Styles(parts.tree("styles.xml"), root)
    unseen = {
        style.get(f"{STYLE}name")
        for style in root.iter(f"{STYLE}style")
        if any(one.get(f"{PRESENTATION}visibility") == "hidden" for one in style)
    }
    pages = list(root.iterfind(f"{OFFICE}body/{OFFICE}presentation/{DRAW}page"))
    if not pages:
        raise parts.damaged()
    slides.check_count(len(pages))
    made: list[list[Block]] = []
    hidden: list[int] = []
    for number, page in enumerate(pages, 1):
        progress(f"reading slide {number} of {len(pages)}")
        if page.get(f"{DRAW}style-name") in unseen:
            hidden.append(number)
            made.append([])
        else:
            made.append(list(_page(page, number, styles)))
    return slides.document(odf.title(parts), made, hidden)


def _page(page: Element, number: int, styles: Styles) -> Iterator[Block]:
    shapes = [shape for shape in page if shape.tag != f"{PRESENTATION}notes"]
    titles = [shape for shape in shapes if shape.get(f"{PRESENTATION}class") == "title"]
    for shape in titles:
        if text := one_line(" ".join(map(odf.text, shape.iter(f"{TEXT}p")))):
            yield Block(text, page=number, heading_level=slides.SLIDE_LEVEL)
    for shape in shapes:
        if shape not in titles and shape.get(f"{PRESENTATION}class") not in _MARGINS:
            yield from _shape(shape, number, styles)
    for notes in page.iterchildren(f"{PRESENTATION}notes"):
        for frame in notes.iter(f"{DRAW}frame"):
            if frame.get(f"{PRESENTATION}class") == "notes":
                yield from _shape(frame, number, styles)


def _shape(shape: Element, page: int, styles: Styles) -> Iterator[Block]:
    """Tables, lists and paragraphs of a frame or of a group of shapes."""
    for child in shape:
        if child.tag == f"{TABLE}table":
            yield from tables.blocks(list(odf.rows(child)), page=page)
        elif child.tag == f"{TEXT}list":
            if lines := list(odf.items(child, styles)):
                yield Block("\n".join(lines), page=page)
        elif child.tag == f"{TEXT}p":
            if (text := odf.text(child)).strip():
                yield Block(text, page=page)
        elif isinstance(child.tag, str) and child.tag.startswith(DRAW):
            yield from _shape(child, page, styles)
