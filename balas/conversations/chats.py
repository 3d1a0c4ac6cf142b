"""Who writes, and in which conversation: exact keys, found or made once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from balas.database.claims import insert_once
from balas.database.statements import execute
from balas.models import Conversation, InboxMessage, Message, Turn, User
from balas.values import InboundMessage, Role

_CHAT = (
    select(Conversation, User)
    .join(User, User.id == Conversation.user_id)
    .where(Conversation.waha_session == bindparam("waha_session"), Conversation.chat_key == bindparam("chat_key"))
)
_USER_ID = select(User.id).where(User.user_key == bindparam("key"))


def chat_key(message: InboundMessage) -> str:
    """One key for a person who writes as hidden id today and as number tomorrow, where the number is known."""
    return f"{message.phone}@c.us" if message.phone else message.chat_id


def open_conversation(session: Session, waha_session: str, message: InboundMessage, now: datetime) -> Conversation:
    found = _found(session, waha_session, message)
    if found is None:
        _begin(session, waha_session, message, now)
        found = _found(session, waha_session, message)
        assert found is not None  # noqa: S101 inserted just now, by us or by a neighbour
    conversation, user = found
    conversation.chat_id = message.chat_id
    conversation.last_message_at = now
    if message.chat_id.endswith("@lid"):
        user.lid = message.chat_id
    if not message.from_me:
        user.last_seen_at = now
        if message.push_name:
            user.name = message.push_name[:255]
    return conversation


def _found(session: Session, waha_session: str, message: InboundMessage) -> tuple[Conversation, User] | None:
    row = session.execute(_CHAT, {"waha_session": waha_session, "chat_key": chat_key(message)}).first()
    return None if row is None else (row[0], row[1])


def _begin(session: Session, waha_session: str, message: InboundMessage, now: datetime) -> None:
    """A person, perhaps known from another of our numbers, and their first conversation with this one."""
    key = chat_key(message)
    person = {"user_key": key, "phone": message.phone, "created_at": now}
    if not message.from_me:
        person |= {"last_seen_at": now, "name": (message.push_name or "")[:255] or None}
    insert_once(session, User, [person])
    values = {
        "waha_session": waha_session,
        "chat_key": key,
        "chat_id": message.chat_id,
        "user_id": execute(session, _USER_ID, {"key": key}).scalar_one(),
        "created_at": now,
        "last_message_at": now,
    }
    insert_once(session, Conversation, [values])


def record(
    session: Session,
    row: InboxMessage,
    message: InboundMessage,
    conversation: Conversation,
    role: Role,
    turn: Turn | None = None,
) -> None:
    """Put a received message into the archive, once."""
    values = {
        "conversation_id": conversation.id,
        "turn_id": turn.id if turn else None,
        "inbox_id": row.id,
        "role": role,
        "text": message.text,
        "kind": message.kind,
        "waha_message_id": message.waha_message_id,
        "created_at": row.sent_at,
    }
    insert_once(session, Message, [values])
