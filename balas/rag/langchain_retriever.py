"""The search of Balas as LangChain knows it. Imported when it is asked for: LangChain takes a second."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import SkipValidation

from balas.rag.seams import SearchesAsAsked


class PassageRetriever(BaseRetriever):
    """Passages as LangChain documents, best first.

    Metadata: document_id, chunk_id, title, heading, page, rows, position, kind, the scores (score, dense, words,
    characters), and of the whole search `answerable` (0..1) and the question's `language`.
    """

    searches: SkipValidation[SearchesAsAsked]  # a `Retriever`, or the `library` of a runtime
    limit: int = 4
    audiences: frozenset[str] = frozenset({"public"})

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = self.searches.search(query, limit=self.limit, audiences=self.audiences)
        about = {"answerable": found.answerable, "language": found.language}
        return [
            Document(id=str(passage.chunk_id), page_content=passage.text, metadata=fields(asdict(passage)) | about)
            for passage in found.passages
        ]


def fields(passage: dict[str, Any]) -> dict[str, Any]:
    """Without the text, which is the content; plain values, so that a chain can be traced as JSON."""
    plain = passage | {"kind": str(passage["kind"]), "rows": list(passage["rows"])}
    return {name: value for name, value in plain.items() if name != "text"}
