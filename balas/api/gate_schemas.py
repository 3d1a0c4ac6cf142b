"""The JSON of the knowledge change gate: what changes did to the golden questions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from balas.api.parameters import Strict
from balas.api.schemas import Page, example
from balas.models import GateReport

_FALL = {
    "golden_id": 5,
    "question": "How long can I return a jacket?",
    "reason": "what is expected is not found for it any more",
    "before": "Goods may be returned within 30 days of delivery.",
    "after": "I didn't find that in our documents.",
}
_FIGURES = {"questions": 24, "passing": 24, "found": 22, "found_of": 22, "answered": 22, "answered_of": 22}
_FIGURES |= {"said": 19, "said_of": 20, "silent": 2, "silent_of": 2}
_REPORT = {
    "id": 3,
    "cause": "document",
    "document_id": 4,
    "version": 2,
    "subject": "Returns and refunds",
    "outcome": "warned",
    "before": _FIGURES,
    "after": _FIGURES | {"passing": 23, "found": 21, "answered": 21},
    "falls": [_FALL],
    "created_at": "2026-03-14T08:30:12.345000Z",
}


class Deletion(Strict):
    force: Annotated[bool, Field(description="Delete it although golden questions fall by it.")] = False


class FallItem(BaseModel):
    golden_id: int | None = Field(
        description="null: no question, but a fact that the document stated and does not state any more."
    )
    question: str = Field(
        description="Without `golden_id`: the heading under which the fact stood. Empty once it was erased."
    )
    reason: str
    before: str = Field(description="The answer, or the fact, before the change.")
    after: str = Field(description="The answer with the change, or what stands in the fact's place.")


class GateItem(BaseModel):
    state: str = Field(description="`warned`: live all the same; `held`: waits for a person; `refused`: not deleted.")
    falls: list[FallItem]

    @classmethod
    def of(cls, report: GateReport, state: str | None) -> GateItem:
        return cls(state=state or report.outcome, falls=[FallItem(**fall) for fall in report.falls])


class GateReportItem(BaseModel):
    model_config = example(_REPORT)

    id: int
    cause: str = Field(description="`document`, `deletion`, `settings` (prompts too) or `run`.")
    document_id: int | None
    version: int | None
    subject: str = Field(description="The document's title, or what has changed.")
    outcome: str = Field(description="`passed`, `warned`, `held`, `published`, `discarded` or `refused`.")
    before: dict[str, Any] = Field(
        description="How many golden questions of each kind there are, and how many of them hold."
    )
    after: dict[str, Any]
    falls: list[FallItem]
    created_at: datetime

    @classmethod
    def of(cls, row: GateReport) -> GateReportItem:
        return cls(
            id=row.id,
            cause=row.cause,
            document_id=row.document_id,
            version=row.version,
            subject=row.subject,
            outcome=row.outcome,
            before=row.before,
            after={name: value for name, value in row.after.items() if name != "conditions"},
            falls=[FallItem(**fall) for fall in row.falls],
            created_at=row.created_at,
        )


class GateReportPage(Page):
    model_config = example({"items": [_REPORT], "next_cursor": None})

    items: list[GateReportItem]
