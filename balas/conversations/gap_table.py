"""Gaps as a table for spreadsheets. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from balas.conversations.gap_listing import GapView

EXPORTED = 10_000
COLUMNS = (
    *("question", "messages", "people", "first_asked_at", "last_asked_at", "languages", "state"),
    *("other_wordings", "nearest", "reply"),
)
MEDIA_TYPE = "text/csv; charset=utf-8"
HEADERS = {"Content-Disposition": 'attachment; filename="gaps.csv"'}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def table(found: Iterable[GapView]) -> str:
    """With a mark at its beginning: without one spreadsheets take it for another charset."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for view in found:
        nearest = "; ".join(dict.fromkeys(str(passage["title"]) for passage in view.passages))
        asked = (view.first_asked_at.isoformat(), view.last_asked_at.isoformat())
        told = (" ".join(view.languages), view.state, "\n".join(view.also), nearest, view.reply)
        writer.writerow(map(_plain, (view.question, view.messages, view.people, *asked, *told)))
    return "\ufeff" + file.getvalue()


def _plain(cell: object) -> object:
    """People's words, never a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell
