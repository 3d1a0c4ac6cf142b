"""OpenDocument spreadsheets: each visible sheet is a section of rows, values as the file shows them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from balas.knowledge.readers import Progress, odf, sheets
from balas.knowledge.readers.odf import OFFICE, STYLE, TABLE, TEXT
from balas.knowledge.readers.parts import Element, Parts, attribute_number
from balas.values import ParsedDocument

_HIDDEN = frozenset({"collapse", "filter"})
_FAR = 1_100_000  # beyond the last row and column of any program


@dataclass(slots=True)
class _Sheet:
    name: str
    hidden: bool
    rows: list[list[str]] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    columns: int = 0
    passed: int = 0  # rows so far
    numbers: list[int] = field(default_factory=list)  # of those that are shown
    spans: dict[int, tuple[int, str]] = field(default_factory=dict)  # column -> rows left, text of a cell merged down


def read(content: bytes, progress: Progress) -> ParsedDocument:
    parts = odf.opened(content)
    read_sheets: list[sheets.Sheet] = []
    try:
        for number, sheet in enumerate(_sheets(parts), 1):
            progress(f"reading sheet {number}")
            read_sheets.append(
                sheets.Sheet(
                    sheet.name, sheet.rows, sheet.hidden, sheet.hidden_rows, len(sheet.hidden_columns), sheet.numbers
                )
            )
    except etree.XMLSyntaxError as error:
        raise parts.damaged() from error
    return sheets.document(odf.title(parts), read_sheets)


def _sheets(parts: Parts) -> Iterator[_Sheet]:
    """One pass, each row forgotten once it is read: a sheet of 100,000 rows is no tree in memory."""
    content = parts.read("content.xml")
    if not content:
        raise parts.damaged()
    unseen: set[str] = set()
    sheet: _Sheet | None = None
    wanted = (f"{TABLE}table", f"{TABLE}table-row", f"{TABLE}table-column", f"{STYLE}style")
    events = etree.iterparse(
        io.BytesIO(content), events=("start", "end"), tag=wanted,
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
    )  # fmt: skip
    for event, element in events:
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name == "table" and sheet is None:
                sheet = _Sheet(element.get(f"{TABLE}name", ""), element.get(f"{TABLE}style-name") in unseen)
            continue
        if name == "style":
            properties = element.find(f"{STYLE}table-properties")
            if properties is not None and properties.get(f"{TABLE}display") == "false":
                unseen.add(element.get(f"{STYLE}name", ""))
        elif name == "table" and sheet is not None and element.getparent().tag == f"{OFFICE}spreadsheet":
            yield sheet
            sheet = None
            element.clear()
        elif name == "table-column" and sheet is not None:
            _column(sheet, element)
        elif name == "table-row" and sheet is not None:
            _row(sheet, element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _column(sheet: _Sheet, column: Element) -> None:
    count = attribute_number(column, f"{TABLE}number-columns-repeated", _FAR)
    if column.get(f"{TABLE}visibility") in _HIDDEN:
        sheet.hidden_columns.update(range(sheet.columns, min(sheet.columns + count, sheets.MAX_COLUMNS)))
    sheet.columns += count


def _row(sheet: _Sheet, row: Element) -> None:
    cells = _cells(sheet, row)
    count = attribute_number(row, f"{TABLE}number-rows-repeated", _FAR)
    first = sheet.passed + 1
    sheet.passed += count
    if row.get(f"{TABLE}visibility") in _HIDDEN:
        sheet.hidden_rows += any(cells)
        return
    if any(cells):
        # Repeated rows with values are rare and true; a repeat to the end of the sheet holds none.
        if len(sheet.rows) + count > sheets.MAX_ROWS:
            raise sheets.too_large()
        shown = [cell for column, cell in enumerate(cells) if column not in sheet.hidden_columns]
        sheet.rows += [shown] * count
        sheet.numbers += range(first, first + count)


def _cells(sheet: _Sheet, row: Element) -> list[str]:
    cells: list[str] = []
    for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        count = attribute_number(cell, f"{TABLE}number-columns-repeated", _FAR)
        left, above = sheet.spans.pop(len(cells), (0, ""))
        if cell.tag == f"{TABLE}covered-table-cell":
            text = above
        else:
            text = _shown(cell)
            left, above = attribute_number(cell, f"{TABLE}number-rows-spanned", sheets.MAX_ROWS), text
        if left > 1:
            sheet.spans[len(cells)] = (left - 1, above)
        if len(cells) + count > sheets.MAX_COLUMNS:
            if text:
                raise sheets.too_large()
            break
        cells += [text] * count
    return cells


def _shown(cell: Element) -> str:
    """Dates so that day and month can be told apart, everything else as the file shows it."""
    value = cell.get(f"{OFFICE}value-type")
    if value == "date" and (date := cell.get(f"{OFFICE}date-value", "")):
        day, _, time = date.partition("T")
        return day if not time or time.startswith("00:00:00") else f"{day} {time[:5]}"
    if value == "boolean":
        return "yes" if cell.get(f"{OFFICE}boolean-value") == "true" else "no"
    return " ".join(odf.text(paragraph) for paragraph in cell.iterchildren(f"{TEXT}p"))
