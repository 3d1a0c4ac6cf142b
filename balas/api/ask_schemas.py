"""The JSON of searching and of asking. Each model carries its example."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, Field

from balas.api.parameters import Audiences, Strict
from balas.api.schemas import SourceItem, example
from balas.values import Answer, Passage, Role

MAX_QUESTION = 4_000
MAX_HISTORY = 50

_HIT = {
    "document_id": 4,
    "title": "Returns and refunds",
    "heading": "Returns › Deadlines",
    "page": 2,
    "rows": [],
    "text": "Goods may be returned within 30 days of delivery.",
    "score": 4.12,
    "dense": 0.88,
    "words": 0.64,
    "characters": 0.58,
    "chunk_id": 310,
}
_SOURCE = {
    "document_id": 4,
    "title": "Returns and refunds",
    "page": 2,
    "heading": "Returns",
    "rows": [],
    "quote": "Goods may be returned within 30 days of delivery.",
    "url": None,
}


class SearchRequest(Strict):
    model_config = example({"query": "how long can I return a jacket", "limit": 5})

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    audience: Audiences = "public"


class Hit(BaseModel):
    model_config = example(_HIT)

    document_id: int
    title: str
    heading: str
    page: int | None
    rows: list[int] = Field(description="Row numbers of a sheet: one for each line of the text, or one for all of it.")
    text: str
    score: float = Field(description="All legs together; higher is better.")
    dense: float = Field(description="Cosine of the embeddings.")
    words: float = Field(description="BM25 over stemmed words, as a share of the best score there could be.")
    characters: float = Field(description="The same over character 4-grams.")
    chunk_id: int

    @classmethod
    def of(cls, passage: Passage) -> Hit:
        return cls(
            document_id=passage.document_id,
            title=passage.title,
            heading=passage.heading,
            page=passage.page,
            rows=list(passage.rows),
            text=passage.text,
            score=round(passage.score, 4),
            dense=round(passage.dense, 4),
            words=round(passage.words, 4),
            characters=round(passage.characters, 4),
            chunk_id=passage.chunk_id,
        )


class SearchAnswer(BaseModel):
    model_config = example({"hits": [_HIT], "language": "en", "answerable": 0.97})

    hits: list[Hit]
    language: str = Field(description="Of the query, ISO 639-1.")
    answerable: float = Field(description="How likely the answer is among the hits, 0 to 1.")


class Earlier(Strict):
    role: Role
    text: Annotated[
        str,
        Field(
            max_length=MAX_QUESTION,
            validation_alias=AliasChoices("text", "content"),
            description="Or `content`, as chat clients call it.",
        ),
    ]


class AskRequest(Strict):
    model_config = example(
        {
            "question": "and for shoes?",
            "history": [
                {"role": "user", "text": "How long can I return a jacket?"},
                {"role": "assistant", "text": "Within 30 days of delivery."},
            ],
        }
    )

    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
    history: Annotated[list[Earlier], Field(max_length=MAX_HISTORY, description="Oldest first.")] = Field(
        default_factory=list
    )
    audience: Audiences = "public"


class AskAnswer(BaseModel):
    model_config = example(
        {
            "answer": "Goods may be returned within **30 days** of delivery.",
            "abstained": False,
            "sources": [_SOURCE],
            "trace": {"mode": "extractive", "language": "en", "answerable": 0.97},
        }
    )

    answer: str
    abstained: bool
    sources: list[SourceItem]
    trace: dict[str, Any] = Field(
        description="How the answer came about. `near`: the names that may be chosen from in place of an answer."
    )

    @classmethod
    def of(cls, answer: Answer) -> AskAnswer:
        sources = [SourceItem.model_validate(source.as_dict()) for source in answer.sources]
        trace = {"mode": answer.mode, "language": answer.language} | answer.trace
        return cls(answer=answer.text, abstained=answer.abstained, sources=sources, trace=trace)
