"""Excel workbooks: values by calamine, and what only the file's own XML says of how they look."""

from __future__ import annotations

from balas.knowledge.readers import Progress, archive, calamine, sheets, xlsx_looks
from balas.values import ParsedDocument


def read(content: bytes, progress: Progress) -> ParsedDocument:
    archive.check(content)
    shown = calamine.visible_sheets(content, xlsx_looks.looks(content), progress)
    return sheets.document(xlsx_looks.title(content), shown)
