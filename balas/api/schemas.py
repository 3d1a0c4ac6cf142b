"""The JSON of the archive: messages, conversations and people. Each model carries its example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from balas.models import Conversation, Message, User

_WHEN = "2026-03-14T08:30:12.345000Z"
_CURSOR = "AAZNHvLk3gAAAAAAAAAAKb6yV8f0hR1m3cVtpQ"
_PERSON = {"id": 3, "phone": "628115550101", "name": "Sari"}
_SOURCE = {
    "document_id": 4,
    "title": "Returns and refunds",
    "page": 2,
    "heading": "Returns",
    "rows": [],
    "quote": "Goods may be returned within 30 days of delivery.",
    "url": None,
}
_MESSAGE = {
    "id": 41,
    "conversation_id": 7,
    "turn_id": 12,
    "role": "assistant",
    "text": "You may return goods within *30 days* of delivery.\n\nSource: Returns and refunds, p. 2",
    "kind": "text",
    "phone": "628115550101",
    "user": _PERSON,
    "chat_id": "628115550101@c.us",
    "waha_session": "default",
    "waha_message_id": "true_628115550101@c.us_3EB0C767D097B7C2F6A1",
    "ack": 3,
    "reaction": "👍",
    "tokens": 612,
    "response_time_ms": 1480,
    "sources": [_SOURCE],
    "trace": {"mode": "model", "language": "en", "abstained": False, "answerable": 0.97},
    "created_at": _WHEN,
}
_CONVERSATION = {
    "id": 7,
    "waha_session": "default",
    "chat_id": "628115550101@c.us",
    "phone": "628115550101",
    "user": _PERSON,
    "language": "en",
    "waiting_since": None,
    "waiting_for": None,
    "paused_until": None,
    "last_message": {"id": 41, "role": "assistant", "text": "Within *30 days*.", "created_at": _WHEN},
    "created_at": "2026-03-01T07:00:00Z",
    "last_message_at": _WHEN,
}
_USER = {
    "id": 3,
    "phone": "628115550101",
    "lid": None,
    "name": "Sari",
    "audiences": ["parents"],
    "created_at": "2026-03-01T07:00:00Z",
    "last_seen_at": _WHEN,
}


def example(value: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [dict(value)]})


class Page(BaseModel):
    items: list[Any]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: this was the last one.")


class Person(BaseModel):
    id: int
    phone: str | None = Field(description="Digits only; null while WhatsApp hides the number.")
    name: str | None

    @classmethod
    def of(cls, user: User) -> Person:
        return cls(id=user.id, phone=user.phone, name=user.name)


class SourceItem(BaseModel):
    document_id: int
    title: str
    page: int | None
    heading: str = Field(default="", description="The headings above the quote; for a workbook, the sheet's name.")
    rows: list[int] = Field(
        default=[], description="Row numbers of a sheet, as a spreadsheet counts them; empty where unknown."
    )
    quote: str
    url: str | None = Field(default=None, description="Address, when the document is a web page.")


class MessageItem(BaseModel):
    """What a phone shows in the chat, with what is known about it."""

    model_config = example(_MESSAGE)

    id: int
    conversation_id: int
    turn_id: int | None = Field(description="Messages with the same turn were answered together.")
    role: str = Field(description="`user`, `assistant` or `operator` (a person of the business).")
    text: str
    kind: str = Field(description="`text`, `image`, `voice`, `document`, …; `revoked` once taken back.")
    phone: str | None
    user: Person
    chat_id: str
    waha_session: str
    waha_message_id: str | None
    ack: int | None = Field(
        description="Delivery of our own messages: -1 failed, 0 pending, 1 server, 2 device, 3 read, 4 played."
    )
    reaction: str | None
    tokens: int | None
    response_time_ms: int | None = Field(description="From the turn's last message until its answer was ready.")
    sources: list[SourceItem] = Field(description="The documents under an answer.")
    trace: dict[str, Any] | None = Field(description="How the answer came about; null unless written by Balas.")
    created_at: datetime

    @classmethod
    def of(cls, message: Message, conversation: Conversation, user: User) -> MessageItem:
        answer = message.rag_context
        return cls(
            id=message.id,
            conversation_id=message.conversation_id,
            turn_id=message.turn_id,
            role=message.role,
            text=message.text,
            kind=message.kind,
            phone=user.phone,
            user=Person.of(user),
            chat_id=conversation.chat_id,
            waha_session=conversation.waha_session,
            waha_message_id=message.waha_message_id,
            ack=message.ack,
            reaction=message.reaction,
            tokens=message.llm_tokens,
            response_time_ms=message.response_time_ms,
            sources=[SourceItem(**source) for source in answer.get("sources", ())] if answer else [],
            trace=_trace(answer),
            created_at=message.created_at,
        )


def _trace(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    outcome = {name: answer[name] for name in ("mode", "model", "language", "abstained", "cost") if name in answer}
    return {**outcome, **(answer.get("trace") or {})}


class MessagePage(Page):
    model_config = example({"items": [_MESSAGE], "next_cursor": _CURSOR})

    items: list[MessageItem]


class LastMessage(BaseModel):
    id: int
    role: str
    text: str
    created_at: datetime


class ConversationItem(BaseModel):
    model_config = example(_CONVERSATION)

    id: int
    waha_session: str
    chat_id: str
    phone: str | None
    user: Person
    language: str | None = Field(description="ISO 639-1, of the latest answer.")
    waiting_since: datetime | None = Field(
        description="Since when it waits for a person of the team; null: it does not."
    )
    waiting_for: str | None = Field(
        description="`asked`: wants a person; `unanswered`: was offered one. `loop_echo`, `loop_repeat`, `loop_pace`: "
        "seems to be a program that answers us, and is not answered until `done`."
    )
    paused_until: datetime | None = Field(
        description="Until when it is left to the team, which wrote in it (`BALAS_PAUSE_MINUTES`), or `done` is said."
    )
    last_message: LastMessage | None
    created_at: datetime
    last_message_at: datetime

    @classmethod
    def of(cls, conversation: Conversation, user: User, last: Message | None) -> ConversationItem:
        return cls(
            id=conversation.id,
            waha_session=conversation.waha_session,
            chat_id=conversation.chat_id,
            phone=user.phone,
            user=Person.of(user),
            language=conversation.language,
            waiting_since=conversation.waiting_since,
            waiting_for=conversation.waiting_for,
            paused_until=conversation.paused_until,
            last_message=last and LastMessage(id=last.id, role=last.role, text=last.text, created_at=last.created_at),
            created_at=conversation.created_at,
            last_message_at=conversation.last_message_at,
        )


class ConversationPage(Page):
    model_config = example({"items": [_CONVERSATION], "next_cursor": None})

    items: list[ConversationItem]


class ConversationDetail(ConversationItem):
    model_config = example({**_CONVERSATION, "messages": {"user": 9, "assistant": 8, "operator": 1}})

    messages: dict[str, int] = Field(description="How many, by role.")


class UserItem(BaseModel):
    """A person on WhatsApp."""

    model_config = example(_USER)

    id: int
    phone: str | None
    lid: str | None = Field(description="The hidden id that WhatsApp gives when it hides the number.")
    name: str | None
    audiences: list[str] = Field(description="Answers come from documents of these audiences and of `public`.")
    created_at: datetime
    last_seen_at: datetime | None

    @classmethod
    def of(cls, user: User, audiences: Sequence[str]) -> UserItem:
        return cls(
            id=user.id,
            phone=user.phone,
            lid=user.lid,
            name=user.name,
            audiences=list(audiences),
            created_at=user.created_at,
            last_seen_at=user.last_seen_at,
        )


class UserPage(Page):
    model_config = example({"items": [_USER], "next_cursor": None})

    items: list[UserItem]


class UserDetail(UserItem):
    model_config = example({**_USER, "conversation_ids": [7]})

    conversation_ids: list[int] = Field(description="The latest first, 200 at most.")
