"""The JSON of golden questions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from balas.api.ask_schemas import MAX_QUESTION
from balas.api.parameters import Audiences, Listing, RowId, Strict
from balas.api.schemas import Page, example
from balas.models import GoldenQuestion
from balas.rag.measuring.golden import Result

MAX_EXPECTED = 4_000
_RESULT: dict[str, Any] = {"passes": True, "found": True, "answered": True, "said": True, "silent": None}
_RESULT |= {"answer": "Goods may be returned within 30 days of delivery.", "knowledge_version": 31}
_GOLDEN = {
    "id": 5,
    "question": "How long can I return a jacket?",
    "language": "en",
    "audience": "public",
    "document_id": 4,
    "expected": "30 days",
    "must_abstain": False,
    "origin": "operator",
    "approved": True,
    "result": _RESULT,
    "created_at": "2026-03-14T08:30:12.345000Z",
    "updated_at": "2026-03-14T08:30:12.345000Z",
}

Asked = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
Expected = Annotated[
    str,
    Field(max_length=MAX_EXPECTED, description="What must be said. Each line by itself; figures to the letter."),
]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$", description="ISO 639-1; null: told from the question.")]


class GoldenResult(BaseModel):
    """How the live documents did when the question was asked last."""

    passes: bool
    found: bool | None = Field(description="The expected passage is among the first four.")
    answered: bool | None = Field(description="It is answered from the expected document.")
    said: bool | None = Field(description="The answer itself says what is expected.")
    silent: bool | None = Field(description="No answer is given, as it should be.")
    answer: str
    knowledge_version: int

    @classmethod
    def of(cls, kept: dict[str, Any]) -> GoldenResult:
        one = Result.of(kept)
        shown = {name: getattr(one, name) for name in ("passes", "found", "answered", "said", "silent", "answer")}
        return cls(**shown, knowledge_version=kept["version"])


class GoldenItem(BaseModel):
    model_config = example(_GOLDEN)

    id: int
    question: str
    language: str | None
    audience: str
    document_id: int | None = Field(description="Where the answer stands.")
    expected: str | None
    must_abstain: bool = Field(description="No answer may be given.")
    origin: str = Field(description="`operator`, `document` or `chat`: where it was drafted from.")
    approved: bool = Field(description="Only an approved question counts.")
    result: GoldenResult | None = Field(description="Null: not asked yet.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: GoldenQuestion) -> GoldenItem:
        return cls(
            id=row.id,
            question=row.question,
            language=row.language,
            audience=row.audience,
            document_id=row.document_id,
            expected=row.expected,
            must_abstain=row.must_abstain,
            origin=row.origin,
            approved=row.approved_at is not None,
            result=GoldenResult.of(row.quoted) if row.quoted else None,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class GoldenPage(Page):
    model_config = example({"items": [_GOLDEN], "next_cursor": None})

    items: list[GoldenItem]


class GoldenQuery(Listing):
    approved: Annotated[bool | None, Field(description="Only those approved, or only those not.", examples=[True])] = (
        None
    )
    document_id: RowId | None = None


class NewGolden(Strict):
    model_config = example({"question": "How long can I return a jacket?", "document_id": 4, "expected": "30 days"})

    question: Asked
    language: Language | None = None
    audience: Audiences = "public"
    document_id: RowId | None = None
    expected: Expected | None = None
    must_abstain: bool = False
    approved: bool = True


class GoldenChanges(Strict):
    """A field that is left out stays as it is."""

    model_config = example({"expected": "14 days"})

    question: Asked | None = None
    language: Language | None = None
    audience: Audiences | None = None
    document_id: RowId | None = None
    expected: Expected | None = None
    must_abstain: bool | None = None
    approved: bool | None = None


class DraftRequest(Strict):
    model_config = example({"document_id": 4, "limit": 20})

    document_id: Annotated[RowId | None, Field(description="Null: from all documents.")] = None
    chats: Annotated[bool, Field(description="From answers that were given, in place of documents.")] = False
    limit: Annotated[
        int, Field(ge=1, le=200, description="How many drafts from each document, or from all chats together.")
    ] = 40


class Drafted(BaseModel):
    model_config = example({"items": [_GOLDEN | {"approved": False, "origin": "document"}], "left_out": 3})

    items: list[GoldenItem]
    left_out: int = Field(
        description="Drafts left out because they exist already or the documents do not answer them today."
    )


class RunRequest(Strict):
    model_config = example({"written": False})

    written: Annotated[
        bool, Field(description="Let the model write the answers: one call each, within the day's caps.")
    ] = False
