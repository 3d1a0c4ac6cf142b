"""/api/keys: keys with scopes, beside the first one. A key is shown once, when it is given out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from balas import access
from balas.access import Scope
from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import Pager
from balas.api.parameters import Listing, PathId, Strict, printable
from balas.api.schemas import Page, example
from balas.conversations.archive import Place
from balas.database.session import reading, transaction
from balas.models import ApiKey

MAX_DAYS = 3650

_KEY = {
    "id": 7,
    "name": "the question box of the website",
    "scopes": ["ask"],
    "created_at": "2026-03-14T08:30:12.345000Z",
    "expires_at": "2026-06-12T08:30:12.345000Z",
    "revoked_at": None,
    "last_used_at": "2026-03-15T17:02:00.123000Z",
}

# Not an `IdempotentRoute`: it would keep the answer, and with it the key.
router = protected_router(Area.ADMIN)


class NewKey(Strict):
    model_config = example({"name": "the question box of the website", "scopes": ["ask"], "days": 90})

    name: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int | None, Field(ge=1, le=MAX_DAYS, description="How long it opens; null: until revoked.")] = None

    def lasts(self) -> timedelta | None:
        return None if self.days is None else timedelta(days=self.days)


class KeyItem(BaseModel):
    model_config = example(_KEY)

    id: int
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour; null: not yet.")

    @classmethod
    def of(cls, key: ApiKey) -> KeyItem:
        return cls(
            id=key.id,
            name=key.name,
            scopes=[scope for scope in Scope if scope in access.scopes_of(key)],
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )


class IssuedKey(KeyItem):
    model_config = example({**_KEY, "last_used_at": None, "key": "balas_EXAMPLE"})

    key: str = Field(description="The key itself. It is kept nowhere and not shown again.")


class KeyPage(Page):
    model_config = example({"items": [_KEY], "next_cursor": None})

    items: list[KeyItem]


@router.get("/keys", summary="Keys that were given out, newest first")
def list_keys(runtime: RuntimeDep, query: Annotated[Listing, Query()]) -> KeyPage:
    """Revoked and expired ones are listed too. The first key, that of `BALAS_API_KEY` or of the data folder, is not
    listed."""
    pager = Pager(runtime.secrets.api_key, "keys", query.limit, query.cursor)
    before_id = pager.after.id if pager.after else None
    with reading(runtime.database) as session:
        rows = access.page(session, limit=pager.rows_wanted, before_id=before_id)
    page, next_cursor = pager.cut(rows, lambda key: Place(key.created_at, key.id))
    return KeyPage(items=[KeyItem.of(key) for key in page], next_cursor=next_cursor)


@router.post("/keys", status_code=201, summary="Give out a key")
def add_key(runtime: RuntimeDep, body: NewKey) -> IssuedKey:
    """`knowledge:` is documents, websites, approved answers and golden questions; `conversations:` is people and
    everything they said, with traces, gaps, dead letters and audiences; `admin` opens all. `write` does not open
    `read`."""
    with transaction(runtime.database) as session:
        row, key = access.issue(session, body.name, body.scopes, body.lasts())
        return IssuedKey(**KeyItem.of(row).model_dump(), key=key)


@router.delete("/keys/{key_id}", status_code=204, summary="Revoke a key: it opens nothing any more")
def revoke_key(runtime: RuntimeDep, key_id: PathId) -> None:
    with transaction(runtime.database) as session:
        access.revoke(session, key_id)
