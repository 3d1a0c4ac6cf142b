"""The JSON of gaps. Each model carries its example."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from balas.api.parameters import Listing, Since, Strict, Until
from balas.api.schemas import Page, example
from balas.conversations.gap_listing import GapView, Wanted
from balas.models import GapState

_GAP = {
    "id": 3,
    "question": "Do you deliver on Sunday?",
    "also": ["is there delivery on sundays", "sunday delivery?"],
    "languages": ["en", "id"],
    "messages": 7,
    "people": 5,
    "first_asked_at": "2026-03-01T07:00:00Z",
    "last_asked_at": "2026-03-14T08:30:12.345000Z",
    "passages": [{"document_id": 4, "title": "Delivery", "page": 1, "text": "We deliver from Monday to Friday."}],
    "replied": 1,
    "reply": "Yes, from 10 to 16 o'clock.",
    "state": "open",
    "answer_id": None,
}


class GapChoice(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    DISMISSED = "dismissed"
    ALL = "all"


class NearPassage(BaseModel):
    document_id: int
    title: str
    page: int | None
    text: str


class GapItem(BaseModel):
    model_config = example(_GAP)

    id: int
    question: str = Field(description="The wording that speaks best for the others.")
    also: list[str] = Field(description="Other wordings, 5 at most.")
    languages: list[str]
    messages: int = Field(description="How often it was asked.")
    people: int = Field(description="By how many different people.")
    first_asked_at: datetime
    last_asked_at: datetime
    passages: list[NearPassage] = Field(description="What came nearest.")
    replied: int = Field(description="How many of them a person of the team answered by hand.")
    reply: str = Field(description="The latest of those answers.")
    state: str = Field(description="`open`, `answered` or `dismissed`.")
    answer_id: int | None = Field(description="The approved answer that was written for it.")

    @classmethod
    def of(cls, view: GapView) -> GapItem:
        return cls(
            id=view.id,
            question=view.question,
            also=view.also,
            languages=view.languages,
            messages=view.messages,
            people=view.people,
            first_asked_at=view.first_asked_at,
            last_asked_at=view.last_asked_at,
            passages=[NearPassage.model_validate(passage) for passage in view.passages],
            replied=view.replied,
            reply=view.reply,
            state=view.state,
            answer_id=view.document_id,
        )


class GapPage(Page):
    model_config = example({"items": [_GAP], "next_cursor": None})

    items: list[GapItem]


class GapSpan(Strict):
    since: Since | None = None
    until: Until | None = None
    state: Annotated[GapChoice, Field(description="Only gaps in this state.")] = GapChoice.OPEN

    def wanted(self) -> Wanted:
        state = None if self.state is GapChoice.ALL else GapState(self.state)
        return Wanted(self.since, self.until, state)


class GapQuery(GapSpan, Listing):
    pass
