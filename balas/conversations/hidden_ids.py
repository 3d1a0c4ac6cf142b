"""People who write under a hidden id (@lid) whose number becomes known: one person, one conversation, one history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from balas.conversations import loops
from balas.database.claims import update_where
from balas.database.statements import execute
from balas.errors import Transient
from balas.models import (
    OPEN_SENDS,
    OPEN_TURNS,
    Analytics,
    Conversation,
    GapQuestion,
    Message,
    OutboxMessage,
    Turn,
    User,
)
from balas.values import InboundMessage

HIDDEN = "@lid"

_known = aliased(User)
_told = select(_known.user_key).where(_known.lid == User.user_key, _known.phone.is_not(None)).limit(1)
_KEYS = (
    select(User.user_key, User.lid, _told.scalar_subquery())
    .join(Conversation, Conversation.user_id == User.id)
    .where(Conversation.id == bindparam("conversation_id"))
)


def chat_key(message: InboundMessage) -> str:
    """One key for a person who writes under a hidden id today and a number tomorrow, if the message holds the number.

    The rate limit uses it: in the minute in which the number becomes known, a person has the limit twice.
    """
    return known_key(message, message.phone)


def key_of_phone(phone: str) -> str:
    return f"{phone}@c.us"


def known_phone(session: Session, message: InboundMessage) -> str | None:
    """The number, where this message or an earlier one of the same hidden id tells it."""
    if message.phone or not message.chat_id.endswith(HIDDEN):
        return message.phone
    query = select(User.phone).where(User.lid == message.chat_id, User.phone.is_not(None))
    return session.scalars(query.limit(1)).first()


def known_key(message: InboundMessage, phone: str | None) -> str:
    """The conversation's, with the number that `known_phone` found."""
    return key_of_phone(phone) if phone else message.chat_id


def keys_of(session: Session, conversation_id: int) -> tuple[str, str | None]:
    """The key of the conversation's person, and the hidden id that was, or still is, the key beside it."""
    key, lid, told = execute(session, _KEYS, {"conversation_id": conversation_id}).one()
    if not key.endswith(HIDDEN):
        return key, lid
    return (told, key) if told else (key, None)


def unite(session: Session, waha_session: str, message: InboundMessage) -> None:
    """The message holds both number and hidden id: what was said under the hidden id alone becomes the number's."""
    if message.phone is None or not message.chat_id.endswith(HIDDEN):
        return
    hidden = _conversation(session, waha_session, message.chat_id)
    if hidden is None:
        return
    key = key_of_phone(message.phone)
    known = _conversation(session, waha_session, key)
    if known is None:
        try:
            _rename(session, hidden, key, message.phone)
        except IntegrityError:
            # On MySQL a neighbour began the number's conversation since we looked. Its words name the number.
            raise Transient("a conversation under the number began at this moment: it is found the next time") from None
    elif not _is_busy(session, hidden.id):  # else with the next message: an open turn keeps its conversation
        _move(session, hidden, known)


def _conversation(session: Session, waha_session: str, key: str) -> Conversation | None:
    query = select(Conversation).where(Conversation.waha_session == waha_session, Conversation.chat_key == key)
    return session.scalars(query).first()


def _rename(session: Session, hidden: Conversation, key: str, phone: str) -> None:
    hidden.chat_key = key
    person = session.scalars(select(User).where(User.user_key == key)).first()
    if person is None:
        nameless = session.get_one(User, hidden.user_id)
        nameless.user_key, nameless.phone = key, phone
    else:  # they wrote to another of our numbers before
        _give(session, hidden, person.id)
    session.flush()


def _give(session: Session, hidden: Conversation, user_id: int) -> None:
    left, hidden.user_id = hidden.user_id, user_id
    session.flush()
    for counted in (Analytics, GapQuestion):
        update_where(session, counted, counted.conversation_id == hidden.id, user_id=user_id)
    _drop_without_chats(session, left)


def _is_busy(session: Session, conversation_id: int) -> bool:
    turns = exists().where(Turn.conversation_id == conversation_id, Turn.state.in_(OPEN_TURNS))
    bubbles = exists().where(OutboxMessage.conversation_id == conversation_id, OutboxMessage.state.in_(OPEN_SENDS))
    return bool(session.scalar(select(turns | bubbles)))


def _move(session: Session, hidden: Conversation, known: Conversation) -> None:
    moved: dict[str, Any] = {"conversation_id": known.id}
    for model in (Turn, Message, OutboxMessage):
        update_where(session, model, model.conversation_id == hidden.id, **moved)
    for counted in (Analytics, GapQuestion):
        update_where(session, counted, counted.conversation_id == hidden.id, **moved, user_id=known.user_id)
    if known.waiting_since is None or hidden.waiting_for in loops.SIGNS:
        known.waiting_since, known.waiting_for = hidden.waiting_since, hidden.waiting_for
    known.given_back_at = max(filter(None, (known.given_back_at, hidden.given_back_at)), default=None)
    known.paused_until = max(filter(None, (known.paused_until, hidden.paused_until)), default=None)
    left = hidden.user_id
    session.delete(hidden)
    session.flush()
    _drop_without_chats(session, left)


def _drop_without_chats(session: Session, user_id: int) -> None:
    if session.scalars(select(Conversation.id).where(Conversation.user_id == user_id).limit(1)).first() is None:
        session.delete(session.get_one(User, user_id))
        session.flush()
