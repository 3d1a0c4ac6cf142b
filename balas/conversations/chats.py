"""Who writes, and in which conversation: exact keys, found or made once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.database.claims import insert_once
from balas.models import Conversation, InboxMessage, Message, User
from balas.values import InboundMessage, Role


def chat_key(message: InboundMessage) -> str:
    """One key for a person who writes as hidden id today and as number tomorrow, where the number is known."""
    return f"{message.phone}@c.us" if message.phone else message.chat_id


def open_conversation(session: Session, waha_session: str, message: InboundMessage, now: datetime) -> Conversation:
    user = _user(session, message, now)
    key = chat_key(message)
    values = {
        "waha_session": waha_session,
        "chat_key": key,
        "chat_id": message.chat_id,
        "user_id": user.id,
        "created_at": now,
        "last_message_at": now,
    }
    insert_once(session, Conversation, [values])
    conversation = session.scalars(
        select(Conversation).where(Conversation.waha_session == waha_session, Conversation.chat_key == key)
    ).one()
    conversation.chat_id = message.chat_id
    conversation.last_message_at = now
    return conversation


def _user(session: Session, message: InboundMessage, now: datetime) -> User:
    key = chat_key(message)
    insert_once(session, User, [{"user_key": key, "phone": message.phone, "created_at": now}])
    user = session.scalars(select(User).where(User.user_key == key)).one()
    if message.chat_id.endswith("@lid"):
        user.lid = message.chat_id
    if not message.from_me:
        user.last_seen_at = now
        if message.push_name:
            user.name = message.push_name[:255]
    return user


def record(
    session: Session, row: InboxMessage, message: InboundMessage, conversation: Conversation, role: Role
) -> None:
    """Put a received message into the archive, once."""
    values = {
        "conversation_id": conversation.id,
        "inbox_id": row.id,
        "role": role,
        "text": message.text,
        "kind": message.kind,
        "waha_message_id": message.waha_message_id,
        "created_at": row.sent_at,
    }
    insert_once(session, Message, [values])
