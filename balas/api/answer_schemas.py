"""The JSON of approved answers. Each model carries its example."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from balas.api.parameters import Category, GivenAudience, Listing, RowId, TermsFields
from balas.api.schemas import Page, example
from balas.knowledge.approved_answers import MAX_ANSWER, MAX_QUESTION, MAX_QUESTIONS, Kept, Pair

_GIVEN = {
    "questions": ["Do you deliver on Sunday?", "Is there delivery on Sundays?"],
    "answer": "Yes, on Sunday we deliver from 10 to 16 o'clock.",
    "language": "en",
    "audience": "public",
    "category": "delivery",
    "valid_from": None,
    "valid_until": "2026-12-31",
}
_ANSWER = {
    "id": 9,
    **_GIVEN,
    "valid_until": "2027-01-01T00:00:00Z",
    "status": "indexed",
    "error": None,
    "created_at": "2026-03-01T07:00:00Z",
    "updated_at": "2026-03-14T08:30:12.345000Z",
}

Question = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]


class AnswerBody(TermsFields):
    model_config = example(_GIVEN)

    questions: Annotated[
        list[Question],
        Field(
            min_length=1,
            max_length=MAX_QUESTIONS,
            description="The question in the different wordings that people use.",
        ),
    ]
    answer: Annotated[str, Field(min_length=1, max_length=MAX_ANSWER, description="Sent as written.")]
    language: Annotated[str | None, Field(pattern=r"^[a-z]{2,3}$", description="ISO 639-1.")] = None
    audience: GivenAudience = None
    gap_id: Annotated[RowId | None, Field(description="The gap that this answer closes.", examples=[3])] = None

    def pair(self) -> Pair:
        return Pair.of(self.questions, self.answer)


class AnswerItem(BaseModel):
    model_config = example(_ANSWER)

    id: int
    questions: list[str]
    answer: str
    language: str | None
    audience: str
    category: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    status: str = Field(description="`received`, `indexing`, `indexed` or `failed`; the one before answers meanwhile.")
    error: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, kept: Kept) -> AnswerItem:
        document = kept.document
        return cls(
            id=document.id,
            questions=list(kept.pair.questions),
            answer=kept.pair.answer,
            language=document.language,
            audience=document.audience,
            category=document.category,
            valid_from=document.valid_from,
            valid_until=document.valid_until,
            status=document.status,
            error=document.error,
            created_at=document.created_at,
            updated_at=document.updated_at,
        )


class AnswerPage(Page):
    model_config = example({"items": [_ANSWER], "next_cursor": None})

    items: list[AnswerItem]


class AnswerQuery(Listing):
    category: Category | None = None
    q: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Part of the first question.", examples=["deliver"])
    ] = None
