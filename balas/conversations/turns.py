"""Turns: the messages of one burst, answered together and one turn after the other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from balas.conversations import archive, audiences, citations, inbox, letters, loops, offers, pace, precedence, unheard
from balas.conversations.chats import Chat
from balas.conversations.letters import Letter
from balas.conversations.loops import Said
from balas.conversations.policy import LONGEST_BURST_SECONDS
from balas.database.claims import NOW, change, claiming, take
from balas.database.insertions import insert_or_find
from balas.database.statements import execute, table_of
from balas.models import (
    OPEN_TURNS,
    AudienceNumber,
    Conversation,
    InboxMessage,
    InboxState,
    Turn,
    TurnState,
    User,
)
from balas.rag.talk.source_request import Cited, asks_for_source
from balas.values import InboundMessage, Role, Utterance

DEADLINE = timedelta(minutes=15)
LONGEST_HOLD = timedelta(seconds=10)
HISTORY_MESSAGES = 12
HISTORY_SPAN = timedelta(hours=12)

_QUEUED = select(
    InboxMessage.kind, InboxMessage.content, InboxMessage.chat_id, InboxMessage.received_at, InboxMessage.sent_at
)
_QUEUED = _QUEUED.where(InboxMessage.turn_id == bindparam("turn_id"), InboxMessage.state == InboxState.QUEUED)
_QUEUED = _QUEUED.order_by(InboxMessage.sent_at, InboxMessage.id)
_QUEUE = (
    update(table_of(InboxMessage))
    .where(InboxMessage.id == bindparam("letter_id"))
    .values(state=InboxState.QUEUED, turn_id=bindparam("new_turn_id"))
)
_PUT_OFF = (
    update(table_of(Turn))
    .where(Turn.id == bindparam("gathering_id"), Turn.state == TurnState.GATHERING)
    .values(due_at=bindparam("new_due_at"))
)
_NEXT_OPEN = (
    select(Turn.id, Turn.due_at)
    .where(Turn.conversation_id == bindparam("conversation_id"), Turn.state.in_(OPEN_TURNS))
    .order_by(Turn.id)
    .limit(1)
)
_CLAIM = claiming(
    Turn,
    Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)),
    Turn.due_at <= NOW,
    or_(Turn.next_attempt_at.is_(None), Turn.next_attempt_at <= NOW),
    state=TurnState.GENERATING,
    gathering=None,
)
_GIVE_BACK = (
    update(table_of(Turn))
    # A turn that still gathers as well: who is about to claim it waits for this row, and reads what it says now.
    .where(Turn.id == bindparam("turn_id"), Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)))
    .values(lease_until=None, lease_token=None)
)
_RESUME = (
    update(table_of(Turn))
    .where(Turn.state == TurnState.GENERATING, Turn.lease_until.is_(None), Turn.next_attempt_at > bindparam("now"))
    .values(next_attempt_at=bindparam("now"))
)
# Safe without a lock: turns of a chat begin one after the other, and a turn that is over never opens again.
_TURN = (
    select(
        Turn.id,
        Turn.conversation_id,
        Turn.attempts,
        Turn.created_at,
        Turn.deadline_at,
        Conversation.waha_session,
        Conversation.chat_id,
        Conversation.language,
        Conversation.user_id,
        Conversation.waiting_for,
        Conversation.given_back_at,
        Conversation.paused_until,
        User.phone,
        precedence.HAS_EARLIER.label("has_earlier"),
        exists().select_from(AudienceNumber).label("has_audiences"),  # anybody: numbers have two spellings
        unheard.OLDER.label("older_letter"),
        pace.BEGAN_AT.scalar_subquery().label("paced_at"),
    )
    .join(Conversation, Conversation.id == Turn.conversation_id)
    .join(User, User.id == Conversation.user_id)
    .where(Turn.id == bindparam("turn_id"))
)


@dataclass(frozen=True, slots=True)
class Joined:
    """The turn a letter belongs to."""

    id: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed turn with all that is needed to answer it outside of the database."""

    turn_id: int
    token: str
    conversation_id: int
    user_id: int
    waha_session: str
    chat_id: str
    audiences: frozenset[str]
    language: str | None
    messages: tuple[InboundMessage, ...]  # in the order they were written
    history: tuple[Utterance, ...]
    history_ids: tuple[int, ...]  # the same, as rows of the archive
    cited: Cited | None  # what the last answer rested on, where that is asked for
    attempts: int
    deadline_at: datetime
    last_message_at: datetime
    offered: bool = False  # whether our last words offered a person, where the turn may be the answer to that
    loop: str | None = None  # by what the other side seems to be a program: see `balas.conversations.loops`


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Not to be answered before this letter of its chat was taken, which was written earlier and is on disk."""

    letter_id: int


def join(
    session: Session,
    row: Letter,
    chat: Chat,
    quiet_seconds: float,
    now: datetime,
    longest_seconds: float = LONGEST_BURST_SECONDS,
) -> Joined:
    """Add the letter to the chat's gathering turn, or begin one. Returns the turn, with its new due time."""
    # The web process's clock says how long to hold; ours, that it is not for hours.
    due_at = max(now + timedelta(seconds=quiet_seconds), min(row.hold_until or now, now + LONGEST_HOLD))
    turn = None
    if chat.gathering_id is not None and chat.gathering_since is not None:
        latest = chat.gathering_since + timedelta(seconds=max(longest_seconds, quiet_seconds))
        turn = Joined(chat.gathering_id, min(due_at, latest))
        # The row lock this takes makes a worker that is about to claim the turn wait, and then see the new due time.
        if not execute(session, _PUT_OFF, {"gathering_id": turn.id, "new_due_at": turn.due_at}).rowcount:
            turn = None  # claimed in between: this message begins the next turn
    if turn is None:
        turn = _begin(session, chat.id, due_at, now)
    execute(session, _QUEUE, {"letter_id": row.id, "new_turn_id": turn.id})
    return turn


def _begin(session: Session, conversation_id: int, due_at: datetime, now: datetime) -> Joined:
    values = {
        "conversation_id": conversation_id,
        "gathering": 1,
        "state": TurnState.GATHERING,
        "attempts": 0,
        "due_at": due_at,
        "deadline_at": now + DEADLINE,
        "created_at": now,
    }
    # A neighbour may have begun it between our look at the chat and its lock; then it rings at its own time as well.
    return Joined(insert_or_find(session, Turn, values), due_at)


def claim_work(session: Session, turn_id: int, now: datetime, most_turns: int = 0) -> Work | Overtaken | None:
    """Take the turn if it is due, unanswered, nobody works on it, and all earlier turns of its chat are over."""
    wanted = {"turn_id": turn_id, "most_turns": most_turns, "turns_between": max(0, most_turns - 1)}
    found = execute(session, _TURN, wanted).first()
    if found is not None and found.older_letter is not None:
        return Overtaken(found.older_letter)
    if found is None or has_earlier(found):
        return None
    token = take(session, _CLAIM, turn_id, now)
    if token is None:
        return None
    if found.paused_until is not None:
        # On MySQL a letter may join its turn at the moment in which somebody of the team writes, and see no pause yet.
        inbox.leave_to_person(session, turn_id, found.paused_until, now)
    return _work(session, found, token, now, limited=most_turns > 0)


def seconds_until_due(session: Session, turn_id: int, now: datetime) -> float | None:
    """How long a gathering turn still waits for its burst to end; None when it does not."""
    turn = session.get(Turn, turn_id)
    if turn is None or turn.state != TurnState.GATHERING or turn.due_at <= now:
        return None
    return (turn.due_at - now).total_seconds()


def has_earlier(turn: Row[*tuple[Any, ...]]) -> bool:
    return bool(turn.has_earlier)


def _work(session: Session, turn: Row[*tuple[Any, ...]], token: str, now: datetime, *, limited: bool) -> Work:
    since = turn.created_at - HISTORY_SPAN
    said = archive.said_before(session, turn.conversation_id, turn.id, since, loops.LOOKED_AT)
    earlier = said[-HISTORY_MESSAGES:]
    rows = execute(session, _QUEUED, {"turn_id": turn.id}).all()
    messages = tuple(_newest(row) for row in rows)
    heard = [Said(Role(row.role), row.text, row.created_at) for row in said]
    heard += [Said(Role.USER, one.text, row.sent_at) for one, row in zip(messages, rows, strict=True)]
    texts = [message.text for message in messages if message.text.strip()]
    is_asked = asks_for_source(texts)
    theirs = audiences.of_phone(session, turn.phone) if turn.has_audiences else audiences.EVERYBODY
    return Work(
        turn_id=turn.id,
        token=token,
        conversation_id=turn.conversation_id,
        user_id=turn.user_id,
        waha_session=turn.waha_session,
        chat_id=rows[-1].chat_id or turn.chat_id if rows else turn.chat_id,
        audiences=theirs,
        language=turn.language,
        messages=messages,
        history=tuple(Utterance(Role(row.role), row.text) for row in earlier),
        history_ids=tuple(row.id for row in earlier),
        cited=citations.last_cited(session, turn.conversation_id, turn.id, theirs) if is_asked else None,
        offered=offers.has_offered(session, turn.conversation_id, turn.id, texts, earlier),
        attempts=turn.attempts + 1,
        deadline_at=turn.deadline_at,
        last_message_at=max((row.received_at for row in rows), default=turn.created_at),
        loop=loops.sign(heard, turn.waiting_for, turn.paced_at, turn.given_back_at, now, limited=limited),
    )


def _newest(row: Row[*tuple[Any, ...]]) -> InboundMessage:
    """The message as it reads now: an edit before the answer changes the row's text."""
    message = letters.unpack(row.kind, row.content)
    assert isinstance(message, InboundMessage)  # noqa: S101 only messages join turns
    return message


def park(session: Session, work: Work, reason: str, now: datetime, retry_after_seconds: float | None) -> datetime:
    """Let go of the turn until a later moment: 2, 4, 8 … 30 s with jitter, or what the other side asked for."""
    seconds = retry_after_seconds or min(30.0, 2.0**work.attempts) * random.uniform(0.75, 1.25)  # noqa: S311 jitter
    at = now + timedelta(seconds=seconds)
    change(session, Turn, work.turn_id, work.token, lease_until=None, next_attempt_at=at, reason=reason[:255])
    return at


def begin_anew(session: Session, work: Work) -> None:
    """Let go of the turn: what its messages say has changed."""
    change(session, Turn, work.turn_id, work.token, lease_until=None)


def resume(session: Session, now: datetime) -> None:
    """Let the turns that were put off be tried at once."""
    execute(session, _RESUME, {"now": now})


def give_back(session: Session, turn_id: int) -> bool:
    """Take an answer that is being worked out from its worker, whose words are not the person's newest any more."""
    return bool(execute(session, _GIVE_BACK, {"turn_id": turn_id}).rowcount)


def next_open(session: Session, conversation_id: int) -> tuple[int, datetime] | None:
    """Id and due time of the chat's oldest turn that is not over."""
    row = execute(session, _NEXT_OPEN, {"conversation_id": conversation_id}).first()
    return None if row is None else (row[0], row[1])


def put_off(session: Session, now: datetime) -> str | None:
    """Why the newest of the turns that wait for another try does so; None when none does. Whichever process put it
    off, all may know."""
    query = select(Turn.reason).where(
        Turn.state == TurnState.GENERATING, Turn.next_attempt_at > now, Turn.reason.is_not(None)
    )
    return session.scalars(query.order_by(Turn.id.desc()).limit(1)).first()


def unfinished(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Due turns that nobody works on and that are next in their chat: what waits behind a number that is away would
    fill the list."""
    query = select(Turn.id).where(
        Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)),
        ~precedence.HAS_EARLIER_IN_CHAT,
        Turn.due_at <= now,
        or_(Turn.lease_until.is_(None), Turn.lease_until < now),
        or_(Turn.next_attempt_at.is_(None), Turn.next_attempt_at <= now),
    )
    return session.scalars(query.order_by(Turn.id).limit(limit)).all()
