"""The JSON of documents and their passages. Each model carries its example."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from balas.api.gate_schemas import GateItem
from balas.api.parameters import Audiences, Category, GivenAudience, Listing, TermsFields
from balas.api.schemas import Page, example
from balas.models import Document, DocumentChunk, DocumentStatus, GateReport

_DOCUMENT = {
    "id": 4,
    "title": "Returns and refunds",
    "name": "returns.pdf",
    "source": "file",
    "file_type": "pdf",
    "size": 48213,
    "language": None,
    "audience": "public",
    "category": "orders",
    "valid_from": None,
    "valid_until": "2027-01-01T00:00:00Z",
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
    "rows": [],
    "kind": "text",
    "text": "Goods may be returned within 30 days of delivery.",
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
    language: str | None = Field(description="ISO 639-1, where the document states it.")
    audience: str = Field(description="Who it is for: names separated by commas; `public` is everybody.")
    category: str | None
    valid_from: datetime | None = Field(description="Searches find it from this moment on; null: from the beginning.")
    valid_until: datetime | None = Field(
        description="From this moment on searches do not find it any more; null: no end."
    )
    status: str = Field(description="`received`, `indexing`, `indexed` or `failed`; meanwhile `live_version` answers.")
    progress: float = Field(description="0 to 1.")
    phase: str | None = Field(description="What is being done, in plain words.")
    error: str | None = Field(description="Why it failed or waits, and what to do.")
    warnings: list[str]
    pages: int | None
    chunks: int = Field(description="Passages of the live version.")
    version: int = Field(description="Version of the content that was handed in last.")
    live_version: int | None = Field(description="The version that searches see; null: none yet.")
    previous_version: int | None = Field(description="What a rollback brings back; null: nothing.")
    gate: GateItem | None = Field(description="Golden questions that fell by its last change; null: none did.")
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
            "category": document.category,
            "valid_from": document.valid_from,
            "valid_until": document.valid_until,
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

    documents: int = Field(description="How many documents it became: one per line of a `.jsonl` file, else 1.")

    @classmethod
    def first_of(cls, document: Document, documents: int) -> DocumentAccepted:
        return cls(**cls.fields_of(document), documents=documents)


class DocumentPage(Page):
    model_config = example({"items": [_DOCUMENT], "next_cursor": "AAZNHvLk3gAAAAAAAAAAKb6yV8f0hR1m3cVtpQ"})

    items: list[DocumentItem]


class DocumentQuery(Listing):
    status: Annotated[DocumentStatus | None, Field(description="Only those in this state.", examples=["failed"])] = None
    category: Category | None = None
    q: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Part of title or name.", examples=["refund"])
    ] = None


class ChunkItem(BaseModel):
    model_config = example(_CHUNK)

    id: int
    position: int
    heading: str
    page: int | None
    rows: list[int] = Field(description="Row numbers of a sheet: one for each line of the text, or one for all of it.")
    kind: str
    text: str

    @classmethod
    def of(cls, chunk: DocumentChunk) -> ChunkItem:
        return cls(
            id=chunk.id,
            position=chunk.position,
            heading=chunk.heading,
            page=chunk.page,
            rows=chunk.row_numbers or [],
            kind=chunk.kind,
            text=chunk.text,
        )


class ChunkPage(Page):
    model_config = example({"items": [_CHUNK], "next_cursor": None})

    items: list[ChunkItem]


class UrlDocument(TermsFields):
    url: Annotated[str, Field(min_length=1, max_length=2048, examples=["https://example.org/returns"])]
    title: Title | None = None
    audience: GivenAudience = None


class TextDocument(TermsFields):
    title: Annotated[Title, Field(examples=["Opening hours"])]
    text: Annotated[str, Field(min_length=1, examples=["We are open from nine to five, Monday to Saturday."])]
    audience: GivenAudience = None


class DocumentChange(TermsFields):
    """A field that is left out stays as it is; null removes its value."""

    model_config = example({"audience": "parents,staff", "category": "fees", "valid_until": "2026-12-31"})

    audience: Audiences | None = None
