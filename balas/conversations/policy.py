"""May this be answered? Pure rules over what WAHA sent, each with a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from balas.values import (
    ChatKind,
    InboundMessage,
    MessageAck,
    MessageEdited,
    MessageKind,
    MessageReaction,
    MessageRevoked,
    Presence,
    SessionStatus,
    WebhookEvent,
)

SYSTEM_CHATS = frozenset({"0@c.us"})  # WhatsApp's own notices
QUIET_AFTER_QUESTION_SECONDS = 0.6
QUIET_SECONDS = 1.5
LONGEST_BURST_SECONDS = 12.0
LONGEST_CHOSEN_BURST_SECONDS = 600.0  # below a turn's deadline
_QUESTION_ENDS = ("?", "？", "؟", ";", "।")  # Greek asks with a semicolon


class Status(StrEnum):
    QUEUED = "queued"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`follow_up`: although it is not answered, the event changes something, so `process_message` looks at it."""

    status: Status
    reason: str | None = None
    follow_up: bool = False


QUEUED = Verdict(Status.QUEUED)
RATE_LIMITED = Verdict(Status.IGNORED, "rate_limited", follow_up=True)


@dataclass(frozen=True, slots=True)
class Rules:
    waha_sessions: frozenset[str]
    stale_after: timedelta


def screen(event: WebhookEvent, rules: Rules, now: datetime) -> Verdict:
    """What the webhook answers, by the event alone."""
    if event.waha_session not in rules.waha_sessions:
        return Verdict(Status.IGNORED, "session")
    match event.content:
        case InboundMessage() as message:
            return screen_message(message, rules, now)
        case MessageEdited(from_me=own):
            return Verdict(Status.IGNORED, "edited", follow_up=not own)
        case MessageRevoked(from_me=own):
            return Verdict(Status.IGNORED, "revoked", follow_up=not own)
        case MessageReaction(from_me=own):
            return Verdict(Status.IGNORED, "reaction", follow_up=not own)
        case MessageAck():
            return Verdict(Status.IGNORED, "ack", follow_up=True)
        case SessionStatus():
            return Verdict(Status.IGNORED, "session_status", follow_up=True)
        case Presence():
            return Verdict(Status.IGNORED, "presence")
        case _:
            return Verdict(Status.IGNORED, "event")


def screen_message(message: InboundMessage, rules: Rules, now: datetime) -> Verdict:
    if message.chat_kind is ChatKind.NEWSLETTER:
        return Verdict(Status.IGNORED, "newsletter")
    if message.chat_kind is ChatKind.BROADCAST:
        return Verdict(Status.IGNORED, "status" if message.chat_id == "status@broadcast" else "broadcast")
    if message.chat_kind is ChatKind.GROUP:
        return Verdict(Status.IGNORED, "group")
    if message.chat_id in SYSTEM_CHATS:
        return Verdict(Status.IGNORED, "system")
    if message.from_me:
        return Verdict(Status.IGNORED, "own", follow_up=True)
    if message.kind is MessageKind.WAITING:
        return Verdict(Status.IGNORED, "waiting")
    if message.kind is MessageKind.EMPTY:
        return Verdict(Status.IGNORED, "empty")
    if is_stale(message.sent_at, rules, now):
        return Verdict(Status.IGNORED, "stale", follow_up=True)
    return QUEUED


def is_stale(sent_at: datetime | None, rules: Rules, now: datetime) -> bool:
    """Older than allowed. A message from the future counts as arriving now: clocks of phones may be wrong."""
    return sent_at is not None and now - sent_at > rules.stale_after


def precedes_pairing(sent_at: datetime, paired_at: datetime | None) -> bool:
    """Part of the history that WhatsApp hands over when a phone is linked; WhatsApp's times are whole seconds."""
    return paired_at is not None and sent_at < paired_at - timedelta(seconds=1)


def longest_burst_seconds(setting: float | None) -> float:
    """Somebody who writes on and on is answered in between, unless the operator chose how long a chat must be quiet."""
    return LONGEST_BURST_SECONDS if setting is None else LONGEST_CHOSEN_BURST_SECONDS


def quiet_seconds(text: str, setting: float | None) -> float:
    """How long a chat must be quiet after this message until the burst counts as over."""
    if setting is not None:
        return setting
    return QUIET_AFTER_QUESTION_SECONDS if text.rstrip().endswith(_QUESTION_ENDS) else QUIET_SECONDS
