"""Reading what was said: messages, conversations and people, newest first, page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from balas.database.statements import execute
from balas.models import Conversation, Message, User
from balas.values import Role

Query = TypeVar("Query", bound="Select[*tuple[Any, ...]]")


_SAID_BEFORE = (
    select(Message.id, Message.role, Message.text, Message.created_at)
    .where(
        Message.conversation_id == bindparam("conversation_id"),
        Message.created_at > bindparam("since"),
        or_(Message.turn_id.is_(None), Message.turn_id < bindparam("turn_id")),
        Message.text != "",
    )
    .order_by(Message.id.desc())
    .limit(bindparam("most"))
)


_BETWEEN_DIGITS = re.compile(r"[\s+().\-]")
LEAST_DIGITS = 4  # fewer stand in every number


class Place(NamedTuple):
    """Where a page ended: the next one goes on with what is older; rows of the same moment are ordered by id."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class MessageFilter:
    phone: str | None = None  # digits only, the whole number
    role: Role | None = None
    conversation_id: int | None = None
    since: datetime | None = None  # at this moment or later
    until: datetime | None = None  # earlier than this moment
    q: str | None = None  # part of the text, taken literally


def said_before(
    session: Session, conversation_id: int, turn_id: int, since: datetime, most: int
) -> list[Row[*tuple[Any, ...]]]:
    """Id, role, text and time of what was said before a turn, oldest first."""
    parameters = {"conversation_id": conversation_id, "since": since, "turn_id": turn_id, "most": most}
    return list(reversed(execute(session, _SAID_BEFORE, parameters).all()))


def messages(
    session: Session, wanted: MessageFilter, after: Place | None, limit: int
) -> Sequence[Row[Message, Conversation, User]]:
    query = (
        select(Message, Conversation, User)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(User, User.id == Conversation.user_id)
    )
    if wanted.conversation_id is not None:
        query = query.where(Message.conversation_id == wanted.conversation_id)
    if wanted.phone is not None:
        query = query.where(User.phone == wanted.phone)
    if wanted.role is not None:
        query = query.where(Message.role == wanted.role)
    query = _between(query, Message.created_at, wanted.since, wanted.until)
    if wanted.q is not None:
        query = query.where(Message.text.contains(wanted.q, autoescape=True))
    return session.execute(_page(query, Message.created_at, Message.id, after, limit)).all()


def conversations(
    session: Session,
    phone: str | None,
    user_id: int | None,
    after: Place | None,
    limit: int,
    *,
    waiting: bool | None = None,
    q: str | None = None,
    ids: Sequence[int] | None = None,
) -> Sequence[Row[Conversation, User]]:
    """`q` is looked for in names, numbers and everything said, which reads all of it: for when somebody asks."""
    query = select(Conversation, User).join(User, User.id == Conversation.user_id)
    if phone is not None:
        query = query.where(User.phone == phone)
    if user_id is not None:
        query = query.where(Conversation.user_id == user_id)
    if waiting is not None:
        since = Conversation.waiting_since
        query = query.where(since.is_not(None) if waiting else since.is_(None))
    if q:
        query = query.where(_about(q))
    if ids is not None:
        query = query.where(Conversation.id.in_(ids))
    return session.execute(_page(query, Conversation.last_message_at, Conversation.id, after, limit)).all()


def _about(q: str) -> ColumnElement[bool]:
    """Case aside. A number counts however it is grouped, and as it is dialled at home."""
    said = select(Message.conversation_id).where(func.lower(Message.text).contains(q.lower(), autoescape=True))
    found = [func.lower(User.name).contains(q.lower(), autoescape=True), Conversation.id.in_(said)]
    digits = _BETWEEN_DIGITS.sub("", q).lstrip("0")
    if digits.isascii() and digits.isdigit() and len(digits) >= LEAST_DIGITS:
        found.append(User.phone.contains(digits))
    return or_(*found)


def conversation(session: Session, conversation_id: int) -> Row[Conversation, User] | None:
    query = select(Conversation, User).join(User, User.id == Conversation.user_id)
    return session.execute(query.where(Conversation.id == conversation_id)).first()


def users(session: Session, phone: str | None, after: Place | None, limit: int) -> Sequence[User]:
    query = select(User)
    if phone is not None:
        query = query.where(User.phone == phone)
    return session.scalars(_page(query, User.created_at, User.id, after, limit)).all()


def last_messages(session: Session, conversation_ids: Sequence[int]) -> dict[int, Message]:
    """The newest message of each conversation that has one."""
    newest = select(func.max(Message.id)).where(Message.conversation_id.in_(conversation_ids))
    found = session.scalars(select(Message).where(Message.id.in_(newest.group_by(Message.conversation_id))))
    return {message.conversation_id: message for message in found}


def message_counts(session: Session, conversation_id: int) -> dict[str, int]:
    """Messages by role."""
    query = select(Message.role, func.count()).where(Message.conversation_id == conversation_id)
    return {role: count for role, count in session.execute(query.group_by(Message.role))}  # noqa: C416 rows, not pairs


def _between(
    query: Query, column: InstrumentedAttribute[datetime], since: datetime | None, until: datetime | None
) -> Query:
    if since is not None:
        query = query.where(column >= since)
    if until is not None:
        query = query.where(column < until)
    return query


def _page(
    query: Query,
    at: InstrumentedAttribute[datetime],
    row_id: InstrumentedAttribute[int],
    after: Place | None,
    limit: int,
) -> Query:
    if after is not None:
        query = query.where(_older(at, row_id, after))
    return query.order_by(at.desc(), row_id.desc()).limit(limit)


def _older(
    at: InstrumentedAttribute[datetime], row_id: InstrumentedAttribute[int], after: Place
) -> ColumnElement[bool]:
    # Not (at, id) < (:at, :id): MySQL reads the whole index for a comparison of rows.
    return (at <= after.at) & ((at < after.at) | (row_id < after.id))
