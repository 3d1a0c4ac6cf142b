"""GET /api/audit: what operators did. There is no way to change or delete an entry."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from balas import audit
from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import Pager
from balas.api.parameters import Listing
from balas.api.schemas import Page, example
from balas.audit import Action, Result
from balas.conversations.archive import Place
from balas.database.session import reading
from balas.models import AuditEntry

_ENTRY = {
    "id": 512,
    "done_at": "2026-03-14T08:30:12.345000Z",
    "who": "console",
    "address": "9f86d081884c7d65",
    "action": "document.deleted",
    "target": "12",
    "number": 1,
    "result": "done",
}

router = protected_router(Area.ADMIN)


class AuditQuery(Listing):
    action: Annotated[
        Action | None, Field(description="Only entries of this action.", examples=["document.deleted"])
    ] = None
    target: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-z]{1,64}$",
            description="Only what was done to the object with this id. Give `action` too: objects of different kinds "
            "may share an id.",
            examples=["12"],
        ),
    ] = None


class AuditItem(BaseModel):
    model_config = example(_ENTRY)

    id: int
    done_at: datetime
    who: str = Field(description="`console`, `command`, `api` (the first key), or `key 7`: a key that was given out.")
    address: str | None = Field(description="Of the caller, as a keyed hash: the same for the same address.")
    action: Action
    target: str | None = Field(
        description="The id of the object, or of the first of several; for an erasure, the id of its receipt."
    )
    number: int = Field(description="How many objects.")
    result: Result

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditItem:
        return cls(
            id=entry.id,
            done_at=entry.done_at,
            who=entry.who,
            address=entry.address,
            action=Action(entry.action),
            target=entry.target,
            number=entry.number,
            result=Result(entry.result),
        )


class AuditPage(Page):
    model_config = example({"items": [_ENTRY], "next_cursor": None})

    items: list[AuditItem]


@router.get("/audit", summary="What operators did, the latest first")
def list_audit(runtime: RuntimeDep, query: Annotated[AuditQuery, Query()]) -> AuditPage:
    """Changes and logins, by console, API key and command. Never a text, a name or a number. Kept for
    `BALAS_AUDIT_DAYS`."""
    pager = Pager(runtime.secrets.api_key, "audit", query.limit, query.cursor)
    before_id = pager.after.id if pager.after else None
    with reading(runtime.database) as session:
        rows = audit.page(
            session, limit=pager.rows_wanted, before_id=before_id, action=query.action, target=query.target
        )
    page, next_cursor = pager.cut(rows, lambda row: Place(row.done_at, row.id))
    return AuditPage(items=[AuditItem.of(row) for row in page], next_cursor=next_cursor)
