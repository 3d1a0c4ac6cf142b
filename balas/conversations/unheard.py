"""Letters that are on disk and not looked at yet, while a newer one of the same person is about to be worked on.

However old they are: after an outage a backlog must keep its order. One that fails each time ends as a dead letter, see
`balas.jobs.line`.

A person writes under a number and under a hidden id, and a letter may name one of the two or both. So each address has
an index and a query of its own: for one query about both, MySQL would read all letters that wait. A number needs two
queries: most chat ids hold it, and the index of numbers leaves those out.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    String,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from balas.conversations.letters import Letter
from balas.database.statements import execute
from balas.models import Conversation, InboxMessage, InboxState, Turn, User

_MOST = 200  # earlier letters that are taken at once: who floods us must not make one endless transaction


def _waits(row: type[InboxMessage]) -> tuple[ColumnElement[bool], ...]:
    return row.pending == true(), row.kind == "message", row.from_me == false()


_SUFFIX = literal_column("'@c.us'", String)  # not a parameter: SQLite compares the text with its index's condition


def _chat_of(phone: Any) -> ColumnElement[str]:
    """The id of the chat with a number."""
    chat_id: ColumnElement[str] = phone + _SUFFIX
    return chat_id


def _tells(row: type[InboxMessage], phone: Any) -> tuple[ColumnElement[bool], ...]:
    """A letter of a chat that has another id, and names this number."""
    return row.phone == phone, row.chat_id != _chat_of(row.phone)


_before = aliased(InboxMessage)
_came_before = (*_waits(_before), _before.id < InboxMessage.id, _before.waha_session == InboxMessage.waha_session)

# Whether some message of a letter's person that came before it waits as well.
HAS_EARLIER = or_(
    exists().where(*_came_before, _before.chat_id == InboxMessage.chat_id),
    exists().where(*_came_before, _before.chat_id == _chat_of(InboxMessage.phone)),
    exists().where(*_came_before, *_tells(_before, InboxMessage.phone)),
    exists().where(*_came_before, _before.chat_id == User.lid, User.phone == InboxMessage.phone),
    exists().where(*_came_before, _before.chat_id == _chat_of(User.phone), User.lid == InboxMessage.chat_id),
    exists().where(*_came_before, *_tells(_before, User.phone), User.lid == InboxMessage.chat_id),
)


def _under(*address: ColumnElement[bool]) -> Any:
    return (
        select(InboxMessage.id, InboxMessage.chat_id, InboxMessage.phone)
        .where(
            *_waits(InboxMessage),
            InboxMessage.id < bindparam("row_id"),
            InboxMessage.waha_session == bindparam("waha_session"),
            *address,
        )
        .order_by(InboxMessage.id.desc())
        .limit(_MOST)
    )


_UNDER_CHAT_ID = _under(InboxMessage.chat_id == bindparam("address"))
_UNDER_PHONE = _under(*_tells(InboxMessage, bindparam("address")))
_KNOWN = union_all(
    select(User.lid, User.phone).where(User.phone == bindparam("phone")),
    select(User.lid, User.phone).where(User.lid == bindparam("chat_id")),
)


def earlier(session: Session, row: Letter) -> list[int]:
    """The waiting letters of the same person that came before this one, newest first, under whatever address: also one
    that only another of them tells to be theirs."""
    addresses = _addresses(row.chat_id, row.phone)
    for known in execute(session, _KNOWN, {"phone": row.phone, "chat_id": row.chat_id}):
        addresses |= _addresses(*known)
    found: set[int] = set()
    looked_up: set[str | None] = {None}
    while to_look_up := addresses - looked_up:
        address = to_look_up.pop()
        looked_up.add(address)
        query = _UNDER_CHAT_ID if address is not None and "@" in address else _UNDER_PHONE
        parameters = {"row_id": row.id, "waha_session": row.waha_session, "address": address}
        for row_id, *told in execute(session, query, parameters):
            found.add(row_id)
            addresses |= _addresses(*told)
    return sorted(found, reverse=True)[:_MOST]


def _addresses(chat_id: str | None, phone: str | None) -> set[str | None]:
    return {chat_id, phone, f"{phone}@c.us" if phone else None}


def _of_newest(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """Of the turn's newest letter."""
    newest = aliased(InboxMessage)
    query = select(getattr(newest, column.key)).where(newest.turn_id == Turn.id).order_by(newest.sent_at.desc())
    return query.limit(1).correlate(Turn).scalar_subquery()


def _older(*under: ColumnElement[bool]) -> ScalarSelect[Any]:
    query = select(InboxMessage.id).where(
        *_waits(InboxMessage),
        *under,
        InboxMessage.waha_session == Conversation.waha_session,
        InboxMessage.sent_at <= _of_newest(InboxMessage.sent_at),
        InboxMessage.state == InboxState.RECEIVED,
    )
    oldest = query.order_by(InboxMessage.id).limit(1)
    return oldest.correlate(Turn, Conversation, User).scalar_subquery()


# Of a turn, its conversation and its person: a letter that was written before the turn's newest one and waits.
OLDER = func.coalesce(
    _older(InboxMessage.chat_id == _of_newest(InboxMessage.chat_id)),
    _older(InboxMessage.chat_id == _chat_of(User.phone)),
    _older(*_tells(InboxMessage, User.phone)),
    _older(InboxMessage.chat_id == User.lid),
)
