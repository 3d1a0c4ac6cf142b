"""OpenDocument texts: headings, lists, tables, text boxes; not deleted or hidden text, comments and indexes."""

from __future__ import annotations

from collections.abc import Iterator

from balas.knowledge.readers import Progress, odf, tables
from balas.knowledge.readers.odf import DRAW, OFFICE, TABLE, TEXT, Styles
from balas.knowledge.readers.parts import Element, attribute_number
from balas.knowledge.readers.words import one_line
from balas.values import Block, ParsedDocument

BOLD_LEVEL = 6
MAX_BOLD = 80

_OPENED = frozenset({f"{TEXT}section", f"{TEXT}numbered-paragraph", f"{TEXT}index-body", f"{DRAW}g", f"{DRAW}a"})


def read(content: bytes, progress: Progress) -> ParsedDocument:
    parts = odf.opened(content)
    root = parts.required("content.xml")
    body = root.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise parts.damaged()
    walk = _Walk(Styles(parts.tree("styles.xml"), root))
    blocks = tuple(walk.blocks(body))
    warnings = ("Hidden text was left out.",) if walk.hidden else ()
    return ParsedDocument(title=odf.title(parts), blocks=blocks, warnings=warnings)


class _Walk:
    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self.hidden = False

    def blocks(self, parent: Element) -> Iterator[Block]:
        for child in parent:
            if child.tag in {f"{TEXT}p", f"{TEXT}h"}:
                yield from self._paragraph(child)
            elif child.tag == f"{TEXT}list":
                yield from self._list(child)
            elif child.tag == f"{TABLE}table":
                yield from self._table(child)
            elif child.tag == f"{DRAW}frame":
                yield from self._boxes(child)
            elif child.tag in _OPENED:
                if child.get(f"{TEXT}display") == "none":
                    self.hidden = True
                else:
                    yield from self.blocks(child)

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        if paragraph.get(f"{TEXT}style-name") in self._styles.hidden:
            self.hidden = True
            return
        text = odf.text(paragraph)
        if text.strip():
            yield Block(text, heading_level=self._level(paragraph, text))
        yield from self._boxes(paragraph)

    def _level(self, paragraph: Element, text: str) -> int | None:
        if paragraph.tag == f"{TEXT}h":
            return max(1, attribute_number(paragraph, f"{TEXT}outline-level", 6))
        if self._styles.is_title(paragraph):
            return 1
        short = len(text) <= MAX_BOLD and "\n" not in text and not text.rstrip().endswith((".", ":", ",", ";"))
        return BOLD_LEVEL if short and self._styles.is_bold(paragraph) else None

    def _list(self, element: Element) -> Iterator[Block]:
        """A list as one block; numbered headings are a list to OpenDocument."""
        headings = [heading for heading in element.iter(f"{TEXT}h") if one_line(odf.text(heading))]
        if headings:
            yield from (block for heading in headings for block in self._paragraph(heading))
            return
        if lines := list(odf.items(element, self._styles)):
            yield Block("\n".join(lines))

    def _table(self, table: Element) -> Iterator[Block]:
        if next(table.iterdescendants(f"{TABLE}table"), None) is not None:  # a table for layout
            for cell in table.iter(f"{TABLE}table-cell"):
                if next(cell.iterancestors(f"{TABLE}table")) is table:
                    yield from self.blocks(cell)
            return
        rows = list(odf.rows(table))
        header = odf.header_rows(table)
        known = header if header and header < len(rows) and sum(map(bool, map(one_line, rows[0]))) > 1 else None
        yield from tables.blocks(rows, header_rows=known)

    def _boxes(self, parent: Element) -> Iterator[Block]:
        for box in parent.iter(f"{DRAW}text-box"):
            if not any(outer.tag == f"{DRAW}text-box" for outer in box.iterancestors()):
                yield from self.blocks(box)
