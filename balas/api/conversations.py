"""GET /api/conversations and /api/conversations/{id}."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from balas.api.admission import Area
from balas.api.deps import RuntimeDep, protected_router
from balas.api.paging import Pager
from balas.api.parameters import ConversationQuery, PathId
from balas.api.schemas import ConversationDetail, ConversationItem, ConversationPage
from balas.conversations import archive, handoff
from balas.database import clock
from balas.database.session import reading, transaction
from balas.errors import NotFound

router = protected_router(Area.CONVERSATIONS)


@router.get("/conversations", summary="Conversations, the latest active first")
def list_conversations(runtime: RuntimeDep, query: Annotated[ConversationQuery, Query()]) -> ConversationPage:
    pager = Pager(runtime.secrets.api_key, "conversations", query.limit, query.cursor)
    with reading(runtime.database) as session:
        rows = archive.conversations(
            session, query.phone, query.user_id, pager.after, pager.rows_wanted, waiting=query.waiting
        )
        page, next_cursor = pager.cut(rows, lambda row: archive.Place(row[0].last_message_at, row[0].id))
        last = archive.last_messages(session, [conversation.id for conversation, _ in page])
        items = [ConversationItem.of(conversation, user, last.get(conversation.id)) for conversation, user in page]
    return ConversationPage(items=items, next_cursor=next_cursor)


@router.get("/conversations/{conversation_id}", summary="One conversation")
def get_conversation(runtime: RuntimeDep, conversation_id: PathId) -> ConversationDetail:
    with reading(runtime.database) as session:
        row = archive.conversation(session, conversation_id)
        if row is None:
            raise NotFound("There is no conversation with this id.")
        last = archive.last_messages(session, [conversation_id]).get(conversation_id)
        item = ConversationItem.of(row[0], row[1], last)
        counts = archive.message_counts(session, conversation_id)
    return ConversationDetail(**item.model_dump(), messages=counts)


@router.post(
    "/conversations/{conversation_id}/done",
    status_code=204,
    summary="Give a conversation back: nobody waits for a person there any more, and it is answered again",
)
def conversation_done(runtime: RuntimeDep, conversation_id: PathId) -> None:
    """A message that somebody of the team writes on the phone ends the waiting too, and begins a pause."""
    with transaction(runtime.database) as session:
        if archive.conversation(session, conversation_id) is None:
            raise NotFound("There is no conversation with this id.")
        handoff.give_back(session, conversation_id, clock.now(session))
