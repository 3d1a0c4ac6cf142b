"""Inbox row -> may we answer? -> turn."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from balas.conversations import (
    changes,
    chats,
    handoff,
    inbox,
    letters,
    outbox,
    outcomes,
    policy,
    tombstones,
    turns,
    waha_sessions,
)
from balas.conversations.chats import Chat
from balas.conversations.letters import Letter
from balas.database import clock
from balas.database.session import transaction
from balas.failpoints import failpoint
from balas.models import InboxMessage, InboxState
from balas.ports import JobName, Ring
from balas.rag.talk.phrases import phrase
from balas.runtime import Runtime
from balas.values import (
    InboundMessage,
    MessageAck,
    MessageEdited,
    MessageKind,
    MessageReaction,
    MessageRevoked,
    Role,
    SessionStatus,
)

UNDECIDED_SECONDS = 3.0
AHEAD_OF_MESSAGE = timedelta(minutes=2)  # by so much a change may be told before its message: repeated, or read back
RATE_WINDOW = timedelta(minutes=1)


def run(runtime: Runtime, row_id: int) -> Ring | None:
    """Safe to run twice: only the run that takes the row does anything."""
    with transaction(runtime.database) as session:
        row = inbox.take(session, row_id)
        if row is None:
            return None
        failpoint("after_take")
        now = clock.now(session)
        match letters.unpack(row.kind, row.content):
            case InboundMessage() as message if _is_refused(runtime, session, row, message):
                inbox.refuse(session, row.id, now)
            case InboundMessage(from_me=True) as message:
                return _own_message(runtime, session, row, message, now)
            case InboundMessage() as message:
                for earlier in inbox.take_earlier(session, row):
                    _earlier(runtime, session, earlier, now)
                return _message(runtime, session, row, message, now)
            case MessageEdited() | MessageRevoked() as change:
                return _change(runtime, session, row, change, now)
            case MessageReaction() as reaction:
                changes.react(session, row, reaction)
            case MessageAck() as ack if not changes.acknowledge(session, row.waha_session, ack):
                inbox.wait_again(session, row.id)  # told before the send's own answer; the sweep comes back to it
            case SessionStatus(status=status):
                waha_sessions.note_status(session, row.waha_session, status, row.sent_at)
            case _:
                pass
    return None


def _is_refused(runtime: Runtime, session: Session, row: Letter, message: InboundMessage) -> bool:
    return row.has_tombstones and tombstones.refuses(session, runtime.secrets.hmac_keys, message, row.sent_at)


def _change(
    runtime: Runtime, session: Session, row: Letter, change: MessageEdited | MessageRevoked, now: datetime
) -> Ring | None:
    """Of a message that is not here, and whose person was erased before, all is forgotten unless the message comes."""
    ring = (
        changes.edit(session, row.waha_session, change)
        if isinstance(change, MessageEdited)
        else changes.revoke(session, row.waha_session, change, now)
    )
    # Asked afterwards: an erasure at this moment is waited for by the change.
    keys = runtime.secrets.hmac_keys
    if tombstones.refuses(session, keys, change, row.sent_at):
        inbox.refuse(session, row.id, now)
    elif tombstones.was_erased(session, keys, change.chat_id) and changes.lacks(session, row):
        if now - row.received_at < AHEAD_OF_MESSAGE:
            inbox.wait_again(session, row.id)
        else:
            inbox.refuse(session, row.id, now)
    return ring


def _earlier(runtime: Runtime, session: Session, row: Letter, now: datetime) -> None:
    """A message that was written before the one we were called for, and whose doorbell nobody heard."""
    message = letters.unpack(row.kind, row.content)
    assert isinstance(message, InboundMessage)  # noqa: S101 by its kind
    if _is_refused(runtime, session, row, message):
        inbox.refuse(session, row.id, now)
    else:
        _message(runtime, session, row, message, now)


def _message(runtime: Runtime, session: Session, row: Letter, message: InboundMessage, now: datetime) -> Ring | None:
    ring = _taken_in(runtime, session, row, message, now)
    changes.catch_up_with(session, row, now)
    return ring


def _taken_in(runtime: Runtime, session: Session, row: Letter, message: InboundMessage, now: datetime) -> Ring | None:
    chat = chats.open_conversation(session, row.waha_session, message, now)
    if handoff.is_stopped(chat.waiting_for):
        chats.record(session, row, message, chat, Role.USER)
        inbox.close(session, InboxState.IGNORED, "loop", now, InboxMessage.id == row.id)
        return None
    if handoff.is_left_to_person(chat, row):
        chats.record(session, row, message, chat, Role.USER)
        inbox.close(session, InboxState.IGNORED, "paused", now, InboxMessage.id == row.id)
        return None
    if row.state != InboxState.RECEIVED:
        chats.record(session, row, message, chat, Role.USER)
        limited = row.reason == policy.RATE_LIMITED.reason
        return _say_once(session, chat, message, now) if limited else None
    if policy.precedes_pairing(row.sent_at, row.paired_at):
        chats.record(session, row, message, chat, Role.USER)
        inbox.close(session, InboxState.IGNORED, "before_pairing", now, InboxMessage.id == row.id)
        return None
    burst = runtime.settings.balas_burst_seconds
    quiet, longest = policy.quiet_seconds(message.text, burst), policy.longest_burst_seconds(burst)
    turn = turns.join(session, row, chat, quiet, now, longest)
    chats.record(session, row, message, chat, Role.USER, turn.id)
    failpoint("after_turn_joined")
    return Ring(JobName.GENERATE_RESPONSE, turn.id, delay_seconds=max(0.0, (turn.due_at - now).total_seconds()))


def _own_message(
    runtime: Runtime, session: Session, row: Letter, message: InboundMessage, now: datetime
) -> Ring | None:
    origin, sent = handoff.origin_of(session, row, message)
    if origin is handoff.Origin.UNDECIDED:
        inbox.wait_again(session, row.id)
        return Ring(JobName.PROCESS_MESSAGE, row.id, delay_seconds=UNDECIDED_SECONDS)
    if origin is handoff.Origin.OPERATOR and message.kind in (MessageKind.EMPTY, MessageKind.WAITING):
        inbox.name_reason(session, row.id, str(message.kind))  # a notice among our devices; what waits is told again
        return None
    if origin is handoff.Origin.OPERATOR:
        pause = timedelta(minutes=runtime.settings.balas_pause_minutes)
        handoff.record_operator(session, row, message, now, pause)
        return None
    inbox.name_reason(session, row.id, "echo")
    assert sent is not None  # noqa: S101 an echo is an echo of something
    ring = outcomes.mark_sent(session, sent.id, None, handoff.as_sent(message), now)
    failpoint("after_echo_marked")
    return ring


def _say_once(session: Session, chat: Chat, message: InboundMessage, now: datetime) -> Ring | None:
    """One line a minute to somebody who writes too fast."""
    window = int(now.timestamp() // RATE_WINDOW.total_seconds())
    text = phrase("rate_limited", chat.language or "en")
    key = f"rate:{chat.id}:{window}"
    outbox.enqueue(session, chat.id, chat.waha_session, message.chat_id, [text], key, now)
    return outcomes.next_ring(session, chat.id, now)
