"""An embedder as LangChain knows it. Imported when it is asked for: LangChain takes a second."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from balas.rag.embeddings import Embedder


class EmbedderEmbeddings(Embeddings):
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = self._embedder.embed_passages(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        row: list[float] = self._embedder.embed_queries([text])[0].tolist()
        return row
