"""Forgets one person: everything said by, to or about them. What the books count stays, as rows without words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CursorResult, Delete, Select, delete, func, or_, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.conversations import audiences, drafts, gaps, inbox, tombstones, unread_chats
from balas.database.claims import update_where
from balas.models import (
    Analytics,
    Citation,
    Conversation,
    GapQuestion,
    GoldenQuestion,
    InboxMessage,
    InboxState,
    Message,
    ModelSpend,
    OutboxMessage,
    Turn,
    UnreadChat,
    User,
)

PHONE_DIGITS = range(7, 21)  # fewer digits name a user by its id
BATCH = 500
IN_FLIGHT = 5_000  # letters of several web processes: one may be on disk later than others with higher ids


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was removed, by table; of the inbox, what was blanked."""

    receipt_id: str
    erased: dict[str, int]


@dataclass(slots=True)
class Person:
    """Everything by which one person is known here."""

    user_ids: set[int] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)  # chat ids: number and hidden id

    @property
    def size(self) -> int:
        return len(self.user_ids) + len(self.phones) + len(self.addresses)


@dataclass(frozen=True, slots=True)
class Found:
    """A person and their letters, as a snapshot shows them."""

    person: Person
    letters: Sequence[int]
    highest: int  # id of the inbox then


def find(session: Session, *, user_id: int | None = None, phone: str | None = None) -> Found | None:
    """The person behind an id or a number (digits), under every address that was ever seen together; None: nobody.

    Reads the whole inbox: for a snapshot, which keeps nobody from writing.
    """
    person = Person()
    if user_id is not None:
        person.user_ids.add(user_id)
    if phone is not None:
        person.phones.add(phone)
    highest = session.scalar(select(func.max(InboxMessage.id))) or 0
    _widen(session, person, 0)
    letters = session.scalars(_letters_of(person)).all()
    return Found(person, letters, highest) if person.user_ids or letters else None


def _widen(session: Session, person: Person, after_id: int) -> None:
    """Everything else by which the person is known: of the inbox, by letters with higher ids."""
    size = -1
    while size != person.size:
        size = person.size
        _widen_once(session, person, after_id)


def _widen_once(session: Session, person: Person, after_id: int) -> None:
    person.addresses |= {tombstones.address_of_phone(phone) for phone in person.phones}
    names = or_(
        User.id.in_(person.user_ids),
        User.phone.in_(person.phones),
        User.user_key.in_(person.addresses),
        User.lid.in_(person.addresses),
    )
    users = session.scalars(select(User).where(names)).all()
    person.user_ids = {user.id for user in users}
    for user in users:
        person.addresses |= {user.user_key} | ({user.lid} if user.lid else set())
        person.phones |= {user.phone} if user.phone else set()
    chats = select(Conversation.chat_key, Conversation.chat_id).where(Conversation.user_id.in_(person.user_ids))
    for chat_key, chat_id in session.execute(chats):
        person.addresses |= {chat_key, chat_id}
    # Before the first answer a hidden id may stand in the inbox alone. A group's address is nobody's.
    hidden = select(InboxMessage.chat_id).where(
        InboxMessage.id > after_id, InboxMessage.phone.in_(person.phones), InboxMessage.chat_id.endswith("@lid")
    )
    person.addresses |= {chat_id for chat_id in session.scalars(hidden.distinct()) if chat_id}


def _letters_of(person: Person) -> Select[int]:
    """Letters from and to them, theirs to groups, and what could not be read but holds their number."""
    names = {address.partition("@")[0] for address in person.addresses}
    return select(InboxMessage.id).where(
        or_(
            InboxMessage.chat_id.in_(person.addresses),
            InboxMessage.phone.in_(person.phones),
            *(InboxMessage.raw.contains(name, autoescape=True) for name in names if len(name) >= PHONE_DIGITS.start),
        )
    )


def erase(session: Session, found: Found, keys: tuple[bytes, ...], now: datetime) -> Receipt | None:
    """Forget the person. Work under way for them ends at its next write, for its row is gone.

    None when `found` is out of date: the person was erased meanwhile, or is known by more addresses. Then call `find`
    again. Only letters that came since `find` are read here, because writers wait for this transaction.
    A bubble whose send has begun may still be shown on their phone: nobody can take it back.
    """
    person, since = deepcopy(found.person), found.highest - IN_FLIGHT
    _widen(session, person, since)
    if person != found.person or not (person.user_ids or _hold(session, found.letters)):
        return None
    receipt_id = secrets.token_hex(16)
    conversations = session.scalars(select(Conversation.id).where(Conversation.user_id.in_(person.user_ids))).all()
    theirs = Turn.conversation_id.in_(conversations)
    turns = select(Turn.id).where(theirs)
    # First what jobs write to, so that they wait for us or we for them, and no row follows after the others are gone.
    update_where(session, Turn, theirs, lease_token=None, gathering=None)
    update_where(session, User, User.id.in_(person.user_ids), name=None)
    update_where(session, Conversation, Conversation.id.in_(conversations), language=None)
    tombstones.put(session, keys, person.addresses, receipt_id, now)
    audit.record(session, Action.PERSON_ERASED, receipt_id)
    in_turns = select(InboxMessage.id).where(InboxMessage.turn_id.in_(turns))
    new = _letters_of(person).where(InboxMessage.id > since)
    letters = sorted({*found.letters, *session.scalars(new), *session.scalars(in_turns)})
    return Receipt(
        receipt_id,
        {
            "gap_questions": gaps.forget(session, GapQuestion.conversation_id.in_(conversations)),
            "messages": _run(session, delete(Message).where(Message.conversation_id.in_(conversations))),
            "inbox": sum(_blank(session, letters[at : at + BATCH], now) for at in range(0, len(letters), BATCH)),
            "outbox": _run(session, delete(OutboxMessage).where(OutboxMessage.conversation_id.in_(conversations))),
            "analytics": _run(session, delete(Analytics).where(Analytics.conversation_id.in_(conversations))),
            "citations": _run(session, delete(Citation).where(Citation.turn_id.in_(turns))),
            "golden_questions": drafts.forget(session, GoldenQuestion.turn_id.in_(turns)),
            "turns": _run(session, delete(Turn).where(theirs)),
            "conversations": _run(session, delete(Conversation).where(Conversation.id.in_(conversations))),
            "unread_chats": unread_chats.forget(session, UnreadChat.chat_id.in_(person.addresses)),
            "users": _run(session, delete(User).where(User.id.in_(person.user_ids))),
            "audience_numbers": audiences.forget(session, person.phones),
            "model_spend": _run(session, delete(ModelSpend).where(ModelSpend.spender.in_(person.addresses))),
        },
    )


def _hold(session: Session, letters: Sequence[int]) -> bool:
    """Whether one of them still tells whose it is."""
    named = or_(InboxMessage.chat_id.is_not(None), InboxMessage.phone.is_not(None), InboxMessage.raw.is_not(None))
    parts = (letters[at : at + BATCH] for at in range(0, len(letters), BATCH))
    chosen = (select(InboxMessage.id).where(InboxMessage.id.in_(part), named).limit(1) for part in parts)
    return any(session.scalars(query).first() is not None for query in chosen)


def _blank(session: Session, ids: Sequence[int], now: datetime) -> int:
    chosen = InboxMessage.id.in_(ids)
    inbox.close(session, InboxState.IGNORED, "erased", now, chosen)
    return update_where(session, InboxMessage, chosen, turn_id=None, **inbox.BLANK)


def _run(session: Session, statement: Delete) -> int:
    removed = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(removed, CursorResult)  # noqa: S101 narrows the type
    return removed.rowcount
