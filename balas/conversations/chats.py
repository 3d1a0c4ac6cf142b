"""Who writes, and in which conversation: exact keys, found or made once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from balas.conversations import hidden_ids
from balas.conversations.letters import Letter
from balas.database.claims import write_row
from balas.database.insertions import insert_once, insert_or_find
from balas.database.statements import execute
from balas.models import Conversation, Message, Turn, User
from balas.values import InboundMessage, Role

_CHAT = (
    select(
        Conversation.id,
        Conversation.user_id,
        Conversation.waha_session,
        Conversation.language,
        Conversation.waiting_since,
        Conversation.waiting_for,
        Conversation.paused_until,
        Turn.id,
        Turn.created_at,
    )
    .outerjoin(Turn, and_(Turn.conversation_id == Conversation.id, Turn.gathering == 1))
    .where(Conversation.waha_session == bindparam("of_session"), Conversation.chat_key == bindparam("of_chat"))
)


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation as the message line needs it."""

    id: int
    user_id: int
    waha_session: str
    language: str | None
    waiting_since: datetime | None
    waiting_for: str | None
    paused_until: datetime | None
    gathering_id: int | None  # the turn that further messages join
    gathering_since: datetime | None


def open_conversation(session: Session, waha_session: str, message: InboundMessage, now: datetime) -> Chat:
    hidden_ids.unite(session, waha_session, message)
    phone = hidden_ids.known_phone(session, message)
    key = hidden_ids.known_key(message, phone)
    found = _found(session, waha_session, key)
    if found is None:
        return _begun(session, waha_session, key, phone, message, now)
    # The person first, as where both are begun: the other way round MySQL finds a deadlock in a first burst.
    if told := _told(message, now):
        write_row(session, User, found.user_id, **told)
    write_row(session, Conversation, found.id, chat_id=message.chat_id, last_message_at=now)
    return found


def _found(session: Session, waha_session: str, key: str) -> Chat | None:
    row = execute(session, _CHAT, {"of_session": waha_session, "of_chat": key}).first()
    return None if row is None else Chat(*row)


def _told(message: InboundMessage, now: datetime) -> dict[str, Any]:
    """What a message says about its person."""
    told: dict[str, Any] = {"lid": message.chat_id} if message.chat_id.endswith("@lid") else {}
    if not message.from_me:
        told["last_seen_at"] = now
        if message.push_name:
            told["name"] = message.push_name[:255]
    return told


def _begun(
    session: Session, waha_session: str, key: str, phone: str | None, message: InboundMessage, now: datetime
) -> Chat:
    """A person, perhaps known from another of our numbers, and their first conversation with this one.

    A neighbour may have begun it a moment ago: then it is found, and whatever gathers there is found by its own key.
    """
    told = _told(message, now)
    user_id = insert_or_find(session, User, {"user_key": key, "phone": phone, "created_at": now} | told)
    if "lid" in told:  # known from another of our numbers, the person has perhaps not told it there
        write_row(session, User, user_id, **told)
    values = {
        "waha_session": waha_session,
        "chat_key": key,
        "chat_id": message.chat_id,
        "user_id": user_id,
        "created_at": now,
        "last_message_at": now,
    }
    chat_id = insert_or_find(session, Conversation, values)
    return Chat(chat_id, user_id, waha_session, None, None, None, None, None, None)


def record(
    session: Session,
    row: Letter,
    message: InboundMessage,
    conversation: Chat,
    role: Role,
    turn_id: int | None = None,
) -> None:
    """Put a received message into the archive, once."""
    values = {
        "conversation_id": conversation.id,
        "turn_id": turn_id,
        "inbox_id": row.id,
        "role": role,
        "text": message.text,
        "kind": message.kind,
        "waha_message_id": message.waha_message_id,
        "created_at": row.sent_at,
    }
    insert_once(session, Message, [values])
