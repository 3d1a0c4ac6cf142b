"""One message object of WAHA, from a webhook or from its API, as an `InboundMessage`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from balas.errors import UnusableEvent
from balas.ports import SentMessage
from balas.values import ChatKind, InboundMessage, Media, MessageKind, Quote
from balas.waha.addresses import (
    bare_id_of,
    canonical_chat_id,
    chat_kind,
    id_parts,
    message_id,
    phone_of_address,
    spelled_id,
)
from balas.waha.engine_data import EngineData, alternative_phone, protocol_change, read_engine_data
from balas.waha.wire import Json, as_flag, as_object, as_text, as_time

_CHAT_NOT_IN_FROM = frozenset({"WEBJS", "WPP", None})  # whose `from` is (or, unknown, may be) the sender
_KINDS = {
    "imageMessage": MessageKind.IMAGE,
    "videoMessage": MessageKind.VIDEO,
    "ptvMessage": MessageKind.VIDEO,
    "audioMessage": MessageKind.AUDIO,
    "documentMessage": MessageKind.DOCUMENT,
    "stickerMessage": MessageKind.STICKER,
    "lottieStickerMessage": MessageKind.STICKER,
    "locationMessage": MessageKind.LOCATION,
    "liveLocationMessage": MessageKind.LOCATION,
    "contactMessage": MessageKind.CONTACT,
    "contactsArrayMessage": MessageKind.CONTACT,
    "image": MessageKind.IMAGE,
    "video": MessageKind.VIDEO,
    "gif": MessageKind.VIDEO,
    "ptv": MessageKind.VIDEO,
    "ptt": MessageKind.VOICE,
    "audio": MessageKind.AUDIO,
    "document": MessageKind.DOCUMENT,
    "sticker": MessageKind.STICKER,
    "location": MessageKind.LOCATION,
    "vcard": MessageKind.CONTACT,
    "multi_vcard": MessageKind.CONTACT,
    "ciphertext": MessageKind.WAITING,
}
_FILE_KINDS = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.VIDEO,
        MessageKind.VOICE,
        MessageKind.AUDIO,
        MessageKind.DOCUMENT,
        MessageKind.STICKER,
    }
)
_URL_LIMIT, _NAME_LIMIT = 4_096, 255


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are, as the envelope says it: `me_id` canonical, `aliases` the lid and whatever else is us."""

    engine: str | None = None
    me_id: str | None = None
    aliases: frozenset[str] = frozenset()


def parse_message(obj: object, account: Account | None = None) -> InboundMessage | None:
    """A message of WAHA's HTTP API; None when it is not one, also when it only edits or takes back another."""
    payload = as_object(obj)
    try:
        message = read_message(payload, account or Account())
    except UnusableEvent:
        return None
    change = protocol_change(as_object(payload.get("_data")))
    # Under its own id a changed message is still what was shown: a send that is looked for must be found.
    return message if change is None or change.target == message.bare_id else None


def active_chat(overview: Json, since: datetime) -> tuple[str, datetime | None] | None:
    """The chat of an entry of WAHA's overview and when something was said in it last, if that was since; an unknown
    time counts as new."""
    chat_id = canonical_chat_id(overview.get("id"))
    newest = overview.get("lastMessage")
    if chat_id is None or not newest:
        return None
    said_at = as_time(as_object(newest).get("timestamp"))
    # WAHA's times are whole seconds.
    return None if said_at is not None and said_at.timestamp() < int(since.timestamp()) else (chat_id, said_at)


def read_message(payload: Json, account: Account) -> InboundMessage:
    """Raises UnusableEvent "no id", "bad id" (too long for a key) or "bad chat id": without them nothing can be
    answered."""
    full_id = message_id(payload.get("id"))
    if full_id is None:
        chat_id, text = canonical_chat_id(payload.get("from")), as_text(payload.get("body")) or None
        if spelled_id(payload.get("id")):
            raise UnusableEvent("bad id", chat_id=chat_id, text=text)
        raise UnusableEvent("no id", chat_id=chat_id, text=text)
    parts = id_parts(full_id)
    said = as_flag(payload.get("fromMe"))
    from_me = said if said is not None else parts is not None and parts[0]
    chat_id = read_chat_id(payload, account, from_me)
    kind_of_chat = chat_kind(chat_id)
    data = as_object(payload.get("_data"))
    extra = read_engine_data(data)
    sender_id = chat_id if kind_of_chat is ChatKind.PERSON else _participant(payload, data, account, chat_id, from_me)
    kind, media, text = _content(payload, data, extra)
    return InboundMessage(
        waha_message_id=full_id,
        bare_id=parts[2] if parts else full_id,
        chat_id=chat_id,
        chat_kind=kind_of_chat,
        sender_id=sender_id,
        from_me=from_me,
        source=source if (source := payload.get("source")) in ("app", "api") else None,
        kind=kind,
        text=text,
        sent_at=as_time(payload.get("timestamp")),
        phone=_phone(payload, data, account, sender_id, kind_of_chat, from_me),
        push_name=None if from_me else _one_line(extra.push_name) or None,  # ours names us, not the chat
        media=media,
        quote=_quote(payload, extra),
        mentions=_mentions(extra, account),
    )


def read_chat_id(payload: Json, account: Account, from_me: bool) -> str:
    """The chat: `from`; for own messages of engines that put the sender first `to`, and what the id says in doubt."""
    source = payload.get("from")
    if not source or (from_me and account.engine in _CHAT_NOT_IN_FROM and not _is_group(source)):
        full_id = message_id(payload.get("id"))
        parts = id_parts(full_id) if full_id else None
        target = payload.get("to") if from_me and account.engine is not None else None
        source = target or (parts[1] if parts else source)
    chat_id = canonical_chat_id(source)
    if chat_id is None:
        raise UnusableEvent("bad chat id", text=as_text(payload.get("body")) or None)
    return chat_id


def _is_group(chat_id: object) -> bool:
    return isinstance(chat_id, str) and chat_id.endswith("@g.us")


def _participant(payload: Json, data: Json, account: Account, chat_id: str, from_me: bool) -> str:
    key = as_object(data.get("key"))
    info = as_object(data.get("Info"))
    for value in (payload.get("participant"), payload.get("author"), key.get("participant"), info.get("Sender")):
        if value and (found := canonical_chat_id(value)):
            return found
    if (author := data.get("author")) and (found := canonical_chat_id(author)):
        return found
    return account.me_id if from_me and account.me_id else chat_id


def _phone(payload: Json, data: Json, account: Account, sender_id: str, kind: ChatKind, from_me: bool) -> str | None:
    if not sender_id.endswith("@lid"):
        return phone_of_address(sender_id)
    phone = alternative_phone(payload, data, group=kind is not ChatKind.PERSON, from_me=from_me)
    if phone is not None and sender_id not in account.aliases and phone == phone_of_address(account.me_id):
        return None  # 2026.8.1 maps some foreign lids to our own number
    return phone


def _content(payload: Json, data: Json, extra: EngineData) -> tuple[MessageKind, Media | None, str]:
    text = as_text(payload.get("body"))
    raw_kind = _KINDS.get(extra.raw_type)
    if raw_kind is MessageKind.WAITING or data.get("messageStubType") in (2, "CIPHERTEXT"):
        return MessageKind.WAITING, None, ""
    if payload.get("location") or raw_kind is MessageKind.LOCATION:
        # WEBJS puts a thumbnail into `body`; nobody can write a text beside a location
        return MessageKind.LOCATION, None, ""
    if payload.get("vCards") or raw_kind is MessageKind.CONTACT:
        return MessageKind.CONTACT, None, "" if text.startswith("BEGIN:VCARD") else text
    media = _media(payload, extra, is_file=raw_kind in _FILE_KINDS)
    if media is not None:
        return _file_kind(raw_kind, media, extra), media, text
    return (MessageKind.TEXT if text else MessageKind.EMPTY), None, text


def _media(payload: Json, extra: EngineData, *, is_file: bool) -> Media | None:
    given = as_object(payload.get("media"))
    url = as_text(given.get("url") or payload.get("mediaUrl"), _URL_LIMIT) or None
    if not (url or given or is_file or as_flag(payload.get("hasMedia"))):
        return None
    inner = extra.content or {}
    error = given.get("error")
    if isinstance(error, dict):
        error = error.get("details") or error.get("message") or "download failed"
    name = given.get("filename") or inner.get("fileName") or inner.get("filename")
    return Media(
        url=url,
        mimetype=as_text(given.get("mimetype") or inner.get("mimetype"), _NAME_LIMIT) or None,
        filename=_one_line(as_text(name, _NAME_LIMIT)) or None,
        error=_one_line(as_text(error, 500)) or None,
    )


def _file_kind(raw_kind: MessageKind | None, media: Media, extra: EngineData) -> MessageKind:
    if raw_kind in _FILE_KINDS and raw_kind is not MessageKind.AUDIO:
        return raw_kind
    content = extra.content or {}
    mimetype = media.mimetype or ""
    if raw_kind is MessageKind.AUDIO:
        spoken = as_flag(content.get("ptt", content.get("PTT")))
        return MessageKind.VOICE if spoken else MessageKind.AUDIO
    main, _, rest = mimetype.partition("/")
    if main == "audio":  # nothing else tells: WhatsApp records voice notes as Opus
        return MessageKind.VOICE if "opus" in rest else MessageKind.AUDIO
    return {"image": MessageKind.IMAGE, "video": MessageKind.VIDEO}.get(main, MessageKind.DOCUMENT)


def _quote(payload: Json, extra: EngineData) -> Quote | None:
    reply = as_object(payload.get("replyTo"))
    quoted = bare_id_of(reply.get("id")) or extra.quoted_bare_id
    if quoted is None:
        return None
    return Quote(quoted, as_text(reply.get("body")) or extra.quoted_text or None)


def _mentions(extra: EngineData, account: Account) -> tuple[str, ...]:
    """When we are mentioned by our hidden id, our number is added too."""
    found = extra.mentions
    if account.me_id and account.me_id not in found and not account.aliases.isdisjoint(found):
        return (*found, account.me_id)
    return found


def _one_line(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text.strip()[:_NAME_LIMIT]
    # U+200D joins emoji: not printable for Python, but part of names
    kept = "".join(c if c.isprintable() or c == "\u200d" else " " for c in text)
    return " ".join(kept.split())[:_NAME_LIMIT]


def parse_sent(obj: Any) -> SentMessage | None:
    """What a send answered: GOWS `id`, WEBJS `id._serialized`, NOWEB `key`; None when no id can be found."""
    answer = as_object(obj)
    full_id = message_id(answer.get("id"))
    if full_id is not None:
        return SentMessage(full_id, bare_id_of(full_id) or full_id)
    key = as_object(answer.get("key") or as_object(answer.get("_data")).get("key"))
    bare = bare_id_of(key.get("id"))
    if bare is None:
        return None
    chat_id = canonical_chat_id(key.get("remoteJid"))
    return SentMessage(f"true_{chat_id}_{bare}" if chat_id else bare, bare)
