"""What a workbook shows and its values do not say: currencies, percentages, hidden rows and columns."""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from balas.errors import DocumentRejected
from balas.knowledge.readers import archive

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PERCENT_IDS = {9, 10}
# In a number format: [$Rp-421], "€" or a bare $.
_SYMBOL = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|\"([^\"]*)\"|([$€£¥₹₱฿₫])")
_CURRENCY = re.compile(r"^\W*(Rp|IDR|USD|EUR|SGD|MYR|RM|S/|R\$|[$€£¥₹₱฿₫])\W*$")
_UNIT = re.compile(r"^[^\W\d_]{1,6}\.?$|^[₽₴₸₪৳₦₩₺]$")  # "zł", "TSh", "руб."
_DIGIT = re.compile(r"[0#?]")
_CELL = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")

PERCENT = "%"


@dataclass(frozen=True, slots=True)
class SheetLooks:
    """Positions are 0-based (row, column)."""

    symbols: dict[tuple[int, int], str] = field(
        default_factory=dict
    )  # PERCENT, a currency or a unit, where one is shown
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def title(content: bytes) -> str:
    """The title in the file's properties, or ""."""
    properties = _tree(content, "docProps/core.xml")
    return (properties.findtext("{http://purl.org/dc/elements/1.1/}title") or "") if properties is not None else ""


def looks(content: bytes) -> dict[str, SheetLooks]:
    """By sheet name."""
    symbols = _style_symbols(_tree(content, "xl/styles.xml"))
    found: dict[str, SheetLooks] = {}
    for name, part in _sheet_parts(content):
        sheet = archive.read(content, part)
        if sheet is not None:
            found[name] = _sheet_looks(sheet, symbols)
    return found


def as_shown(value: float, symbol: str) -> str:
    """0.1 with a percent sign -> "10%"; 85000 in Rupiah -> "Rp 85.000"; 12.5 in dollars -> "$12.50"; else "9 zł"."""
    if symbol == PERCENT:
        return f"{round(value * 100, 4):g}%"
    if symbol.endswith(" ") or symbol.startswith(" "):  # a country's own: its way of parting thousands is not known
        text = f"{value:.2f}".removesuffix(".00")
        return f"{symbol}{text}" if symbol.endswith(" ") else f"{text}{symbol}"
    text = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    if symbol in {"Rp", "IDR", "EUR", "€", "R$", "₫"}:
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{symbol} {text}" if symbol[-1].isalpha() else f"{symbol}{text}"


def _tree(content: bytes, part: str) -> Any:
    xml = archive.read(content, part)
    try:
        return etree.fromstring(xml, _parser()) if xml else None
    except etree.XMLSyntaxError as error:
        raise _damaged() from error


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _damaged() -> DocumentRejected:
    return DocumentRejected("The Excel file is damaged: open it in Excel, save it again and upload that.")


def _sheet_parts(content: bytes) -> Iterator[tuple[str, str]]:
    workbook, relations = _tree(content, "xl/workbook.xml"), _tree(content, "xl/_rels/workbook.xml.rels")
    if workbook is None or relations is None:
        return
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    for sheet in workbook.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        yield sheet.get("name", ""), posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _style_symbols(styles: Any) -> dict[str, str]:
    """Style index, as cells name it, to the sign its number format shows."""
    if styles is None:
        return {}
    codes = {form.get("numFmtId"): form.get("formatCode", "") for form in styles.iter(f"{_MAIN}numFmt")}
    cell_formats = styles.find(f"{_MAIN}cellXfs")
    found: dict[str, str] = {}
    for index, style in enumerate(cell_formats if cell_formats is not None else ()):
        number_format = style.get("numFmtId", "0")
        symbol = _symbol(codes.get(number_format, ""))
        if symbol or (number_format.isdigit() and int(number_format) in _PERCENT_IDS):
            found[str(index)] = symbol or PERCENT
    return found


def _symbol(code: str) -> str:
    """A known currency, else any other word of letters with a blank on the side of the number."""
    shown = code.partition(";")[0]
    for match in _SYMBOL.finditer(shown):
        said = (match[1] or match[2] or match[3] or "").strip()
        if currency := _CURRENCY.match(said):
            return currency[1]
        if _UNIT.match(said):
            return f" {said}" if _DIGIT.search(shown[: match.start()]) else f"{said} "
    return PERCENT if "%" in re.sub(r'"[^"]*"', "", code) else ""


def _sheet_looks(sheet: bytes, symbols: dict[str, str]) -> SheetLooks:
    """One pass over a sheet, each row forgotten once it is read."""
    shown: dict[tuple[int, int], str] = {}
    rows: set[int] = set()
    columns: set[int] = set()
    wanted = (f"{_MAIN}row", f"{_MAIN}col")
    try:
        for _, element in etree.iterparse(
            io.BytesIO(sheet), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            hidden = element.get("hidden") in {"1", "true"}
            if element.tag == wanted[1] and hidden:
                columns.update(range(int(element.get("min", 1)) - 1, min(int(element.get("max", 1)), 16_384)))
            elif element.tag == wanted[0]:
                if hidden:
                    rows.add(int(element.get("r", 0)) - 1)
                shown.update(_row_symbols(element, symbols))
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _damaged() from error
    return SheetLooks(shown, frozenset(rows), frozenset(columns))


def _row_symbols(row: Any, symbols: dict[str, str]) -> Iterator[tuple[tuple[int, int], str]]:
    for cell in row:
        if (symbol := symbols.get(cell.get("s"))) and (place := _CELL.match(cell.get("r", ""))):
            column = 0
            for letter in place[1]:
                column = column * 26 + ord(letter) - 64
            yield (int(place[2]) - 1, column - 1), symbol
