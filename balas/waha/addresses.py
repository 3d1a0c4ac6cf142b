"""Chat ids, message ids and phone numbers as WAHA writes them. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from balas.values import ChatKind
from balas.waha.wire import as_object, as_text

_CHAT_ID = re.compile(
    r"([0-9A-Za-z._-][0-9A-Za-z._:-]{0,63})@(c\.us|lid|g\.us|newsletter|broadcast|s\.whatsapp\.net)", re.ASCII
)
# "true_12025550101@c.us_3EB0A1", in groups followed by "_" and the participant
_MESSAGE_ID = re.compile(r"(true|false)_([^@]{1,128}@[a-z.]+)_([^_]+)(?:_.*)?", re.DOTALL)
_ID_LIMIT, _BARE_ID_LIMIT = 255, 128  # ids are keys in the database; a longer one is nobody's
_FILES = "/api/files/"
_KINDS = {
    "g.us": ChatKind.GROUP,
    "newsletter": ChatKind.NEWSLETTER,
    "broadcast": ChatKind.BROADCAST,
}


def canonical_chat_id(value: object) -> str | None:
    """One spelling for one chat: @s.whatsapp.net becomes @c.us, the device part goes. None when it is no address."""
    if isinstance(value, dict):  # WEBJS: {server, user, _serialized}
        value = value.get("_serialized")
    if not isinstance(value, str) or (match := _CHAT_ID.fullmatch(value)) is None:
        return None
    user, server = match.groups()
    if ":" in user:
        user = user.partition(":")[0]
    if server == "s.whatsapp.net":
        server = "c.us"
    return f"{user}@{server}"


def chat_kind(chat_id: str) -> ChatKind:
    return _KINDS.get(chat_id.rpartition("@")[2], ChatKind.PERSON)


def message_id(value: object) -> str | None:
    """The id as one string, or None when there is none that could be kept."""
    text = spelled_id(value)
    fits = len(text) <= _BARE_ID_LIMIT or (len(text) <= _ID_LIMIT and len(bare_id(text)) <= _BARE_ID_LIMIT)
    return text if text and fits else None


def spelled_id(value: object) -> str:
    """The same however long it is; "" when there is none."""
    if isinstance(value, dict):
        value = value.get("_serialized") or value.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 2**63 else None
    return as_text(value).strip()


def bare_id(waha_message_id: str) -> str:
    """The third part of `{true|false}_{chatId}_{ID}[_{participant}]`; the whole where that is all there is."""
    match = _MESSAGE_ID.fullmatch(waha_message_id)
    return match.group(3) if match else waha_message_id


def id_parts(waha_message_id: str) -> tuple[bool, str, str] | None:
    """(from me, chat id, bare id) of a full id, or None for a bare one."""
    match = _MESSAGE_ID.fullmatch(waha_message_id)
    return (match.group(1) == "true", match.group(2), match.group(3)) if match else None


def bare_id_of(value: object) -> str | None:
    full = message_id(value)
    return None if full is None else bare_id(full)


def phone_of_address(value: object) -> str | None:
    """Digits of a number or of a number's chat id; None for everything else, a @lid above all."""
    if isinstance(value, dict):
        value = as_object(value).get("_serialized")
    if not isinstance(value, str):
        return None
    user, _, server = value.partition("@")
    if server not in ("", "c.us", "s.whatsapp.net"):
        return None
    digits = user.partition(":")[0].removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 20 else None


def by_participant(chat_id: str, waha_message_ids: tuple[str, ...]) -> dict[str, list[str]]:
    """Ids per sender: in a group WAHA marks the messages of one sender at a time."""
    if not waha_message_ids or not chat_id.endswith("@g.us"):
        return {"": list(waha_message_ids)}
    grouped: dict[str, list[str]] = {}
    for full_id in waha_message_ids:
        parts = id_parts(full_id)
        sender = full_id.rpartition("_")[2] if parts and full_id.count("@") > 1 else ""
        grouped.setdefault(sender, []).append(full_id)
    return grouped


def file_path(url: str | None) -> str | None:
    """Where WAHA keeps a file, below its own address; None when it does not keep it itself.

    WAHA writes what it takes for its address in front, often `localhost:3000`. Whatever host it names, the configured
    one is asked: nobody else ever gets its key.
    """
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return None
    _, folder, rest = path.partition(_FILES)
    names = [unquote(name) for name in rest.split("/")]
    if not folder or any(name in ("", ".", "..") for name in names):
        return None
    return _FILES.lstrip("/") + "/".join(quote(name, safe="") for name in names)
