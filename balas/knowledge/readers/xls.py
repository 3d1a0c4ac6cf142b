"""Old Excel workbooks (.xls), by calamine. Hidden rows, percent signs and currencies are not told by it."""

from __future__ import annotations

from balas.knowledge.readers import Progress, calamine, sheets
from balas.values import ParsedDocument


def read(content: bytes, progress: Progress) -> ParsedDocument:
    return sheets.document("", calamine.visible_sheets(content, {}, progress))
