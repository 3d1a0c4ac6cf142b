"""The JSON of dead letters."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from balas.api.schemas import Page, example
from balas.models import InboxMessage

_DEAD = {
    "id": 88,
    "waha_message_id": "false_628115550101@c.us_3A5F0D1E2C",
    "chat_id": "628115550101@c.us",
    "text": "How long do I have to return a jacket?",
    "reason": "deadline",
    "detail": "the model did not answer for 15 minutes",
    "waha_session": "default",
    "received_at": "2026-03-14T08:30:12.345000Z",
    "failed_at": "2026-03-14T08:45:12.345000Z",
}


class DeadLetter(BaseModel):
    model_config = example(_DEAD)

    id: int
    waha_message_id: str | None
    chat_id: str | None
    text: str | None
    reason: str | None = Field(description="Short name of why it is dead.")
    detail: str | None = Field(description="Why, in a sentence.")
    waha_session: str
    received_at: datetime
    failed_at: datetime | None

    @classmethod
    def of(cls, letter: InboxMessage, detail: str | None) -> DeadLetter:
        return cls(
            id=letter.id,
            waha_message_id=letter.waha_message_id,
            chat_id=letter.chat_id,
            text=letter.text,
            reason=letter.reason,
            detail=detail,
            waha_session=letter.waha_session,
            received_at=letter.received_at,
            failed_at=letter.finished_at,
        )


class DeadPage(Page):
    model_config = example({"items": [_DEAD], "next_cursor": None})

    items: list[DeadLetter]


class Revived(BaseModel):
    model_config = example({"id": 88, "status": "queued"})

    id: int
    status: str


class RevivedAll(BaseModel):
    model_config = example({"retried": 41, "left": 2})

    retried: int = Field(description="How many are back in line.")
    left: int = Field(
        description="How many are still dead: those that hold nothing to answer, and those to be tried one by one."
    )
