"""Excel workbooks by calamine: the sheets of an .xlsx or an old .xls, values as a person reads them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, sheets, xlsx_looks
from balas.knowledge.readers.sheets import Sheet
from balas.knowledge.readers.xlsx_looks import SheetLooks


def visible_sheets(content: bytes, looks: Mapping[str, SheetLooks], progress: Progress) -> list[Sheet]:
    """Raises `DocumentRejected` for what is damaged or has a password."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        return list(_sheets(workbook, looks, progress))
    except python_calamine.PasswordError as error:
        raise DocumentRejected("The Excel file is protected with a password: save it without one.") from error
    except python_calamine.CalamineError as error:
        raise DocumentRejected("The Excel file is damaged: open it in Excel, save it again and upload that.") from error


def _sheets(workbook: Any, looks: Mapping[str, SheetLooks], progress: Progress) -> Iterator[Sheet]:
    named = [one for one in workbook.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    for number, sheet in enumerate(named, 1):
        progress(f"reading sheet {number} of {len(named)}")
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            yield Sheet(sheet.name, [], hidden=True)
            continue
        seen = looks.get(sheet.name, SheetLooks())
        rows = _rows(workbook.get_sheet_by_name(sheet.name), seen)
        hidden = (len(seen.hidden_rows), len(seen.hidden_columns))
        yield Sheet(sheet.name, [row for _, row in rows], False, *hidden, [number for number, _ in rows])


def _rows(sheet: Any, looks: SheetLooks) -> list[tuple[int, list[str]]]:
    """The rows that are shown, with their numbers."""
    if sheet.width > sheets.MAX_COLUMNS or sheet.height > sheets.MAX_ROWS:
        raise sheets.too_large()
    top, left = sheet.start or (0, 0)
    rows = [
        [shown(value, looks.symbols.get((row, column), "")) for column, value in enumerate(values, left)]
        for row, values in enumerate(sheet.to_python(skip_empty_area=True), top)
    ]
    _repeat_merged(rows, sheet.merged_cell_ranges or (), top, left)
    return [
        (row + 1, [value for column, value in enumerate(values, left) if column not in looks.hidden_columns])
        for row, values in enumerate(rows, top)
        if row not in looks.hidden_rows
    ]


def _repeat_merged(rows: list[list[str]], merged: Any, top: int, left: int) -> None:
    """A cell merged down holds for each of its rows; one merged across stands once."""
    for (first_row, first_column), (last_row, _) in merged:
        column = first_column - left
        if not rows or first_row < top or not 0 <= column < len(rows[0]):
            continue
        for row in range(first_row - top + 1, min(last_row - top + 1, len(rows))):
            rows[row][column] = rows[first_row - top][column]


def shown(value: Any, symbol: str = "") -> str:
    """A cell's value as text: 85000.0 -> "85000", dates ISO, True -> "yes"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return xlsx_looks.as_shown(float(value), symbol) if symbol else _number(float(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(value)


def _number(value: float) -> str:
    """Without the dust of binary fractions, and never as 8.5e+16."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.10f}".rstrip("0").rstrip(".") if 1e-6 < abs(value) < 1e15 else f"{value:.10g}"
