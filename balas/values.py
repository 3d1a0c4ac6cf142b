"""Frozen values that travel between the layers. Times are aware and UTC; ids are WAHA's own strings, unchanged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

MAX_ROW_ID = 2**63 - 1  # of a BIGINT column

# ---- what WAHA tells us ---------------------------------------------------------------------------------------------


class ChatKind(StrEnum):
    """What stands behind a chat id, told by its suffix."""

    PERSON = "person"  # @c.us, @lid, and @s.whatsapp.net once converted
    GROUP = "group"  # @g.us
    NEWSLETTER = "newsletter"  # @newsletter
    BROADCAST = "broadcast"  # status@broadcast and other @broadcast lists


class MessageKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    WAITING = "waiting"  # not yet decrypted
    EMPTY = "empty"  # neither text nor media


SPOKEN = frozenset({MessageKind.VOICE, MessageKind.AUDIO})
SEEN = frozenset({MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.DOCUMENT})


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a webhook says. Structs, of which each call makes several: a frozen dataclass takes ten times as long."""


class Media(Told, frozen=True):
    """A file WAHA holds for a message. `url` is None when WAHA did not or could not download it."""

    url: str | None
    mimetype: str | None
    filename: str | None
    error: str | None = None


class Quote(Told, frozen=True):
    """The message a person replied to: bare id and the text WAHA sent along."""

    bare_id: str
    text: str | None


class InboundMessage(Told, frozen=True):
    """One WhatsApp message, whichever engine told it and under whichever event name."""

    waha_message_id: str  # as sent, e.g. "false_12025550101@c.us_3EB0A1"
    bare_id: str  # the third part: the same for retries, message + message.any, lid and phone twins
    chat_id: str  # where an answer goes; canonical (@s.whatsapp.net -> @c.us, no device part)
    chat_kind: ChatKind
    sender_id: str  # the person: chat_id in a direct chat, the participant in a group
    from_me: bool
    source: str | None  # "app", "api" or None; a hint only
    kind: MessageKind
    text: str  # body or caption, cleaned (no NUL, no lone surrogates); "" when there is none
    sent_at: datetime | None  # None when WAHA's timestamp is unusable: the arrival time counts
    phone: str | None = None  # digits only; None for a @lid whose number is not known
    push_name: str | None = None
    media: Media | None = None
    quote: Quote | None = None
    mentions: tuple[str, ...] = ()


class MessageEdited(Told, frozen=True):
    chat_id: str
    edited_bare_id: str
    text: str
    from_me: bool


class MessageRevoked(Told, frozen=True):
    chat_id: str
    revoked_bare_id: str
    from_me: bool


class MessageReaction(Told, frozen=True):
    chat_id: str
    bare_id: str  # of the message reacted to
    emoji: str  # "" = removed
    from_me: bool


class MessageAck(Told, frozen=True):
    """Delivery of one of our own messages: -1 failed, 0 pending, 1 server, 2 device, 3 read, 4 played."""

    chat_id: str
    bare_id: str
    level: int


class SessionStatus(Told, frozen=True):
    status: str  # STOPPED, STARTING, SCAN_QR_CODE, WORKING, FAILED, ...


class Presence(Told, frozen=True):
    chat_id: str
    typing: bool


EventContent = InboundMessage | MessageEdited | MessageRevoked | MessageReaction | MessageAck | SessionStatus | Presence


class WebhookEvent(Told, frozen=True):
    """A webhook call, understood. `content` is None for events that Balas has no use for."""

    name: str  # "message", "message.any", "message.ack", ...
    waha_session: str
    event_id: str | None  # envelope id; shared by `message` and `message.any` of one message
    happened_at: datetime | None
    engine: str | None
    me_id: str | None  # our own number, as a chat id
    content: EventContent | None


# ---- what documents become ------------------------------------------------------------------------------------------


class ChunkKind(StrEnum):
    TEXT = "text"
    TABLE = "table"  # rows written as "name: value" lines
    FAQ = "faq"  # one question with its answer
    CURATED = "curated"  # a question on the first line, and the answer that the organisation wrote for it


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table row or list of a parsed document, in reading order."""

    text: str
    page: int | None = None  # 1-based; None where the format has no pages
    heading_level: int | None = None  # 1..6 when this block is itself a heading
    kind: ChunkKind = ChunkKind.TEXT
    row: int | None = None  # of a sheet, as a spreadsheet counts


@dataclass(frozen=True, slots=True)
class WebLinks:
    """Where a web page leads and what it asks of robots. Addresses as they are written."""

    links: tuple[str, ...] = ()  # those that may be followed
    base: str | None = None  # what they are relative to; None: the page's own address
    canonical: str | None = None
    noindex: bool = False
    footer: tuple[Block, ...] = ()  # what stands at its foot beside lists of links: often address and opening hours


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    title: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    warnings: tuple[str, ...] = ()  # for people: "page 3 has no text: needs OCR"
    web: WebLinks | None = None  # of web pages


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is embedded and retrieved as one."""

    position: int  # 0-based within its document
    text: str
    heading: str = ""  # the headings above it, outermost first, joined by " › "
    page: int | None = None
    kind: ChunkKind = ChunkKind.TEXT
    rows: tuple[int, ...] = ()  # of a sheet: one for each line, or one for the whole text; () where unknown


# ---- who may be told what -------------------------------------------------------------------------------------------

PUBLIC = "public"  # everybody belongs to it


def audiences_in(text: str) -> frozenset[str]:
    """The names in a list such as "parents,staff"."""
    return frozenset(name for name in text.split(",") if name)


def audience_list(names: Iterable[str]) -> str:
    """The same names are always the same text; none are everybody."""
    return ",".join(sorted(set(names))) or PUBLIC


# ---- what retrieval finds and answers say ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved chunk with the score of each leg."""

    chunk_id: int
    document_id: int
    title: str
    heading: str
    page: int | None
    text: str
    position: int
    score: float  # fused
    dense: float  # cosine, -1..1
    words: float  # BM25 share over stemmed words, 0..1
    characters: float  # BM25 share over character 4-grams, 0..1
    kind: ChunkKind = ChunkKind.TEXT
    is_public: bool = True
    language: str = ""  # ISO 639-1
    rows: tuple[int, ...] = ()  # as its chunk has them
    url: str | None = None  # of a web page; filled in where rows are known


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Passages, best first, and the calibrated probability that they hold the answer (0..1)."""

    query: str
    language: str  # ISO 639-1 of the question
    passages: tuple[Passage, ...]
    answerable: float


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One earlier message of the conversation, oldest first in a history."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    document_id: int
    title: str
    page: int | None
    quote: str
    url: str | None = None  # of a document that is a web page
    heading: str = ""  # over the quote, outermost first; of a workbook the sheet's name
    rows: tuple[int, ...] = ()  # of a sheet, that the quote stands in

    @property
    def sheet(self) -> str:
        """The name of the sheet that the rows are counted in; "" where it has none, or there are no rows."""
        return self.heading.partition(" › ")[0] if self.rows else ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self) | {"rows": list(self.rows)}


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0  # in the currency of the configured prices
    model: str | None = None

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the person. `text` is Markdown without the source lines; those are drawn from `sources`."""

    text: str
    abstained: bool
    language: str
    sources: tuple[Source, ...] = ()
    mode: str = "extractive"  # "extractive", "model", "approved" or "smalltalk"
    usage: Usage = field(default_factory=Usage)
    handover: str | None = None  # why somebody of the team should look: "asked" or "unanswered"
    trace: dict[str, Any] = field(default_factory=dict)  # JSON-ready: question, legs, scores, decision, times in ms
