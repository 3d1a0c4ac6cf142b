"""Passages as points of Qdrant, and the filters that tell which of them a search may see."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from balas.rag.stores.frequencies import LEGS
from balas.rag.stores.hybrid_index import Counted
from balas.rag.stores.payload import DENSE, payload_of
from balas.rag.stores.qdrant_state import point_id
from balas.rag.words.lexical import SparseVector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qdrant_client import models

    from balas.rag.index import IndexEntry

INTEGERS = ("document_id", "version", "chunk_id", "since", "until")  # fields with an index, beside the audience


def seen_in(
    generation: int, *conditions: models.FieldCondition, excluded: frozenset[int] = frozenset()
) -> models.Filter:
    """The passages of a generation, but those of the `excluded` documents."""
    from qdrant_client import models  # noqa: PLC0415 (takes more than a second)

    begun = models.FieldCondition(key="since", range=models.Range(lte=generation))
    ended = models.FieldCondition(key="until", range=models.Range(lte=generation))
    withheld = [one_of("document_id", sorted(excluded))] if excluded else []
    return models.Filter(must=[begun, *conditions], must_not=[ended, *withheld])


def came_between(one: int, other: int) -> models.Filter:
    """Those of the other generation that the earlier one had not."""
    from qdrant_client import models  # noqa: PLC0415 (as above)

    begun = models.FieldCondition(key="since", range=models.Range(gt=one, lte=other))
    ended = models.FieldCondition(key="until", range=models.Range(lte=other))
    return models.Filter(must=[begun], must_not=[ended])


def went_between(one: int, other: int) -> models.Filter:
    """Those of the earlier generation that the other one has not."""
    from qdrant_client import models  # noqa: PLC0415 (as above)

    begun = models.FieldCondition(key="since", range=models.Range(lte=one))
    ended = models.FieldCondition(key="until", range=models.Range(gt=one, lte=other))
    return models.Filter(must=[begun, ended])


def with_field(name: str, **bounds: float) -> models.FilterSelector:
    """Points whose field lies within `gt`, `lte`."""
    from qdrant_client import models  # noqa: PLC0415 (as above)

    condition = models.FieldCondition(key=name, range=models.Range(**bounds))
    return models.FilterSelector(filter=models.Filter(must=[condition]))


def one_of(name: str, values: list[Any]) -> models.FieldCondition:
    from qdrant_client import models  # noqa: PLC0415 (as above)

    return models.FieldCondition(key=name, match=models.MatchAny(any=values))


def plain(vector: NDArray[np.float32] | SparseVector) -> Any:
    """A vector as the client takes it."""
    from qdrant_client import models  # noqa: PLC0415 (as above)

    if isinstance(vector, SparseVector):
        return models.SparseVector(indices=vector.indices.tolist(), values=vector.values.tolist())
    return vector.tolist()


def point_of(entry: IndexEntry, generation: int) -> models.PointStruct:
    """A passage that is seen from this generation on."""
    from qdrant_client import models  # noqa: PLC0415 (as above)

    vectors = {DENSE: plain(entry.vector)}
    for leg in LEGS:
        if len(getattr(entry, leg).indices):
            vectors[leg] = plain(getattr(entry, leg))
    payload = payload_of(entry) | {"chunk_id": entry.chunk_id, "since": generation}
    return models.PointStruct(id=point_id(generation, entry.chunk_id), vector=vectors, payload=payload)


def counted_of(record: models.Record) -> Counted:
    vectors: Any = record.vector or {}  # a passage of signs alone has no tokens
    payload = record.payload or {}
    words, characters = (vectors[leg].indices if leg in vectors else [] for leg in LEGS)
    return Counted(payload["chunk_id"], payload["language"], words, characters)


def is_same(record: models.Record, entry: IndexEntry) -> bool:
    """Whether the stored passage is this one: chunks are never changed, but a document may get another title."""
    stored, wanted = record.payload or {}, payload_of(entry)
    return all(stored.get(name) == wanted[name] for name in ("document_id", "version", "title", "audience"))


def part_ids(generation: int, parts: int) -> list[str]:
    """The reserved points that hold a generation's frequencies."""
    return [str(uuid.uuid5(uuid.NAMESPACE_OID, f"frequencies {generation} {part}")) for part in range(parts)]
