"""Word documents: headings by style or outline level, lists, tables, inserted text; not deleted or hidden text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from lxml import etree

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, archive, columns, tables
from balas.values import Block, ParsedDocument

_DAMAGED = (
    PackageNotFoundError,
    zipfile.BadZipFile,
    etree.XMLSyntaxError,
    KeyError,
    ValueError,
    AttributeError,
    TypeError,
    IndexError,
)
_SKIPPED = {
    qn("w:del"),
    qn("w:moveFrom"),
    qn("w:instrText"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
_T, _TAB, _BREAKS, _P, _R, _TBL, _TXBX = (
    qn("w:t"),
    qn("w:tab"),
    {qn("w:br"), qn("w:cr")},
    qn("w:p"),
    qn("w:r"),
    qn("w:tbl"),
    qn("w:txbxContent"),
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"

Element = Any  # lxml's elements as python-docx extends them carry no types


def read(content: bytes, progress: Progress) -> ParsedDocument:
    archive.check(content)
    try:
        document = docx.Document(io.BytesIO(content))
        body = document.element.body
        walk = _Walk(document)
        blocks = tuple(columns.gathered(walk.blocks(body)))
        title = document.core_properties.title or ""
    except _DAMAGED as error:
        raise DocumentRejected("The Word file is damaged: open it in Word, save it again and upload that.") from error
    warnings = ("Hidden text was left out.",) if walk.hidden else ()
    return ParsedDocument(title=title, blocks=blocks, warnings=warnings)


class _Walk:
    def __init__(self, document: Any) -> None:
        self.levels = dict(_style_levels(document))
        self.bullets = dict(_bullet_lists(document))
        self.list_styles = {style.style_id for style in document.styles if "List" in (style.name or "")}
        self.counters: dict[tuple[str, int], int] = {}
        self.hidden = False

    def blocks(self, parent: Element) -> Iterator[Block]:
        """Paragraphs and tables in reading order, content controls opened; runs of list items as one block."""
        items: list[str] = []
        for child in _flow(parent):
            block = self._table(child) if child.tag == _TBL else self._paragraph(child)
            for one in block:
                if one.heading_level is None and one.text.startswith(_ITEM_MARKS):
                    items.append(one.text.removeprefix(_ITEM))
                    continue
                if items:
                    yield Block("\n".join(items))
                    items = []
                yield one
        if items:
            yield Block("\n".join(items))

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        text = self.text(paragraph)
        if text.strip():
            level = self._level(paragraph)
            if level is None and _is_bold_line(paragraph, text):
                level = 6
            yield Block(text if level else self._marker(paragraph) + text, heading_level=level)
        for box in paragraph.iter(_TXBX):
            if not any(ancestor.tag in _SKIPPED for ancestor in box.iterancestors()):
                yield from self.blocks(box)

    def text(self, element: Element) -> str:
        parts: list[str] = []
        self._collect(element, parts)
        return "".join(parts)

    def _collect(self, element: Element, parts: list[str]) -> None:
        for child in element:
            if child.tag in _SKIPPED or child.tag == _TXBX:
                continue
            if child.tag == _T:
                parts.append(child.text or "")
            elif child.tag == _TAB and element.tag == _R:
                parts.append("\t")
            elif child.tag in _BREAKS:
                parts.append("\n")
            elif child.tag == _R and _switched_on(child, "w:vanish"):
                self.hidden = True
            else:
                self._collect(child, parts)

    def _level(self, paragraph: Element) -> int | None:
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return None
        outline = properties.find(qn("w:outlineLvl"))
        if outline is not None:
            level = int(outline.get(qn("w:val"), 9)) + 1
            return level if level <= 6 else None
        style = properties.find(qn("w:pStyle"))
        return self.levels.get(style.get(qn("w:val"))) if style is not None else None

    def _marker(self, paragraph: Element) -> str:
        """ "- " or "3. " for a list item, with `_ITEM` before it so that neighbours are gathered."""
        number = paragraph.find(f"{_W}pPr/{_W}numPr")
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        named = style is not None and style.get(qn("w:val")) in self.list_styles
        if number is None and not named:
            return ""
        list_id, depth = _value(number, "w:numId"), int(_value(number, "w:ilvl") or 0)
        numbered = (
            "Number" in (style.get(qn("w:val")) or "")
            if named and not list_id
            else not self.bullets.get((list_id, depth), True)
        )
        if not numbered:
            return _ITEM + "- "
        count = self.counters[list_id, depth] = self.counters.get((list_id, depth), 0) + 1
        for key in [key for key in self.counters if key[0] == list_id and key[1] > depth]:
            del self.counters[key]
        return f"{_ITEM}{count}. "

    def _table(self, table: Element) -> Iterator[Block]:
        rows: list[list[str]] = []
        header_rows = 0
        for row in table.iterchildren(qn("w:tr")):
            cells = list(self._cells(row, rows[-1] if rows else []))
            repeated = row.find(f"{_W}trPr/{_W}tblHeader") is not None
            bold = not rows and all(_all_bold(cell) for cell in row.iter(qn("w:tc")))
            header_rows += header_rows == len(rows) and (repeated or bold)
            rows.append(cells)
        known = (
            header_rows if 0 < header_rows < len(rows) and len(rows[0]) > 1 and sum(map(bool, rows[0])) > 1 else None
        )
        yield from tables.blocks(rows, header_rows=known)

    def _cells(self, row: Element, above: list[str]) -> Iterator[str]:
        """Cells as text: one merged across stands once and leaves blanks, one merged down is repeated."""
        column = 0
        for cell in (one for one in _flow(row, {qn("w:tc")})):
            span = int(_value(cell.find(qn("w:tcPr")), "w:gridSpan") or 1)
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            continued = merge is not None and merge.get(qn("w:val"), "continue") == "continue"
            text = "\n".join(self.text(paragraph) for paragraph in cell.iter(_P))
            yield above[column] if continued and column < len(above) else text
            yield from [""] * (min(span, 100) - 1)
            column += span


_ITEM = "\ufdd0"  # a noncharacter marks a list item until its neighbours are gathered
_ITEM_MARKS = (_ITEM,)


def _flow(parent: Element, tags: set[str] = {_P, _TBL}) -> Iterator[Element]:  # noqa: B006
    """Children with these tags, those inside content controls and insertions too."""
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml")}:
            yield from _flow(child, tags)


def _style_levels(document: Any) -> Iterator[tuple[str, int]]:
    """Style id to heading level. Word keeps the English names of its own styles in every language."""
    for style in document.styles:
        ancestor, depth = style, 0
        while ancestor is not None and depth < 10:
            name = (ancestor.name or "").lower()
            outline = ancestor.element.find(f"{_W}pPr/{_W}outlineLvl")
            if name == "title":
                yield style.style_id, 1
                break
            if name.startswith("heading ") and name[8:].isdigit():
                yield style.style_id, min(6, max(1, int(name[8:])))
                break
            if outline is not None and int(outline.get(qn("w:val"), 9)) < 6:
                yield style.style_id, int(outline.get(qn("w:val"))) + 1
                break
            ancestor, depth = getattr(ancestor, "base_style", None), depth + 1


def _bullet_lists(document: Any) -> Iterator[tuple[tuple[str, int], bool]]:
    """(list id, depth) to whether it has bullets instead of numbers."""
    try:
        numbering = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return
    shapes = {shape.get(qn("w:abstractNumId")): shape for shape in numbering.iterchildren(qn("w:abstractNum"))}
    for number in numbering.iterchildren(qn("w:num")):
        shape = shapes.get(_value(number, "w:abstractNumId"))
        for level in shape.iterchildren(qn("w:lvl")) if shape is not None else ():
            yield (
                (number.get(qn("w:numId")), int(level.get(qn("w:ilvl"), 0))),
                _value(level, "w:numFmt") in {"bullet", "none"},
            )


def _value(element: Element | None, tag: str) -> str:
    found = element.find(qn(tag)) if element is not None else None
    return found.get(qn("w:val"), "") if found is not None else ""


def _switched_on(run: Element, tag: str) -> bool:
    switch = run.find(f"{_W}rPr/{qn(tag)}")
    return switch is not None and switch.get(qn("w:val"), "1") not in {"0", "false", "off"}


def _all_bold(element: Element) -> bool:
    runs = [run for run in element.iter(_R) if "".join(run.itertext(_T)).strip()]
    return bool(runs) and all(_switched_on(run, "w:b") for run in runs)


def _is_bold_line(paragraph: Element, text: str) -> bool:
    """A short bold line alone is a heading by hand."""
    return (
        len(text) <= 80
        and "\n" not in text
        and not text.rstrip().endswith((".", ":", ",", ";"))
        and _all_bold(paragraph)
    )
