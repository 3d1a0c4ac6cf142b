"""Golden questions to and from a file, a JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from balas.api.golden_schemas import GoldenItem, NewGolden
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest
from balas.knowledge import golden, publishing
from balas.knowledge.golden import Draft
from balas.models import Document
from balas.runtime import Runtime

PAGE = 500


def everything(runtime: Runtime) -> Iterator[GoldenItem]:
    """Newest first."""
    before_id: int | None = None
    while True:
        with reading(runtime.database) as session:
            rows = golden.page(session, limit=PAGE, before_id=before_id)
        yield from (GoldenItem.of(row) for row in rows)
        if len(rows) < PAGE:
            return
        before_id = rows[-1].id


def approve_all(runtime: Runtime, ids: Collection[int] | None) -> int:
    """These drafts, or all of them."""
    wanted = [item.id for item in everything(runtime) if not item.approved] if ids is None else ids
    with transaction(runtime.database) as session:
        for golden_id in wanted:
            golden.approve(session, golden_id, now(session))
    return len(wanted)


def exported(runtime: Runtime) -> list[str]:
    """Oldest first. A document is named by its file name or address: ids differ from one database to the next."""
    found = list(everything(runtime))[::-1]
    with reading(runtime.database) as session:
        ids = {item.document_id for item in found if item.document_id is not None}
        names = {row.id: row.name for row in session.scalars(select(Document).where(Document.id.in_(ids)))}
    lines = []
    for item in found:
        line = item.model_dump(include={"question", "language", "audience", "expected", "must_abstain", "approved"})
        line["document"] = names.get(item.document_id) if item.document_id is not None else None
        lines.append(json.dumps({name: value for name, value in line.items() if value is not None}, ensure_ascii=False))
    return lines


def imported(runtime: Runtime, content: bytes) -> tuple[int, int]:
    """How many were new, and how many there already. Raises `InvalidRequest` with the line; then none is taken in."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The file is not UTF-8 text: give one that balas golden export wrote.") from error
    drafts = [_draft(runtime, number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    with transaction(runtime.database) as session:
        fresh = {draft.key for draft in golden.unknown(session, [draft for draft, _ in drafts])}
        taken = 0
        for draft, is_approved in drafts:
            if draft.key in fresh:
                fresh.discard(draft.key)
                golden.add(session, draft, now(session), is_approved=is_approved)
                taken += 1
    return taken, len(drafts) - taken


def _draft(runtime: Runtime, number: int, line: str) -> tuple[Draft, bool]:
    try:
        given: dict[str, Any] = json.loads(line)
        document = given.pop("document", None)
        request = NewGolden(**given)
    except (ValueError, TypeError, AttributeError, ValidationError) as error:
        raise InvalidRequest(f"Line {number} is not a golden question: {type(error).__name__}.") from error
    if not isinstance(document, str | None):
        raise InvalidRequest(f"Line {number} is not a golden question: document must be a name.")
    document_id = publishing.named(runtime.database, document) if document else request.document_id
    fields = request.model_dump(exclude={"approved", "document_id"})
    return Draft(**fields, document_id=document_id), request.approved
