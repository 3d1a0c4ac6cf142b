"""What the simulated phones hold: messages, files, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LIDS_START = 200_000_000_000_000  # hidden ids look like numbers, but are none


@dataclass(frozen=True, slots=True)
class PhoneFile:
    """A file a person sends. `downloaded=False`: WAHA names it without having fetched it."""

    mimetype: str
    content: bytes = b""
    filename: str | None = None
    voice: bool = False
    downloaded: bool = True


@dataclass(frozen=True, slots=True)
class Attached:
    """What a message brings beside words: a file, a place or business cards."""

    file: PhoneFile | None = None
    location: dict[str, Any] | None = None
    vcards: tuple[str, ...] = ()


WORDS_ALONE = Attached()


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """One bubble. The same id may stand in several bubbles: WhatsApp shows what it is given."""

    position: int
    waha_session: str
    chat_id: str
    bare_id: str
    from_me: bool
    text: str
    at: datetime
    source: str = "app"  # "app": typed on a phone; "api": sent through WAHA
    ack: int = 2
    sender_id: str | None = None  # in groups
    other_address: str | None = None  # the sender's number behind a @lid, or the @lid of a number
    push_name: str = ""
    reply_to: str | None = None  # bare id
    mentions: tuple[str, ...] = ()
    file: PhoneFile | None = None
    location: dict[str, Any] | None = None
    vcards: tuple[str, ...] = ()
    link_preview: bool = False
    edited: bool = False
    revoked: bool = False
    reaction: str = ""

    @property
    def waha_message_id(self) -> str:
        suffix = f"_{self.sender_id}" if self.sender_id else ""
        return f"{str(self.from_me).lower()}_{self.chat_id}_{self.bare_id}{suffix}"

    def summary(self) -> dict[str, Any]:
        """JSON-ready, for pages and tests."""
        shown: dict[str, Any] = {
            "id": self.waha_message_id,
            "bare_id": self.bare_id,
            "from_me": self.from_me,
            "source": self.source,
            "text": self.text,
            "ack": self.ack,
            "at": self.at.isoformat(),
            "push_name": self.push_name,
            "sender_id": self.sender_id,
            "reply_to": self.reply_to,
            "edited": self.edited,
            "revoked": self.revoked,
            "reaction": self.reaction,
            "link_preview": self.link_preview,
        }
        if self.file:
            shown["file"] = {"mimetype": self.file.mimetype, "filename": self.file.filename, "voice": self.file.voice}
        return shown


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `kind`: message, ack, typing, seen, webhook, api or fault."""

    seq: int
    kind: str
    chat_id: str
    at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something WAHA would tell by webhook; `event` is WAHA's name for it."""

    event: str
    waha_session: str
    message: PhoneMessage | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def as_chat_id(chat_or_phone: str) -> str:
    """A bare number is a person's chat, as WAHA takes it."""
    return chat_or_phone if "@" in chat_or_phone else chat_or_phone.removeprefix("+") + "@c.us"


def lid_of(chat_id: str) -> str:
    """The hidden id of a simulated person: the same for the same number."""
    return f"{LIDS_START + int(chat_id.partition('@')[0]) % LIDS_START}@lid"
