"""Webhook bodies of WAHA, every engine and version, as a `WebhookEvent`. Pure; strict JSON, tolerant inside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

from balas.errors import UnusableEvent
from balas.values import (
    EventContent,
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
from balas.waha.addresses import bare_id_of, canonical_chat_id, id_parts, message_id
from balas.waha.engine_data import ProtocolChange, protocol_change
from balas.waha.messages import Account, read_chat_id, read_message
from balas.waha.wire import Json, as_flag, as_number, as_object, as_text, as_time, decode_object

_NAME_LIMIT, _SESSION_LIMIT, _EVENT_ID_LIMIT = 64, 64, 128
_ACK_LEVELS = {"ERROR": -1, "PENDING": 0, "SERVER": 1, "DEVICE": 2, "READ": 3, "PLAYED": 4}
_TYPING = frozenset({"typing", "recording"})
MESSAGE_EVENTS = frozenset({"message", "message.any"})


def parse_event(raw: bytes) -> WebhookEvent:
    """Raises UnusableEvent: "unparseable", "no id", "bad id" or "bad chat id"."""
    envelope = decode_object(raw)
    name = as_text(envelope.get("event"), _NAME_LIMIT)
    account = _account(envelope)
    read = _READERS.get(name)
    return WebhookEvent(
        name=name,
        waha_session=as_text(envelope.get("session"), _SESSION_LIMIT),
        event_id=_event_id(envelope.get("id")),
        happened_at=as_time(envelope.get("timestamp")),
        engine=account.engine,
        me_id=account.me_id,
        content=read(as_object(envelope.get("payload")), account) if read else None,
    )


def dedupe_key(event: WebhookEvent | None, raw: bytes) -> str:
    """What makes two webhook calls the same: 64 hex characters, the unique key of the inbox. None: an unusable event.

    A message is identified by its bare id, so retries, `message` and `message.any`, and the twins under hidden id and
    number are one row. Except a message that could not be decrypted yet: the readable one follows under the same id.
    """
    if event is None:
        parts = ["raw", hashlib.sha256(raw).hexdigest()]
    elif event.name in MESSAGE_EVENTS and isinstance(event.content, InboundMessage):
        state = "waiting" if event.content.kind is MessageKind.WAITING else "readable"
        parts = ["message", event.waha_session, str(event.content.from_me), event.content.bare_id, state]
    else:
        parts = ["event", event.waha_session, event.name, event.event_id or hashlib.sha256(raw).hexdigest()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _account(envelope: Json) -> Account:
    engine = envelope.get("engine") or as_object(envelope.get("environment")).get("engine")
    me = as_object(envelope.get("me"))
    number, lid, jid = _spelled(me.get("id")), _spelled(me.get("lid")), _spelled(me.get("jid"))
    return _account_of(as_text(engine, _NAME_LIMIT), number, lid, jid)


def _spelled(address: object) -> str | None:
    if isinstance(address, dict):  # WEBJS
        address = address.get("_serialized")
    return address if isinstance(address, str) else None


@lru_cache(maxsize=64)  # an installation has a few numbers, and each of their events names them
def _account_of(engine: str, number: str | None, *others: str | None) -> Account:
    aliases = (canonical_chat_id(address) for address in (number, *others))
    return Account(engine.upper() or None, canonical_chat_id(number), frozenset(alias for alias in aliases if alias))


def _event_id(value: object) -> str | None:
    text = as_text(value)
    return text if 0 < len(text) <= _EVENT_ID_LIMIT else None


def _from_me(payload: Json) -> bool:
    said = as_flag(payload.get("fromMe"))
    if said is not None:
        return said
    full_id = message_id(payload.get("id"))
    parts = id_parts(full_id) if full_id else None
    return parts is not None and parts[0]


def _chat(payload: Json, account: Account) -> str | None:
    try:
        return read_chat_id(payload, account, _from_me(payload))
    except UnusableEvent:
        return None


def _change(payload: Json) -> ProtocolChange | None:
    return protocol_change(as_object(payload.get("_data")))


def _message(payload: Json, account: Account) -> InboundMessage | MessageEdited | MessageRevoked:
    message = read_message(payload, account)
    change = _change(payload)
    if change is None:
        return message
    if change.text is None:
        return MessageRevoked(message.chat_id, change.target, message.from_me)
    return MessageEdited(message.chat_id, change.target, message.text or change.text, message.from_me)


def _waiting(payload: Json, account: Account) -> InboundMessage | None:
    try:
        message = read_message(payload, account)
    except UnusableEvent:
        return None
    return message if message.kind is MessageKind.WAITING else None


def _edited(payload: Json, account: Account) -> MessageEdited | None:
    chat_id, change = _chat(payload, account), _change(payload)
    target = (
        bare_id_of(payload.get("editedMessageId"))
        or (change.target if change else None)
        or bare_id_of(payload.get("id"))  # WEBJS: the original's own id
    )
    if chat_id is None or target is None:
        return None
    text = as_text(payload.get("body")) or (change.text if change else None) or ""
    return MessageEdited(chat_id, target, text, _from_me(payload))


def _revoked(payload: Json, account: Account) -> MessageRevoked | None:
    after, before = as_object(payload.get("after")), as_object(payload.get("before"))
    shown = after or before or payload
    chat_id, change = _chat(shown, account), _change(shown) or _change(payload)
    target = (
        bare_id_of(payload.get("revokedMessageId"))
        or bare_id_of(before.get("id"))
        or (change.target if change else None)
        or bare_id_of(after.get("id"))
    )
    return None if chat_id is None or target is None else MessageRevoked(chat_id, target, _from_me(shown))


def _reaction(payload: Json, account: Account) -> MessageReaction | None:
    reaction = as_object(payload.get("reaction"))
    chat_id, target = _chat(payload, account), bare_id_of(reaction.get("messageId"))
    if chat_id is None or target is None:
        return None
    return MessageReaction(chat_id, target, as_text(reaction.get("text"), 64), _from_me(payload))


def _ack(payload: Json, account: Account) -> MessageAck | None:
    chat_id, target = _chat(payload, account), bare_id_of(payload.get("id"))
    number = as_number(payload.get("ack"))
    level = int(number) if number is not None else _ACK_LEVELS.get(as_text(payload.get("ackName"), _NAME_LIMIT))
    if chat_id is None or target is None or level is None or not -1 <= level <= 4:
        return None
    return MessageAck(chat_id, target, level)


def _session_status(payload: Json, account: Account) -> SessionStatus | None:
    status = as_text(payload.get("status"), _NAME_LIMIT)
    return SessionStatus(status.upper()) if status else None


def _presence(payload: Json, account: Account) -> Presence | None:
    chat_id = canonical_chat_id(payload.get("id"))
    presences = payload.get("presences")
    if chat_id is None or not isinstance(presences, list):
        return None
    return Presence(chat_id, any(as_object(item).get("lastKnownPresence") in _TYPING for item in presences))


_READERS: dict[str, Callable[[Json, Account], EventContent | None]] = {
    "message": _message,
    "message.any": _message,
    "message.waiting": _waiting,
    "message.edited": _edited,
    "message.revoked": _revoked,
    "message.reaction": _reaction,
    "message.ack": _ack,
    "message.ack.group": _ack,
    "session.status": _session_status,
    "presence.update": _presence,
}
