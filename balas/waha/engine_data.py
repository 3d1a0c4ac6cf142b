"""`_data`: what only the engine tells (names, mentions, quotes, phone numbers, the kind of a file). Pure.

Its shape may change any day, so nothing here raises: what is not found is treated as absent.
"""

from __future__ import annotations

from dataclasses import dataclass

from balas.values import Told
from balas.waha.addresses import bare_id_of, canonical_chat_id, phone_of_address
from balas.waha.wire import Json, as_object, as_text

_WRAPPERS = (  # a message inside a message
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
    "deviceSentMessage",
)
_SIDE_KEYS = frozenset({"messageContextInfo", "senderKeyDistributionMessage"})  # beside the content, never the content
_MAX_MENTIONS = 1_024
_ALT_KEYS = ("remoteJidAlt", "senderPn")
_GROUP_ALT_KEYS = ("participantAlt", "participantPn")


class EngineData(Told, frozen=True):
    """Read once from `_data`, whichever engine wrote it."""

    raw_type: str = ""  # "imageMessage", "audioMessage", ... (NOWEB, GOWS) or "image", "ptt", ... (WEBJS)
    content: Json | None = None  # the part of the message under raw_type
    push_name: str = ""
    mentions: tuple[str, ...] = ()
    quoted_bare_id: str | None = None
    quoted_text: str = ""


def read_engine_data(data: Json) -> EngineData:
    if not data:
        return EngineData()
    info = as_object(data.get("Info"))
    name = as_text(data.get("pushName") or info.get("PushName") or data.get("notifyName"), 512)
    inner = data.get("message") or data.get("Message")
    if isinstance(inner, dict) and inner:
        return _from_protobuf(inner, name)
    return EngineData(
        raw_type=as_text(data.get("type")),
        content=data,
        push_name=name,
        mentions=_addresses(data.get("mentionedJidList")),
        quoted_bare_id=bare_id_of(data.get("quotedStanzaID")),
        quoted_text=as_text(as_object(data.get("quotedMsg")).get("body")),
    )


def _from_protobuf(message: Json, name: str) -> EngineData:
    raw_type, content = unwrap(message)
    if not isinstance(content, dict):
        return EngineData(raw_type=raw_type, push_name=name)
    context = content.get("contextInfo")
    if not isinstance(context, dict):
        return EngineData(raw_type=raw_type, content=content, push_name=name)
    return EngineData(
        raw_type=raw_type,
        content=content,
        push_name=name,
        mentions=_addresses(context.get("mentionedJid") or context.get("mentionedJID")),
        quoted_bare_id=bare_id_of(context.get("stanzaId") or context.get("stanzaID")),
        quoted_text=_text_of(as_object(context.get("quotedMessage"))),
    )


def unwrap(message: Json) -> tuple[str, object]:
    """The innermost (type, content) of a protobuf message."""
    for _ in range(8):
        for key, value in message.items():
            if key not in _SIDE_KEYS and value:
                break
        else:
            return "", None
        inner = value.get("message") if key in _WRAPPERS and isinstance(value, dict) else None
        if not isinstance(inner, dict):
            return key, value
        message = inner
    return "", None


def _addresses(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        return ()
    found = (canonical_chat_id(item) for item in value[:_MAX_MENTIONS])
    return tuple(dict.fromkeys(item for item in found if item))


def alternative_phone(payload: Json, data: Json, *, group: bool, from_me: bool) -> str | None:
    """The number WAHA sent along for a @lid sender."""
    key = as_object(data.get("key"))
    info = as_object(data.get("Info"))
    candidates = [payload.get("pn"), data.get("pn")]
    candidates += [key.get(name) for name in (_GROUP_ALT_KEYS if group else _ALT_KEYS)]
    candidates.append(info.get("RecipientAlt" if from_me and not group else "SenderAlt"))
    for candidate in candidates:
        phone = phone_of_address(candidate)
        if phone:
            return phone
    return None


@dataclass(frozen=True, slots=True)
class ProtocolChange:
    """An edit (`text` is the new wording) or a revocation (`text` is None) of the message `target`, a bare id."""

    target: str
    text: str | None


def protocol_change(data: Json) -> ProtocolChange | None:
    """What NOWEB and GOWS keep of an edit or a revocation; before 2025.6 NOWEB told edits as plain messages."""
    inner = data.get("message") or data.get("Message")
    if not isinstance(inner, dict) or not ("protocolMessage" in inner or "editedMessage" in inner):
        return None
    raw_type, content = unwrap(inner)
    protocol = as_object(content)
    key = as_object(protocol.get("key"))
    target = bare_id_of(key.get("id") or key.get("ID"))
    if raw_type != "protocolMessage" or target is None:
        return None
    if protocol.get("type") in (14, "MESSAGE_EDIT"):
        return ProtocolChange(target, _text_of(as_object(protocol.get("editedMessage"))))
    # Protobuf leaves out a type of 0, which is REVOKE.
    return ProtocolChange(target, None) if protocol.get("type", 0) in (0, "REVOKE") else None


def _text_of(message: Json) -> str:
    raw_type, content = unwrap(message)
    if raw_type == "conversation":
        return as_text(content)
    shown = as_object(content)
    return as_text(shown.get("text") or shown.get("caption"))
