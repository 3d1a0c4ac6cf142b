"""The letters: an event, or what was meant to be one, as the row it becomes, and the row as it is read again."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from balas.conversations.policy import Status, Verdict
from balas.errors import UnusableEvent
from balas.models import InboxState
from balas.values import (
    EventContent,
    InboundMessage,
    MessageAck,
    MessageEdited,
    MessageReaction,
    MessageRevoked,
    Presence,
    SessionStatus,
    WebhookEvent,
)
from balas.waha.events import dedupe_key

KINDS: dict[str, type[Any]] = {
    "message": InboundMessage,
    "edited": MessageEdited,
    "revoked": MessageRevoked,
    "reaction": MessageReaction,
    "ack": MessageAck,
    "session_status": SessionStatus,
    "presence": Presence,
}
_KIND_OF = {content: kind for kind, content in KINDS.items()}
_RAW_KEPT = 262_144
REST_OF_SECOND = timedelta(microseconds=999_999)
_PROCESS = secrets.token_hex(12)  # with a count, a ticket nobody else has, for a tenth of the time of a random one
_tickets = itertools.count()


@dataclass(frozen=True, slots=True)
class Letter:
    """A row that was taken, as it stands in the table, and what is looked up with it."""

    id: int
    waha_session: str
    chat_id: str | None
    phone: str | None
    state: str
    reason: str | None
    kind: str
    content: str | None
    bare_id: str | None
    sent_at: datetime
    received_at: datetime
    hold_until: datetime | None
    paired_at: datetime | None  # when its number was last linked
    has_earlier: bool  # whether some message of its person that came before waits as well
    has_changes: bool  # whether an edit or revocation of it came before it
    has_tombstones: bool  # whether anybody was ever erased


def of_event(event: WebhookEvent, verdict: Verdict, key: str, now: datetime, request_id: str = "") -> dict[str, Any]:
    """The row of an event that was understood."""
    content = _nobodys(event.content)
    message = content if isinstance(content, InboundMessage) else None
    sent_at = _sent_at(message, event.happened_at) or now
    ignored = verdict.status is Status.IGNORED
    # An event nobody acts on is a line in the books; its content would only be personal data without a use.
    used = content if verdict.follow_up or not ignored else None
    return {
        **_blank(now, request_id),
        "dedupe_key": key,
        "waha_session": event.waha_session[:64],
        "event": event.name[:64],
        "counted": message is not None,
        "pending": verdict.follow_up or not ignored,
        "state": InboxState.IGNORED if ignored else InboxState.RECEIVED,
        "reason": verdict.reason,
        "waha_message_id": message.waha_message_id if message else None,
        "bare_id": _target(content),
        "chat_id": getattr(message or used, "chat_id", None) or None,
        "phone": message.phone if message else None,
        "from_me": message.from_me if message else False,
        "text": message.text if message else None,
        "kind": _KIND_OF.get(type(content), ""),
        "content": pack(used) if used is not None else None,
        # Never later than the arrival: a message from the future would hold up its chat.
        "sent_at": min(sent_at, now),
        "finished_at": now if ignored else None,
    }


def _nobodys(content: EventContent | None) -> EventContent | None:
    """Delivery and reactions name the message that they are about. Whose chat it is in is of no use, and is told also
    when the person was erased long ago."""
    return replace(content, chat_id="") if isinstance(content, (MessageAck, MessageReaction)) else content


def _target(content: EventContent | None) -> str | None:
    """The message that is told, or changed."""
    match content:
        case InboundMessage():
            return content.bare_id
        case MessageEdited():
            return content.edited_bare_id
        case MessageRevoked():
            return content.revoked_bare_id
        case _:
            return None


def _sent_at(message: InboundMessage | None, happened_at: datetime | None) -> datetime | None:
    """A message's own time is told in whole seconds; the event's milliseconds order what was written within one.

    An event that is a second late and more came after all that were not: its message stands at the end of its second.
    """
    if message is None or message.sent_at is None:
        return None if message else happened_at
    if happened_at is None or happened_at <= message.sent_at or message.sent_at.microsecond:
        return message.sent_at
    return min(happened_at, message.sent_at + REST_OF_SECOND)


def of_rubbish(error: UnusableEvent, raw: bytes, now: datetime, request_id: str = "") -> dict[str, Any]:
    """The row of a signed event that can never be answered: kept as it came, shown to the operator."""
    return {
        **_blank(now, request_id),
        "dedupe_key": dedupe_key(None, raw),
        "counted": True,
        "pending": False,
        "state": InboxState.DEAD,
        "reason": error.reason,
        "chat_id": error.chat_id,
        "text": error.text,
        "raw": raw[:_RAW_KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd"),
        "sent_at": now,
        "finished_at": now,
    }


def _blank(now: datetime, request_id: str) -> dict[str, Any]:
    # Every row of one INSERT needs the same columns.
    return {
        "ticket": f"{_PROCESS}{next(_tickets) & 0xFFFFFFFF:08x}",
        "request_id": request_id,
        "waha_session": "",
        "event": "",
        "waha_message_id": None,
        "bare_id": None,
        "chat_id": None,
        "phone": None,
        "from_me": False,
        "text": None,
        "kind": "",
        "content": None,
        "raw": None,
        "received_at": now,
        "hold_until": None,
    }


def pack(content: EventContent) -> str:
    return msgspec.json.encode(content).decode()


def unpack(kind: str, packed: str | None) -> EventContent:
    content: EventContent = msgspec.json.decode((packed or "").encode(), type=KINDS[kind])
    return content
