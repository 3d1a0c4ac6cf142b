"""/api/users: the people on WhatsApp, and forgetting one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import MAX_LIMIT, Pager
from balas.api.parameters import PathId, UserQuery
from balas.api.schemas import UserDetail, UserItem, UserPage, example
from balas.conversations import archive, audiences, erasure
from balas.conversations.erasure import Receipt
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import DatabaseUnavailable, NotFound
from balas.models import User
from balas.runtime import Runtime
from balas.telemetry import logger

MOST_LOOKS = 5  # each time more became known of the person meanwhile

log = logger("erasure")
router = protected_router(Area.CONVERSATIONS)


class ErasureReceipt(BaseModel):
    """What was removed, by table. Inbox rows stay, without their words, because the books count them."""

    model_config = example(
        {"receipt_id": "5a0c2f6be0f24c8d9e1b7a3d4c5f6a70", "erased": {"messages": 14, "inbox": 31, "turns": 6}}
    )

    receipt_id: str
    erased: dict[str, int]


@router.get("/users", summary="People, the newest first")
def list_users(runtime: RuntimeDep, query: Annotated[UserQuery, Query()]) -> UserPage:
    pager = Pager(runtime.secrets.api_key, "users", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = archive.users(session, query.phone, pager.after, pager.rows_wanted)
        belongs = audiences.of_phones(session, {row.phone for row in rows if row.phone})
    page, next_cursor = pager.cut(rows, lambda user: archive.Place(user.created_at, user.id))
    return UserPage(
        items=[UserItem.of(user, belongs.get(user.phone or "", [])) for user in page], next_cursor=next_cursor
    )


@router.get("/users/{user_id}", summary="One person")
def get_user(runtime: RuntimeDep, user_id: PathId) -> UserDetail:
    with reading(runtime.database) as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound("There is no user with this id.")
        rows = archive.conversations(session, None, user_id, None, MAX_LIMIT)
        belongs = audiences.of_phones(session, {user.phone} if user.phone else set()).get(user.phone or "", [])
    return UserDetail(**UserItem.of(user, belongs).model_dump(), conversation_ids=[row[0].id for row in rows])


@router.delete("/users/{user_id}", status_code=202, summary="Erase a person: everything said by, to or about them")
def erase_user(runtime: RuntimeDep, user_id: PathId) -> ErasureReceipt:
    receipt = erased(runtime, user_id=user_id)
    return ErasureReceipt(receipt_id=receipt.receipt_id, erased=receipt.erased)


def erased(runtime: Runtime, *, user_id: int | None = None, phone: str | None = None) -> Receipt:
    """Erase the person and return what was removed. Raises `NotFound`."""
    try:
        receipt = _erased(runtime, user_id, phone)
    except DatabaseUnavailable:
        receipt = _erased(runtime, user_id, phone)  # a job that wrote for the same person: one of both gives way
    runtime.database.truncate_log()
    log.info("person_erased", receipt_id=receipt.receipt_id, **receipt.erased)
    return receipt


def _erased(runtime: Runtime, user_id: int | None, phone: str | None) -> Receipt:
    for _ in range(MOST_LOOKS):
        with reading(runtime.database) as session:
            found = erasure.find(session, user_id=user_id, phone=phone)
        if found is None:
            raise NotFound("There is no such user: nothing is kept of them, or it was erased before.")
        with transaction(runtime.database) as session:
            receipt = erasure.erase(session, found, runtime.secrets.hmac_keys, now(session))
        if receipt is not None:
            return receipt
    raise DatabaseUnavailable("what is known of this person changes all the time: nothing was erased, try again.")
