"""Excel workbooks: each visible sheet is a section of rows, values as a person reads them."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, archive, tables
from balas.values import Block, ParsedDocument

MAX_ROWS = 100_000
MAX_COLUMNS = 500


def read(content: bytes, progress: Progress) -> ParsedDocument:
    archive.check(content)
    try:
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        return _read(workbook, progress)
    except python_calamine.PasswordError as error:
        raise DocumentRejected("The Excel file is protected with a password: save it without one.") from error
    except python_calamine.CalamineError as error:
        raise DocumentRejected("The Excel file is damaged: open it in Excel, save it again and upload that.") from error


def _read(workbook: Any, progress: Progress) -> ParsedDocument:
    blocks: list[Block] = []
    warnings: list[str] = []
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
    for number, sheet in enumerate(sheets, 1):
        progress(f"reading sheet {number} of {len(sheets)}")
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            warnings.append(f'The hidden sheet "{sheet.name}" was left out.')
            continue
        rows = _rows(workbook.get_sheet_by_name(sheet.name))
        made = tables.blocks(rows)
        if made and (len(sheets) > 1 or not sheet.name.lower().startswith(("sheet", "lembar"))):
            blocks.append(Block(sheet.name, heading_level=1))
        blocks += made
    return ParsedDocument(title="", blocks=tuple(blocks), warnings=tuple(warnings))


def _rows(sheet: Any) -> list[list[str]]:
    if sheet.width > MAX_COLUMNS or sheet.height > MAX_ROWS:
        raise DocumentRejected(
            f"A sheet has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns: split it.", status=413
        )
    rows = [[shown(value) for value in row] for row in sheet.to_python(skip_empty_area=True)]
    top, left = sheet.start or (0, 0)
    for (first_row, first_column), (last_row, _) in sheet.merged_cell_ranges or ():
        # A cell merged down holds for each of its rows; one merged across stands once.
        for row in range(first_row + 1, min(last_row, top + len(rows) - 1) + 1):
            if rows and 0 <= first_column - left < len(rows[0]) and first_row >= top:
                rows[row - top][first_column - left] = rows[first_row - top][first_column - left]
    return rows


def shown(value: Any) -> str:
    """A cell's value as text: 85000.0 -> "85000", dates ISO, True -> "yes"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e10 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds() // 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(value)
