"""Comma, semicolon, tab or bar separated values."""

from __future__ import annotations

import csv
import io

from balas.errors import DocumentRejected
from balas.knowledge.readers import Progress, charset, tables
from balas.values import ParsedDocument

MAX_COLUMNS = 500
MAX_LINE = 1_000_000
MAX_ROWS = 100_000
SEPARATORS = ",;\t|"


def read(content: bytes, progress: Progress) -> ParsedDocument:
    text = charset.decode(content).replace("\r\n", "\n").replace("\r", "\n")
    separator, first = None, 1
    if text[:4].lower() == "sep=":  # Excel's own hint
        separator, text, first = text[4:5], text.partition("\n")[2], 2
    rows = _rows(text, separator or _separator(text))
    numbers = range(first, first + len(rows))
    return ParsedDocument(title="", blocks=tuple(tables.blocks(rows, numbers=numbers)))


def _rows(text: str, separator: str) -> list[list[str]]:
    # How long a cell may be is a limit of the csv module for the whole process, so lines are judged here.
    if any(len(line) > MAX_LINE for line in io.StringIO(text)):
        raise DocumentRejected(f"The table has a line of more than {MAX_LINE:,} characters: is it really a table?")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if len(row) > MAX_COLUMNS:
                raise DocumentRejected(f"The table has more than {MAX_COLUMNS} columns: split it.", status=413)
            if len(rows) >= MAX_ROWS:
                raise DocumentRejected(f"The table has more than {MAX_ROWS:,} rows: split it.", status=413)
            rows.append(row)
    except csv.Error as error:
        raise DocumentRejected(
            "The table could not be read: a cell is too long or a quotation mark is never closed."
        ) from error
    return rows


def _separator(text: str) -> str:
    """The separator that parts most of the first lines into the same number of columns, two or more."""
    head = text[:20_000]
    if len(head) < len(text):
        head = head.rpartition("\n")[0] or head
    best, found = (0.0, 0), ","
    for separator in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator) if row][:50]
        except csv.Error:
            continue
        usual = max(set(widths), key=widths.count, default=1)
        score = (widths.count(usual) / max(1, len(widths)), usual)
        if usual > 1 and score > best:
            best, found = score, separator
    return found
