"""GET /api/users and /api/users/{id}: the people on WhatsApp."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import MAX_LIMIT, Pager
from balas.api.parameters import PathId, UserQuery
from balas.api.schemas import UserDetail, UserItem, UserPage
from balas.conversations import archive
from balas.database.session import reading
from balas.errors import NotFound
from balas.models import User

router = protected_router("archive")


@router.get("/users", summary="People, the newest first")
def list_users(runtime: RuntimeDep, query: Annotated[UserQuery, Query()]) -> UserPage:
    pager = Pager(runtime.secrets.api_key, "users", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = archive.users(session, query.phone, pager.after, pager.rows_wanted)
    page, next_cursor = pager.cut(rows, lambda user: archive.Place(user.created_at, user.id))
    return UserPage(items=[UserItem.of(user) for user in page], next_cursor=next_cursor)


@router.get("/users/{user_id}", summary="One person")
def get_user(runtime: RuntimeDep, user_id: PathId) -> UserDetail:
    with reading(runtime.database) as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound("There is no user with this id.")
        rows = archive.conversations(session, None, user_id, None, MAX_LIMIT)
    return UserDetail(**UserItem.of(user).model_dump(), conversation_ids=[row[0].id for row in rows])
