"""Shared by the readers of workbooks: sheets as sections, what was left out told, limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from balas.errors import DocumentRejected
from balas.knowledge.readers import tables
from balas.values import Block, ParsedDocument

MAX_ROWS = 100_000
MAX_COLUMNS = 500
SHEET_LEVEL = 4  # above the title rows and section rows of its tables


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    rows: list[list[str]]  # those that are shown
    hidden: bool = False
    hidden_rows: int = 0
    hidden_columns: int = 0
    numbers: Sequence[int] = ()  # of the rows, counted from 1, hidden ones too


def document(title: str, sheets: Iterable[Sheet]) -> ParsedDocument:
    shown: list[tuple[Sheet, list[Block]]] = []
    warnings: list[str] = []
    count = 0
    for sheet in sheets:
        count += 1
        if sheet.hidden:
            warnings.append(f'The hidden sheet "{sheet.name}" was left out.')
            continue
        warnings += _left_out(sheet)
        shown.append((sheet, tables.blocks(sheet.rows, numbers=sheet.numbers)))
    blocks: list[Block] = []
    for sheet, made in shown:
        if made and (count > 1 or not sheet.name.lower().startswith(("sheet", "lembar", "tabelle", "hoja"))):
            blocks.append(Block(sheet.name, heading_level=SHEET_LEVEL))
        blocks += made
    return ParsedDocument(title=title, blocks=tuple(blocks), warnings=tuple(warnings))


def too_large() -> DocumentRejected:
    return DocumentRejected(f"A sheet has more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns: split it.", status=413)


def _left_out(sheet: Sheet) -> list[str]:
    counts = ((sheet.hidden_rows, "rows"), (sheet.hidden_columns, "columns"))
    hidden = " and ".join(f"{count} hidden {what}" for count, what in counts if count)
    return [f'{hidden} of the sheet "{sheet.name}" were left out: unhide them if they may be told.'] if hidden else []
