"""GET /api/messages: what was said, newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import Pager
from balas.api.parameters import MessageQuery
from balas.api.schemas import MessageItem, MessagePage
from balas.conversations import archive
from balas.database.session import reading

router = protected_router(Area.CONVERSATIONS)


@router.get("/messages", summary="Messages, newest first")
def list_messages(runtime: RuntimeDep, query: Annotated[MessageQuery, Query()]) -> MessagePage:
    pager = Pager(runtime.secrets.api_key, "messages", query.limit, query.cursor)
    wanted = archive.MessageFilter(
        phone=query.phone,
        role=query.role,
        conversation_id=query.conversation_id,
        since=query.since,
        until=query.until,
        q=query.q,
    )
    with reading(runtime.database) as session:
        rows = archive.messages(session, wanted, pager.after, pager.rows_wanted)
        page, next_cursor = pager.cut(rows, lambda row: archive.Place(row[0].created_at, row[0].id))
        return MessagePage(items=[MessageItem.of(*row) for row in page], next_cursor=next_cursor)
