"""PowerPoint presentations: each shown slide is a page with its title as heading, then texts, tables and notes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from balas.knowledge.readers import Progress, slides, tables
from balas.knowledge.readers.parts import Element, Parts, attribute_number
from balas.knowledge.readers.words import one_line
from balas.values import Block, ParsedDocument

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MARGINS = frozenset({"ftr", "sldNum", "dt", "hdr"})
_TITLES = frozenset({"title", "ctrTitle"})
_BODIES = frozenset({"", "body", "obj"})


def read(content: bytes, progress: Progress) -> ParsedDocument:
    parts = Parts(content, "PowerPoint file")
    names = list(_slides(parts))
    slides.check_count(len(names))
    made: list[list[Block]] = []
    hidden: list[int] = []
    for number, name in enumerate(names, 1):
        progress(f"reading slide {number} of {len(names)}")
        slide = parts.required(name)
        shown = slide.get("show", "1") not in {"0", "false"}
        made.append(list(_Slide(parts, name, number).blocks(slide)) if shown else [])
        hidden += [] if shown else [number]
    return slides.document(_title(parts), made, hidden)


def _title(parts: Parts) -> str:
    properties = parts.tree("docProps/core.xml")
    return (properties.findtext("{http://purl.org/dc/elements/1.1/}title") or "") if properties is not None else ""


def _slides(parts: Parts) -> Iterator[str]:
    """The slides' parts, in the order they are shown."""
    presentation = parts.required("ppt/presentation.xml")
    targets = _targets(parts, "ppt/presentation.xml")
    for entry in presentation.iter(f"{_P}sldId"):
        name = targets.get(entry.get(f"{_RELATION}id", ""), ("", ""))[1]
        if name not in parts:
            raise parts.damaged()
        yield name


def _targets(parts: Parts, name: str) -> dict[str, tuple[str, str]]:
    """What a part refers to within the file: relation id to (kind, part)."""
    folder, base = posixpath.split(name)
    relations = parts.tree(f"{folder}/_rels/{base}.rels")
    found: dict[str, tuple[str, str]] = {}
    for relation in relations if relations is not None else ():
        if relation.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
            found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], target)
    return found


class _Slide:
    def __init__(self, parts: Parts, name: str, number: int) -> None:
        self._parts = parts
        self._number = number
        self._targets = _targets(parts, name)

    def blocks(self, slide: Element) -> Iterator[Block]:
        """The title first, wherever it is painted; the others in the order of the file; the notes last."""
        shapes = list(_shapes(slide))
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        for shape in titles:
            level = slides.TITLE_LEVEL if _placeholder(shape) == "ctrTitle" else slides.SLIDE_LEVEL
            if text := one_line(" ".join(map(_text, shape.iter(f"{_A}p")))):
                yield Block(text, page=self._number, heading_level=level)
        for shape in shapes:
            if shape not in titles:
                yield from self._shape(shape)
        yield from self._notes()

    def _shape(self, shape: Element) -> Iterator[Block]:
        kind = _placeholder(shape)
        if kind in _MARGINS:
            return
        if (table := shape.find(f".//{_A}tbl")) is not None:
            yield from tables.blocks(list(_rows(table)), page=self._number, header_rows=_header_rows(table))
        elif (diagram := shape.find(f".//{_DIAGRAM}relIds")) is not None:
            yield from self._diagram(diagram)
        elif (body := shape.find(f"{_P}txBody")) is not None:
            yield from _paragraphs(body, self._number, bullets=kind in _BODIES)

    def _diagram(self, diagram: Element) -> Iterator[Block]:
        """SmartArt: its points as a list."""
        data = self._parts.tree(self._targets.get(diagram.get(f"{_RELATION}dm", ""), ("", ""))[1])
        points = [one_line(_text(paragraph)) for paragraph in data.iter(f"{_A}p")] if data is not None else []
        if items := [f"- {point}" for point in points if point]:
            yield Block("\n".join(items), page=self._number)

    def _notes(self) -> Iterator[Block]:
        for kind, name in self._targets.values():
            notes = self._parts.tree(name) if kind == "notesSlide" else None
            for shape in _shapes(notes) if notes is not None else ():
                body = shape.find(f"{_P}txBody")
                if _placeholder(shape) == "body" and body is not None:
                    yield from _paragraphs(body, self._number, bullets=False)


def _shapes(element: Element) -> Iterator[Element]:
    """Shapes and frames, groups opened, of alternatives the first."""
    for child in element:
        if child.tag in {f"{_P}sp", f"{_P}graphicFrame"}:
            yield child
        elif child.tag in {f"{_P}cSld", f"{_P}spTree", f"{_P}grpSp", f"{_COMPATIBILITY}Choice"}:
            yield from _shapes(child)
        elif child.tag == f"{_COMPATIBILITY}AlternateContent":
            yield from _shapes(child[:1])


def _placeholder(shape: Element) -> str | None:
    """The kind of placeholder a shape fills: "" where it is not named, None where it is a box of its own."""
    found = shape.find(f".//{_P}nvPr/{_P}ph")
    return None if found is None else found.get("type", "")


def _text(paragraph: Element) -> str:
    pieces = paragraph.iter(f"{_A}t", f"{_A}br")
    return "".join("\n" if piece.tag == f"{_A}br" else piece.text or "" for piece in pieces)


def _paragraphs(body: Element, page: int, bullets: bool) -> Iterator[Block]:
    """A paragraph a block, points gathered. `bullets`: the layout gives them where two or more paragraphs stand."""
    written = [(paragraph, _text(paragraph)) for paragraph in body.iterchildren(f"{_A}p")]
    written = [(paragraph, text) for paragraph, text in written if text.strip()]
    items: list[str] = []
    count = 0
    for paragraph, text in written:
        mark = _mark(paragraph, bullets and len(written) > 1)
        count = count + 1 if mark == "1." else 0
        if mark:
            items.append(f"{f'{count}.' if count else mark} {one_line(text)}")
            continue
        if items:
            yield Block("\n".join(items), page=page)
            items = []
        yield Block(text, page=page)
    if items:
        yield Block("\n".join(items), page=page)


def _mark(paragraph: Element, inherited: bool) -> str:
    """ "-", "1." or ""."""
    properties = paragraph.find(f"{_A}pPr")
    own = {child.tag.rpartition("}")[2] for child in properties} if properties is not None else set()
    if "buNone" in own:
        return ""
    if "buAutoNum" in own:
        return "1."
    return "-" if inherited or own & {"buChar", "buBlip"} else ""


def _rows(table: Element) -> Iterator[list[str]]:
    """Cells as text: one merged across stands once and leaves blanks, one merged down is repeated."""
    above: list[str] = []
    for row in table.iterchildren(f"{_A}tr"):
        cells: list[str] = []
        for column, cell in enumerate(row.iterchildren(f"{_A}tc")):
            if cell.get("vMerge") in {"1", "true"} and column < len(above):
                cells.append(above[column])
            elif cell.get("hMerge") in {"1", "true"}:
                cells.append("")
            else:
                cells.append("\n".join(map(_text, cell.iter(f"{_A}p"))))
        above = cells
        yield cells


def _header_rows(table: Element) -> int | None:
    properties = table.find(f"{_A}tblPr")
    first = table.find(f"{_A}tr")
    named = properties is not None and attribute_number(properties, "firstRow", 1, 0) == 1
    if not named or first is None or len(table.findall(f"{_A}tr")) < 2:
        return None
    filled = [cell for cell in first.iterchildren(f"{_A}tc") if "".join(map(_text, cell.iter(f"{_A}p"))).strip()]
    # PowerPoint marks the first row of every new table; with two columns it is as often a pair of values.
    return 1 if len(filled) > 2 else None
