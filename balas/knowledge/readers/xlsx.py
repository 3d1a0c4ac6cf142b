"""Excel workbooks: each visible sheet is a section of rows, values as a person reads them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, archive, tables, xlsx_looks
from balas.knowledge.readers.xlsx_looks import SheetLooks
from balas.values import Block, ParsedDocument

MAX_ROWS = 100_000
MAX_COLUMNS = 500
SHEET_LEVEL = 4  # above the title rows and section rows of its tables


def read(content: bytes, progress: Progress) -> ParsedDocument:
    archive.check(content)
    try:
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        looks = xlsx_looks.looks(content)
        blocks: list[Block] = []
        warnings: list[str] = []
        sheets = [one for one in workbook.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
        for number, sheet in enumerate(sheets, 1):
            progress(f"reading sheet {number} of {len(sheets)}")
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                warnings.append(f'The hidden sheet "{sheet.name}" was left out.')
                continue
            seen = looks.get(sheet.name, SheetLooks())
            warnings += _left_out(sheet.name, seen)
            made = tables.blocks(_rows(workbook.get_sheet_by_name(sheet.name), seen))
            if made and (len(sheets) > 1 or not sheet.name.lower().startswith(("sheet", "lembar"))):
                blocks.append(Block(sheet.name, heading_level=SHEET_LEVEL))
            blocks += made
    except python_calamine.PasswordError as error:
        raise DocumentRejected("The Excel file is protected with a password: save it without one.") from error
    except python_calamine.CalamineError as error:
        raise DocumentRejected("The Excel file is damaged: open it in Excel, save it again and upload that.") from error
    return ParsedDocument(title=xlsx_looks.title(content), blocks=tuple(blocks), warnings=tuple(warnings))


def _left_out(name: str, looks: SheetLooks) -> Iterator[str]:
    if looks.hidden_columns or looks.hidden_rows:
        counts = ((len(looks.hidden_rows), "rows"), (len(looks.hidden_columns), "columns"))
        hidden = " and ".join(f"{count} hidden {what}" for count, what in counts if count)
        yield f'{hidden} of the sheet "{name}" were left out: unhide them if they may be told.'


def _rows(sheet: Any, looks: SheetLooks) -> list[list[str]]:
    if sheet.width > MAX_COLUMNS or sheet.height > MAX_ROWS:
        raise DocumentRejected(
            f"A sheet has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns: split it.", status=413
        )
    top, left = sheet.start or (0, 0)
    rows = [
        [shown(value, looks.symbols.get((row, column), "")) for column, value in enumerate(values, left)]
        for row, values in enumerate(sheet.to_python(skip_empty_area=True), top)
    ]
    _repeat_merged(rows, sheet.merged_cell_ranges or (), top, left)
    return [
        [value for column, value in enumerate(values, left) if column not in looks.hidden_columns]
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
