"""Activity: what operators did, the latest first. For reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action, Result
from balas.console.guard import AdminRoute
from balas.console.pages import page, utc_offset
from balas.console.parameters import RowId
from balas.console.state import runtime_of
from balas.console.wording import LocalTime
from balas.database.session import reading
from balas.models import ApiKey, AuditEntry, Document

SHOWN = 100
DONE = {
    Action.CONSOLE_LOGIN: ("key-round", "Logged in"),
    Action.CONSOLE_LOGOUT: ("log-out", "Logged out"),
    Action.DOCUMENT_UPLOADED: ("upload", "Handed in a document"),
    Action.DOCUMENT_REPLACED: ("refresh-cw", "Handed in a new version"),
    Action.DOCUMENT_CHANGED: ("file-text", "Changed who a document is for, its category or period"),
    Action.DOCUMENT_DELETED: ("trash-2", "Deleted a document"),
    Action.DOCUMENT_ROLLED_BACK: ("arrow-left", "Brought the previous version back"),
    Action.DOCUMENT_PUBLISHED: ("check-check", "Published a version that waited"),
    Action.DOCUMENT_DISCARDED: ("x", "Discarded a version that waited"),
    Action.DOCUMENT_ACCEPTED: ("check", "Said that a version is right"),
    Action.WEBSITE_ADDED: ("upload", "Added a website"),
    Action.WEBSITE_CHANGED: ("file-text", "Changed what is read of a website"),
    Action.WEBSITE_SYNCED: ("refresh-cw", "Had a website read again"),
    Action.WEBSITE_REMOVED: ("trash-2", "Removed a website"),
    Action.ANSWER_APPROVED: ("circle-check", "Approved an answer"),
    Action.ANSWER_CHANGED: ("circle-check", "Changed an approved answer"),
    Action.ANSWER_DELETED: ("trash-2", "Deleted an approved answer"),
    Action.AUDIENCE_GIVEN: ("users", "Gave numbers an audience"),
    Action.AUDIENCE_TAKEN: ("users", "Took an audience from numbers"),
    Action.GOLDEN_ADDED: ("activity", "Added a check"),
    Action.GOLDEN_DRAFTED: ("activity", "Drafted checks"),
    Action.GOLDEN_CHANGED: ("activity", "Changed a check"),
    Action.GOLDEN_APPROVED: ("check", "Approved a check"),
    Action.GOLDEN_WITHDRAWN: ("x", "Made a check a draft again"),
    Action.GOLDEN_DELETED: ("trash-2", "Deleted a check"),
    Action.GAP_ANSWERED: ("lightbulb", "Answered a gap"),
    Action.GAP_DISMISSED: ("lightbulb", "Dismissed a gap"),
    Action.GAP_OPENED: ("lightbulb", "Opened a gap again"),
    Action.DEAD_RETRIED: ("refresh-cw", "Tried failed messages again"),
    Action.CONVERSATION_DONE: ("messages-square", "Marked a conversation as done"),
    Action.PERSON_ERASED: ("trash-2", "Erased a person"),
    Action.KEY_ISSUED: ("key-round", "Gave out an API key"),
    Action.KEY_REVOKED: ("key-round", "Revoked an API key"),
}
BY = {"console": "Console", "api": "API key", "command": "Command"}
NOT_DONE = {Result.FAILED: "Wrong password", Result.REFUSED: "Not done: refused"}
KINDS = {"golden": "check", "dead": "message", "person": "receipt"}
PLACES = {"document": "/documents/", "website": "/documents/websites/", "conversation": "/conversations/"}
GONE = {Action.DOCUMENT_DELETED, Action.WEBSITE_REMOVED}

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.get("/activity")
def activity(request: Request, before: RowId | None = None) -> Response:
    runtime, time = runtime_of(request), LocalTime(utc_offset(request))
    with reading(runtime.database) as session:
        rows = audit.page(session, limit=SHOWN + 1, before_id=before)
        titles, keys = _titles(session, rows[:SHOWN]), _keys(session, rows[:SHOWN])
    at = datetime.now(UTC)
    return page(
        request,
        "activity.html",
        entries=[_entry(row, titles, keys, time, at) for row in rows[:SHOWN]],
        older=rows[SHOWN - 1].id if len(rows) > SHOWN else None,
        before=before,
        days=runtime.settings.balas_audit_days,
    )


def _titles(session: Session, rows: list[AuditEntry]) -> dict[str, str]:
    """Of the documents that are still there: the log itself holds ids alone."""
    ids = {int(row.target) for row in rows if row.action.startswith("document.") and row.target}
    found = session.execute(
        select(Document.id, Document.title).where(Document.id.in_(ids), Document.deleted_at.is_(None))
    )
    return {str(row.id): row.title for row in found}


def _keys(session: Session, rows: list[AuditEntry]) -> dict[str, str]:
    """Names of the keys among those who acted, as the log calls each."""
    ids = {int(number) for row in rows if (number := row.who.removeprefix("key ")).isdecimal()}
    found = session.execute(select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(ids)))
    return {f"key {row.id}": row.name for row in found}


def _entry(
    row: AuditEntry, titles: dict[str, str], keys: dict[str, str], time: LocalTime, at: datetime
) -> dict[str, Any]:
    action, result = Action(row.action), Result(row.result)
    kind = action.partition(".")[0]
    icon, words = DONE[action]
    is_document = kind == "document"
    there = row.target in titles if is_document else action not in GONE
    return {
        "id": row.id,
        "icon": icon,
        "words": words if result is not Result.FAILED else "Tried to log in",
        "number": row.number,
        "subject": titles.get(row.target or "", "") if is_document else "",
        "target": row.target or "",
        "kind": KINDS.get(kind, kind),
        "href": f"{PLACES[kind]}{row.target}" if kind in PLACES and there and row.target else "",
        "by": BY.get(row.who, ", ".join(filter(None, (f"API {row.who}", keys.get(row.who))))),
        "address": row.address or "",
        "not_done": NOT_DONE.get(result, ""),
        "when": time.brief(row.done_at, at),
        "clock": time.clock(row.done_at),
    }
