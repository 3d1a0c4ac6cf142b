"""Messages from our own number (our echoes, or a person of the business), and conversations that wait for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.conversations import chats, endings, gaps, hidden_ids, inbox, loops, turns
from balas.conversations.chats import Chat
from balas.conversations.letters import Letter
from balas.conversations.outcomes import UNKNOWN
from balas.database.claims import update_where
from balas.models import Conversation, OutboxMessage, OutboxState, Turn, TurnState
from balas.ports import SentMessage
from balas.values import InboundMessage, Role

CLOCKS_DIFFER = timedelta(seconds=60)
LATEST_ECHO = timedelta(days=1)


class Origin(StrEnum):
    ECHO = "echo"
    OPERATOR = "operator"
    UNDECIDED = "undecided"  # a send without a known id is under way in this chat: ask again once it is settled


def origin_of(session: Session, row: Letter, message: InboundMessage) -> tuple[Origin, OutboxMessage | None]:
    """Who wrote it. WAHA forgets its `source` when it restarts, so our outbox is asked first, then texts compared."""
    ours = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.waha_session == row.waha_session, OutboxMessage.bare_id == message.bare_id)
        .limit(1)
    ).first()
    if ours is not None:
        return Origin.ECHO, ours
    key = hidden_ids.known_key(message, hidden_ids.known_phone(session, message))
    for bubble, chat_key in _begun_sends(session, row):
        is_same, is_here = bool(message.text) and same_text(bubble.text, message.text), chat_key == key
        if is_same and is_here:
            return Origin.ECHO, bubble  # also under another id than the one that WAHA gave us for it
        # An engine without ids may tell it under an address that nobody knows to be this person's.
        if bubble.state == OutboxState.SENDING and bubble.bare_id is None and (is_same or is_here):
            return Origin.UNDECIDED, None
    return Origin.OPERATOR, None


def _begun_sends(session: Session, row: Letter) -> Sequence[Row[OutboxMessage, str]]:
    """Those whose outcome is not known, and those without an id of which it never became known."""
    given_up = and_(
        OutboxMessage.state == OutboxState.DEAD,
        OutboxMessage.reason == UNKNOWN,
        OutboxMessage.bare_id.is_(None),
        OutboxMessage.created_at > row.sent_at - LATEST_ECHO,
    )
    query = select(OutboxMessage, Conversation.chat_key)
    query = query.join(Conversation, Conversation.id == OutboxMessage.conversation_id).where(
        OutboxMessage.waha_session == row.waha_session, or_(OutboxMessage.state == OutboxState.SENDING, given_up)
    )
    # A send under way first: a dead letter that is tried again has the same text.
    return session.execute(query.order_by(OutboxMessage.state.desc(), OutboxMessage.id)).all()


def same_text(ours: str, shown: str) -> bool:
    """WhatsApp trims and may fold blanks; nothing else changes on the way."""
    return " ".join(ours.split()) == " ".join(shown.split())


def as_sent(message: InboundMessage) -> SentMessage:
    return SentMessage(message.waha_message_id, message.bare_id)


def record_operator(session: Session, row: Letter, message: InboundMessage, now: datetime, pause: timedelta) -> None:
    """The business's own words: kept as such, shown in the thread, part of the history of the next answer. What people
    write until `pause` is over is left to whoever wrote them on the phone; another program's words leave nothing."""
    chat = chats.open_conversation(session, row.waha_session, message, now)
    chats.record(session, row, message, chat, Role.OPERATOR)
    gaps.note_reply(session, chat.id, row.id, now)
    if pause and message.source != "api":
        _leave_to_person(session, chat, row.sent_at + pause, now)
    if is_stopped(chat.waiting_for):
        return  # a word to a program does not end its loop: that is given back on purpose
    if chat.waiting_since is not None and chat.waiting_since <= row.sent_at + CLOCKS_DIFFER:
        person_came(session, chat.id, now)  # not by what was written before and told late


def await_person(session: Session, conversation_id: int, why: str, now: datetime) -> None:
    """Let the conversation wait for somebody of the team. If it waits already, the time stays; asking counts more than
    being offered, and a loop stays a loop."""
    waits = (Conversation.id == conversation_id, Conversation.waiting_since.is_(None))
    if update_where(session, Conversation, *waits, waiting_since=now, waiting_for=why):
        return
    if why == "asked" or is_stopped(why):
        other = (Conversation.id == conversation_id, Conversation.waiting_for.not_in(loops.SIGNS))
        update_where(session, Conversation, *other, waiting_for=why)


def _leave_to_person(session: Session, chat: Chat, until: datetime, now: datetime) -> None:
    """What is being worked out there is not sent any more: the person has answered. What is on its way stays."""
    if chat.paused_until is None or chat.paused_until < until:
        update_where(session, Conversation, Conversation.id == chat.id, paused_until=until)
    under_way = select(Turn.id).where(
        Turn.conversation_id == chat.id, Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING))
    )
    for turn_id in session.scalars(under_way.with_for_update()).all():
        inbox.leave_to_person(session, turn_id, until, now)
        if inbox.turn_is_empty(session, turn_id):
            endings.finish(session, turn_id, TurnState.CANCELLED, now, "paused")
        else:  # written when the pause was over: this was told late
            turns.give_back(session, turn_id)


def is_left_to_person(chat: Chat, row: Letter) -> bool:
    """Not what somebody of the team said to try again."""
    return chat.paused_until is not None and row.sent_at < chat.paused_until and row.reason != inbox.RETRIED


def give_back(session: Session, conversation_id: int, now: datetime) -> None:
    """By a person's hand: nobody waits there any more, and the next message is answered."""
    is_told = person_came(session, conversation_id, now)
    paused = (Conversation.id == conversation_id, Conversation.paused_until > now)
    if update_where(session, Conversation, *paused, paused_until=None) and not is_told:
        audit.record(session, Action.CONVERSATION_DONE, conversation_id)


def is_stopped(waiting_for: str | None) -> bool:
    """Whether nothing is answered until a person of the team gives the chat back."""
    return waiting_for in loops.SIGNS


def person_came(session: Session, conversation_id: int, now: datetime) -> bool:
    """Nobody waits in this conversation any more; returns whether somebody did. Earlier messages no longer prove a
    loop."""
    waits = (Conversation.id == conversation_id, Conversation.waiting_since.is_not(None))
    back = {"waiting_since": None, "waiting_for": None, "given_back_at": now}
    if not update_where(session, Conversation, *waits, **back):
        return False
    audit.record(session, Action.CONVERSATION_DONE, conversation_id)
    return True


def count_waiting(session: Session) -> int:
    query = select(func.count()).select_from(Conversation).where(Conversation.waiting_since.is_not(None))
    return session.scalars(query).one()
