"""Passages with vectors of numbers alone: for tests of an index that need no model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from balas.rag.index import IndexedDocument, IndexEntry, PreparedQuery, prepare_entry, prepare_query
from balas.values import Chunk

DIMENSION = 32
PUBLIC = frozenset({"public"})


def vector(seed: int) -> NDArray[np.float32]:
    found = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    unit: NDArray[np.float32] = found / np.linalg.norm(found)
    return unit


def plain_entry(
    document_id: int, position: int, text: str, *, version: int = 1, audience: str = "public"
) -> IndexEntry:
    document = IndexedDocument(document_id, version, f"title {document_id}", audience)
    chunk_id = document_id * 1000 + position
    return prepare_entry(Chunk(position, text), document, chunk_id=chunk_id, vector=vector(chunk_id), language="en")


def plain_entries(document_id: int, count: int, *, version: int) -> list[IndexEntry]:
    said = f"edition{version} document{document_id}"
    return [plain_entry(document_id, n, f"{said} passage number {n}", version=version) for n in range(count)]


def asked(text: str, seed: int = 0) -> PreparedQuery:
    return prepare_query(text, vector(seed), ["en"])
