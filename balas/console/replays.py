"""The same question asked again: what would be answered today, beside what was answered then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from balas.console.guard import AdminRoute
from balas.console.pages import macro
from balas.console.parameters import RowId
from balas.console.state import runtime_of
from balas.conversations import responses, traces
from balas.conversations.traces import Difference
from balas.database.session import reading

CHANGES_SHOWN = 6  # of one kind
EXCERPT = 140
SAID = frozenset({"answer", "abstained", "sources"})
LABELS = {
    "sources": "Source",
    "understood": "Understood as",
    "passages": "Passages found",
    "answerable": "How sure",
    "threshold": "How sure it must be",
    "mode": "Way of answering",
    "language": "Language",
    "model": "Model",
    "prompt_version": "Wording of the rules",
    "knowledge_version": "Documents as of change",
    "balas": "Version of Balas",
}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.post("/traces/{turn_id}/replay")
def replay(request: Request, turn_id: RowId) -> Response:
    runtime = runtime_of(request)
    with reading(runtime.database) as session:
        _, old = traces.one(session, turn_id)
        question, missing = traces.question(session, old)
    new = responses.record(runtime.answered(question), None)
    return HTMLResponse(str(macro("_trace.html", "replay")(view(old, new, traces.differences(old, new), missing))))


def view(old: dict[str, Any], new: dict[str, Any], found: Sequence[Difference], missing: int) -> dict[str, Any]:
    same = not {one.what for one in found} & SAID
    return {
        "same": same,
        "heading": "It would answer the same today." if same else "It would answer differently today.",
        "then": old["text"],
        "now": new["text"],
        "changes": [_change(one) for one in found if one.what in LABELS],
        "missing": missing,
    }


def _change(one: Difference) -> dict[str, Any]:
    return {"label": LABELS[one.what], "old": _texts(one.old), "new": _texts(one.new)}


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if isinstance(value, float):
        values = [f"{value:.0%}"]
    return [" ".join(str(one).split())[:EXCERPT] for one in values[:CHANGES_SHOWN] if one is not None]
