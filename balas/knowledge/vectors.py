"""Vectors as SQL keeps them: by the content they stand for and the model that made them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from balas.database.engine import Database
from balas.database.insertions import insert_once
from balas.database.session import reading, transaction
from balas.models import Vector
from balas.ports import forbid_inside_transaction
from balas.rag.embeddings import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

BATCH_TEXTS = 32  # embedded between two looks at the lease: a second or two of the bundled model
HASHES_A_QUERY = 500
FLOAT_BYTES = 2

Advance = Callable[[int, int], None]
"""Told after each batch: how many of how many are done. May raise to stop."""


def content_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def embed_missing(
    database: Database, embedder: Embedder, texts: Mapping[str, str], advance: Advance = lambda done, total: None
) -> None:
    """Embed and keep those texts, given by content hash, whose vector of this model is not there yet.

    Raises `ModelUnavailable` or `ModelRejected`; what was embedded until then is kept.
    """
    forbid_inside_transaction("embed")
    size = size_of(embedder)
    with reading(database) as session:
        missing = absent(session, embedder.name, size, texts)
    # Neighbours of one length make full batches; the bundled model pads to the longest.
    missing.sort(key=lambda key: len(texts[key]))
    for start in range(0, len(missing), BATCH_TEXTS):
        keys = missing[start : start + BATCH_TEXTS]
        vectors = embedder.embed_passages([texts[key] for key in keys])
        with transaction(database) as session:
            keep(session, embedder.name, keys, vectors)
        advance(start + len(keys), len(missing))


def size_of(embedder: Embedder) -> int:
    """Bytes of a kept vector. A server may answer for one model's name with longer or shorter ones than it did."""
    return embedder.dimension * FLOAT_BYTES


def absent(session: Session, model: str, size: int, hashes: Collection[str]) -> list[str]:
    """The hashes, each once, that have no vector of this model and size."""
    wanted = list(dict.fromkeys(hashes))
    known: set[str] = set()
    for start in range(0, len(wanted), HASHES_A_QUERY):
        slice_ = wanted[start : start + HASHES_A_QUERY]
        found = select(Vector.content_hash).where(Vector.model == model, Vector.content_hash.in_(slice_))
        known.update(session.scalars(found.where(func.length(Vector.data) == size)))
    return [key for key in wanted if key not in known]


def keep(session: Session, model: str, hashes: list[str], vectors: Vectors) -> None:
    rows = [
        {"content_hash": key, "model": model, "data": vector.astype("<f2").tobytes()}
        for key, vector in zip(hashes, vectors, strict=True)
    ]
    other = (Vector.model == model, Vector.content_hash.in_(hashes))
    session.execute(delete(Vector).where(*other, func.length(Vector.data) != FLOAT_BYTES * vectors.shape[1]))
    insert_once(session, Vector, rows)


def packed(vector: NDArray[np.float32]) -> bytes:
    return vector.astype("<f2").tobytes()


def unpacked(data: bytes) -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415 (loaded with the index, not with the web process)

    vector: NDArray[np.float32] = np.frombuffer(data, "<f2").astype(np.float32)
    return vector
