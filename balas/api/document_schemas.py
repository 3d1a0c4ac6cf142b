"""The JSON of documents, of searching and of asking. Each model carries its example."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from balas.api.gate_schemas import GateItem
from balas.api.parameters import Audience, Listing, Strict
from balas.api.schemas import Page, SourceItem, example
from balas.models import Document, DocumentChunk, DocumentStatus, GateReport
from balas.values import Answer, Passage, Role

MAX_QUESTION = 4_000
MAX_HISTORY = 50

_DOCUMENT = {
    "id": 4,
    "title": "Returns and refunds",
    "name": "returns.pdf",
    "source": "file",
    "file_type": "pdf",
    "size": 48213,
    "language": None,
    "audience": "public",
    "status": "indexed",
    "progress": 1.0,
    "phase": None,
    "error": None,
    "warnings": ["Page 3 has no text: it needs OCR."],
    "pages": 6,
    "chunks": 21,
    "version": 2,
    "live_version": 2,
    "previous_version": 1,
    "gate": None,
    "created_at": "2026-03-01T07:00:00Z",
    "updated_at": "2026-03-14T08:30:12.345000Z",
}
_RECEIVED = _DOCUMENT | {
    "status": "received",
    "progress": 0.0,
    "phase": "waiting to be read",
    "warnings": [],
    "pages": None,
    "chunks": 0,
    "version": 1,
    "live_version": None,
    "previous_version": None,
}
_CHUNK = {
    "id": 310,
    "position": 0,
    "heading": "Returns › Deadlines",
    "page": 2,
    "kind": "text",
    "text": "Goods may be returned within 30 days of delivery.",
}
_HIT = {
    "document_id": 4,
    "title": "Returns and refunds",
    "heading": "Returns › Deadlines",
    "page": 2,
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
    "quote": "Goods may be returned within 30 days of delivery.",
    "url": None,
}

Title = Annotated[str, Field(min_length=1, max_length=200)]


class DocumentItem(BaseModel):
    model_config = example(_DOCUMENT)

    id: int
    title: str
    name: str = Field(description="File name or address.")
    source: str = Field(description="`file`, `url`, `text`, `line` (of a .jsonl file) or `sample`.")
    file_type: str | None
    size: int = Field(description="Bytes.")
    language: str | None = Field(description="ISO 639-1, where the document said it.")
    audience: str
    status: str = Field(description="`received`, `indexing`, `indexed` or `failed`; `live_version` answers meanwhile.")
    progress: float = Field(description="0 to 1.")
    phase: str | None = Field(description="What is being done, in plain words.")
    error: str | None = Field(description="Why it failed or waits, and what to do.")
    warnings: list[str]
    pages: int | None
    chunks: int = Field(description="Passages of the live version.")
    version: int = Field(description="Of the content last given.")
    live_version: int | None = Field(description="The version that searches see; null: none yet.")
    previous_version: int | None = Field(description="What a rollback brings back; null: nothing.")
    gate: GateItem | None = Field(description="Golden questions that fall by its last change; null: none do.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def fields_of(cls, document: Document, report: GateReport | None = None) -> dict[str, Any]:
        return {
            "id": document.id,
            "title": document.title,
            "name": document.name,
            "source": document.source,
            "file_type": document.file_type,
            "size": document.size,
            "language": document.language,
            "audience": document.audience,
            "status": document.status,
            "progress": document.progress,
            "phase": document.phase,
            "error": document.error,
            "warnings": (document.warnings or "").splitlines(),
            "pages": document.pages,
            "chunks": document.chunk_count,
            "version": document.uploaded_version,
            "live_version": document.live_version,
            "previous_version": document.previous_version,
            "gate": GateItem.of(report, document.gate) if report else None,
            "created_at": document.created_at,
            "updated_at": document.updated_at,
        }

    @classmethod
    def of(cls, document: Document, report: GateReport | None = None) -> DocumentItem:
        return cls(**cls.fields_of(document, report))


class DocumentAccepted(DocumentItem):
    model_config = example(_RECEIVED | {"documents": 1})

    documents: int = Field(description="How many documents it became: the lines of a .jsonl file, else 1.")

    @classmethod
    def first_of(cls, document: Document, documents: int) -> DocumentAccepted:
        return cls(**cls.fields_of(document), documents=documents)


class DocumentPage(Page):
    model_config = example({"items": [_DOCUMENT], "next_cursor": "AAZNHvLk3gAAAAAAAAAAKb6yV8f0hR1m3cVtpQ"})

    items: list[DocumentItem]


class DocumentQuery(Listing):
    status: Annotated[DocumentStatus | None, Field(description="Only those in this state.", examples=["failed"])] = None
    q: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Part of title or name.", examples=["refund"])
    ] = None


class ChunkItem(BaseModel):
    model_config = example(_CHUNK)

    id: int
    position: int
    heading: str
    page: int | None
    kind: str
    text: str

    @classmethod
    def of(cls, chunk: DocumentChunk) -> ChunkItem:
        return cls(
            id=chunk.id,
            position=chunk.position,
            heading=chunk.heading,
            page=chunk.page,
            kind=chunk.kind,
            text=chunk.text,
        )


class ChunkPage(Page):
    model_config = example({"items": [_CHUNK], "next_cursor": None})

    items: list[ChunkItem]


class UrlDocument(Strict):
    url: Annotated[str, Field(min_length=1, max_length=2048, examples=["https://example.org/returns"])]
    title: Title | None = None
    audience: Audience = "public"


class TextDocument(Strict):
    title: Annotated[Title, Field(examples=["Opening hours"])]
    text: Annotated[str, Field(min_length=1, examples=["We are open from nine to five, Monday to Saturday."])]
    audience: Audience = "public"


class SearchRequest(Strict):
    model_config = example({"query": "how long can I return a jacket", "limit": 5})

    query: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION)]
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    audience: Audience = "public"


class Hit(BaseModel):
    model_config = example(_HIT)

    document_id: int
    title: str
    heading: str
    page: int | None
    text: str
    score: float = Field(description="Of all legs together; higher is better.")
    dense: float = Field(description="Cosine of the embeddings.")
    words: float = Field(description="BM25 over stemmed words, as a share of the best there could be.")
    characters: float = Field(description="The same over character 4-grams.")
    chunk_id: int

    @classmethod
    def of(cls, passage: Passage) -> Hit:
        return cls(
            document_id=passage.document_id,
            title=passage.title,
            heading=passage.heading,
            page=passage.page,
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
    text: Annotated[str, Field(max_length=MAX_QUESTION)]


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
    audience: Audience = "public"


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
    trace: dict[str, Any] = Field(description="How the answer came about.")

    @classmethod
    def of(cls, answer: Answer) -> AskAnswer:
        sources = [
            SourceItem(document_id=one.document_id, title=one.title, page=one.page, quote=one.quote, url=one.url)
            for one in answer.sources
        ]
        trace = {"mode": answer.mode, "language": answer.language} | answer.trace
        return cls(answer=answer.text, abstained=answer.abstained, sources=sources, trace=trace)
