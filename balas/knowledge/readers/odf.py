"""What OpenDocument files (.odt, .ods, .odp) have in common: the package, texts, styles, lists and tables."""

from __future__ import annotations

from collections.abc import Iterator

from balas.errors import DocumentRejected
from balas.knowledge.readers.parts import Element, Parts, attribute_number
from balas.knowledge.readers.words import one_line

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"

MAX_COLUMNS = 500
_MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_SKIPPED = frozenset(
    {
        *(f"{TEXT}{name}" for name in ("tracked-changes", "table-of-content", "alphabetical-index", "bibliography")),
        *(f"{TEXT}{name}" for name in ("user-index", "illustration-index", "object-index", "table-index")),
        *(
            f"{TEXT}{name}"
            for name in ("note-citation", "sequence-decls", "variable-decls", "hidden-text", "ruby-text")
        ),
        *(f"{OFFICE}{name}" for name in ("annotation", "annotation-end", "forms", "event-listeners")),
        *(f"{DRAW}text-box", f"{DRAW}object", f"{DRAW}object-ole", f"{PRESENTATION}notes"),
    }
)


def opened(content: bytes) -> Parts:
    """Raises `DocumentRejected` for one with a password."""
    parts = Parts(content, "OpenDocument file")
    manifest = parts.tree("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None:
        raise DocumentRejected("The file is protected with a password: save it without one.")
    return parts


def title(parts: Parts) -> str:
    """The title in the file's properties, or ""."""
    properties = parts.tree("meta.xml")
    found = properties.find(".//{http://purl.org/dc/elements/1.1/}title") if properties is not None else None
    return one_line(found.text or "") if found is not None else ""


def text(element: Element) -> str:
    """A paragraph, its text boxes and comments apart; a footnote in brackets where it is called."""
    parts: list[str] = []
    _gather(element, parts)
    return "".join(parts)


def _gather(element: Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        tag = child.tag
        if tag == f"{TEXT}s":
            parts.append(" ")
        elif tag == f"{TEXT}tab":
            parts.append("\t")
        elif tag == f"{TEXT}line-break":
            parts.append("\n")
        elif tag == f"{TEXT}note-body":
            note = " ".join(one_line(text(paragraph)) for paragraph in child.iter(f"{TEXT}p"))
            parts.append(f" ({note})" if note else "")
        elif isinstance(tag, str) and tag not in _SKIPPED:
            _gather(child, parts)
        parts.append(child.tail or "")


class Styles:
    """What the styles of a document say of its paragraphs and lists."""

    def __init__(self, *roots: Element | None) -> None:
        self.bold: set[str] = set()
        self.hidden: set[str] = set()
        self._parents: dict[str, str] = {}
        self._numbered: set[tuple[str, int]] = set()
        for root in roots:
            for style in root.iter(f"{STYLE}style") if root is not None else ():
                self._style(style)
            for style in root.iter(f"{TEXT}list-style") if root is not None else ():
                name = style.get(f"{STYLE}name", "")
                for level in style.iterchildren(f"{TEXT}list-level-style-number"):
                    if level.get(f"{STYLE}num-format", ""):
                        self._numbered.add((name, attribute_number(level, f"{TEXT}level", 10)))

    def is_title(self, paragraph: Element) -> bool:
        name = paragraph.get(f"{TEXT}style-name", "")
        return "Title" in {name, self._parents.get(name)}

    def is_bold(self, paragraph: Element) -> bool:
        """The paragraph's own style, or that of every span in it."""
        if paragraph.get(f"{TEXT}style-name") in self.bold:
            return True
        spans = paragraph.findall(f"{TEXT}span")
        loose = (paragraph.text or "") + "".join(span.tail or "" for span in spans)
        return bool(spans) and not loose.strip() and all(span.get(f"{TEXT}style-name") in self.bold for span in spans)

    def is_numbered(self, style: str, level: int) -> bool:
        return (style, level) in self._numbered

    def _style(self, style: Element) -> None:
        name = style.get(f"{STYLE}name", "")
        self._parents[name] = style.get(f"{STYLE}parent-style-name", "")
        properties = style.find(f"{STYLE}text-properties")
        if properties is not None and properties.get(f"{FO}font-weight") in {"bold", "700", "800", "900"}:
            self.bold.add(name)
        if properties is not None and properties.get(f"{TEXT}display") == "none":
            self.hidden.add(name)
        table = style.find(f"{STYLE}table-properties")
        if table is not None and table.get(f"{TABLE}display") == "false":
            self.hidden.add(name)


def items(element: Element, styles: Styles, style: str = "", level: int = 1) -> Iterator[str]:
    """The lines of a list, those of nested ones indented."""
    style = element.get(f"{TEXT}style-name", style)
    numbered = styles.is_numbered(style, level)
    count = 0
    for item in element.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
        first = True
        for child in item:
            if child.tag == f"{TEXT}list":
                yield from items(child, styles, style, level + 1)
            elif child.tag in {f"{TEXT}p", f"{TEXT}h"} and (line := one_line(text(child))):
                count += first
                mark = (f"{count}. " if numbered else "- ") if first else "  "
                yield "  " * (level - 1) + mark + line
                first = False


def rows(table: Element) -> Iterator[list[str]]:
    """A text's table: cells merged across stand once and leave blanks, cells merged down are repeated."""
    spans: dict[int, tuple[int, str]] = {}  # column -> rows left, text
    for row in table.iter(f"{TABLE}table-row"):
        cells: list[str] = []
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            column = len(cells)
            left, above = spans.pop(column, (0, ""))
            if cell.tag == f"{TABLE}covered-table-cell":
                shown = above
            else:
                shown = "\n".join(text(paragraph) for paragraph in cell.iter(f"{TEXT}p", f"{TEXT}h"))
                left, above = attribute_number(cell, f"{TABLE}number-rows-spanned", 1_000), shown
            if left > 1:
                spans[column] = (left - 1, above)
            cells += [shown] * min(attribute_number(cell, f"{TABLE}number-columns-repeated", 100), MAX_COLUMNS - column)
        yield cells


def header_rows(table: Element) -> int | None:
    """How many rows the writer repeats on each page."""
    header = table.find(f"{TABLE}table-header-rows")
    return len(header.findall(f"{TABLE}table-row")) or None if header is not None else None
