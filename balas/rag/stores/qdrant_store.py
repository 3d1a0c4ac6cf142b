"""The search index in a Qdrant server, shared by all processes. Searches read one generation of it, see `State`.

Dense search is exact here too, and the weights of words are ours (see `frequencies`): so scores and order are those of
the embedded engine. An exact search costs the server about 1 ms of a core for 10,000 passages.
"""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from balas.errors import IndexUnavailable
from balas.rag.stores.edge_store import FORMAT
from balas.rag.stores.frequencies import LEGS, Frequencies
from balas.rag.stores.hybrid_index import Counted, Scores, Whose
from balas.rag.stores.payload import DENSE
from balas.rag.stores.qdrant_points import (
    INTEGERS,
    came_between,
    counted_of,
    one_of,
    part_ids,
    plain,
    point_of,
    seen_in,
    went_between,
    with_field,
)
from balas.rag.stores.qdrant_server import ALIAS, CollectionGone, QdrantServer
from balas.rag.stores.qdrant_state import STATE_POINT, Identity, State, check_identity, fingerprint_of, state_of
from balas.rag.words.lexical import SparseVector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from qdrant_client import models

    from balas.rag.index import IndexEntry

    Vector = NDArray[np.float32] | SparseVector

SHARED_FORMAT = 1  # raise it when `State` or the fields of a point change
BATCH = 128  # passages a request: below the server's 32 MB with 3,072 dimensions
LOOKS = 5
PART_BYTES = 1 << 20


def identity_of(model: str, dimension: int, database: str) -> Identity:
    return {"format": [FORMAT, SHARED_FORMAT], "model": model, "dimension": dimension, "database": database}


class QdrantStore:
    """A `Store`. Reads are of `state.generation`; what is written for the next one is unseen until `write_state`."""

    def __init__(self, server: QdrantServer, identity: Identity) -> None:
        self.server = server
        self.identity = identity
        self.collection: str | None = None  # None while the server has none
        self.state = State(identity)

    # ---- the collection ------------------------------------------------------------------------------------------

    def attach(self) -> None:
        """Use what stands behind the alias now. Raises `IndexUnavailable` for that of another model."""
        for _ in range(LOOKS):
            self.collection, state = self.server.behind_alias(), State(self.identity)
            if self.collection is not None:
                try:
                    state = self.look()
                except CollectionGone:
                    continue  # replaced between the two questions
                check_identity(state.identity, self.identity)
            self.state = state
            return
        raise IndexUnavailable("The alias of the Qdrant index leads nowhere: run balas reindex.")

    def create(self) -> None:
        """A new collection, empty and not behind the alias yet."""
        from qdrant_client import models  # noqa: PLC0415 (takes more than a second)

        name = f"{ALIAS}-{fingerprint_of(self.identity)}-{secrets.token_hex(3)}"
        dense = models.VectorParams(
            size=self.identity["dimension"],
            distance=models.Distance.DOT,
            hnsw_config=models.HnswConfigDiff(m=0),  # no graph: searches are exact
        )
        sparse = {leg: models.SparseVectorParams() for leg in LEGS}
        self.server.call(
            "create a collection",
            lambda client: (
                client.collection_exists(name)
                or client.create_collection(name, vectors_config={DENSE: dense}, sparse_vectors_config=sparse)
            ),
        )
        self.collection = name
        fields = dict.fromkeys(INTEGERS, models.PayloadSchemaType.INTEGER)
        for field, schema in (fields | {"audience": models.PayloadSchemaType.KEYWORD}).items():
            self._call("index a field", "create_payload_index", field_name=field, field_schema=schema, wait=True)
        self.write_state(State(self.identity))

    def look(self) -> State:
        """The state as it is on the server now."""
        records = self._call("read its state", "retrieve", ids=[STATE_POINT], with_payload=True)
        if not records:
            raise CollectionGone("The Qdrant collection is not whole: run balas reindex.")
        return state_of(records[0].payload)

    def identity_in(self, collection: str) -> Identity:
        """Whose a collection is; of one that was never finished, as far as its name tells."""
        other = QdrantStore(self.server, self.identity)
        other.collection = collection
        try:
            return other.look().identity
        except CollectionGone:
            return self.identity if collection.startswith(f"{ALIAS}-{fingerprint_of(self.identity)}-") else {}

    def write_state(self, state: State) -> None:
        """The one write that makes all others seen."""
        self._upsert([self._reserved(STATE_POINT, state.as_payload())])
        self.state = state

    def points(self) -> int:
        """Passages of this generation, counted by the server."""
        number: int = self._call("count", "count", count_filter=seen_in(self.state.generation), exact=True).count
        return number

    # ---- reading one generation ----------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        return self.state.version

    @version.setter
    def version(self, value: int) -> None:
        raise NotImplementedError("a version is published together with its passages")

    def nearest(self, vectors: dict[str, Vector], limit: int, whose: Whose) -> dict[str, Scores]:
        seen = seen_in(self.state.generation, one_of("audience", sorted(whose.audiences)), excluded=whose.excluded)
        return self._scored(vectors, limit, seen)

    def scores(self, leg: str, vector: Vector, chunk_ids: set[int]) -> Scores:
        seen = seen_in(self.state.generation, one_of("chunk_id", sorted(chunk_ids)))
        return self._scored({leg: vector}, len(chunk_ids), seen)[leg]

    def _scored(self, vectors: dict[str, Vector], limit: int, seen: models.Filter) -> dict[str, Scores]:
        from qdrant_client import models  # noqa: PLC0415 (as above)

        exact = models.SearchParams(exact=True)
        requests = [
            models.QueryRequest(
                query=plain(vector),
                using=leg,
                filter=seen,
                limit=limit,
                params=exact if leg == DENSE else None,
                with_payload=["chunk_id"],
            )
            for leg, vector in vectors.items()
        ]
        answers = self._call("search", "query_batch_points", requests=requests)
        return {
            leg: {point.payload["chunk_id"]: point.score for point in answer.points}
            for leg, answer in zip(vectors, answers, strict=True)
        }

    def payloads(self, chunk_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        seen = seen_in(self.state.generation, one_of("chunk_id", list(chunk_ids)))
        found = self._scrolled(seen, tokens=False) if chunk_ids else ()
        return {record.payload["chunk_id"]: record.payload for record in found}

    def counted(self, document_id: int | None = None) -> Iterator[Counted]:
        only = () if document_id is None else (one_of("document_id", [document_id]),)
        return (counted_of(record) for record in self._scrolled(seen_in(self.state.generation, *only), tokens=True))

    def records_of(self, document_ids: Sequence[int]) -> Iterator[models.Record]:
        """The stored passages of these documents, with their tokens."""
        seen = seen_in(self.state.generation, one_of("document_id", list(document_ids)))
        return self._scrolled(seen, tokens=True)

    def _scrolled(self, only: models.Filter, *, tokens: bool) -> Iterator[Any]:
        offset: Any = None
        vectors = list(LEGS) if tokens else False
        while True:
            records, offset = self._call(
                "read", "scroll", scroll_filter=only, limit=BATCH, offset=offset, with_vectors=vectors
            )
            yield from records
            if offset is None:
                return

    # ---- how often words occur -----------------------------------------------------------------------------------

    def load_frequencies(self) -> Frequencies:
        """Of this generation: those kept beside, and what came and went since then."""
        for _ in range(LOOKS):
            base = self.state.saved or 0
            frequencies = self._saved_frequencies()
            if frequencies is not None:
                for passage, came in self.changes(base):
                    (frequencies.add if came else frequencies.remove)(passage.language, passage.legs)
            fresh = self.look() if self.collection is not None else self.state
            if frequencies is not None and fresh.floor <= base:
                return frequencies
            self.state = fresh  # tidied while we read
        raise IndexUnavailable("The Qdrant index changes faster than it can be read: try again in a moment.")

    def changes(self, since: int, upto: int | None = None) -> Iterator[tuple[Counted, bool]]:
        """Passages that came (True) and went (False) after this generation, up to ours. Wrong below the floor."""
        upto = self.state.generation if upto is None else upto
        if since < upto:
            for filter_, came in ((came_between(since, upto), True), (went_between(since, upto), False)):
                for record in self._scrolled(filter_, tokens=True):
                    yield counted_of(record), came

    def _saved_frequencies(self) -> Frequencies | None:
        """None: others are there by now."""
        if self.state.saved is None:
            return Frequencies()
        ids = part_ids(self.state.saved, self.state.parts)
        records = self._call("read frequencies", "retrieve", ids=ids, with_payload=True)
        found = {str(record.id): record.payload["data"] for record in records}
        if set(found) != set(ids):
            return None
        packed = b"".join(base64.b64decode(found[part]) for part in ids)
        return Frequencies.unpacked(zlib.decompress(packed))

    def save_frequencies(self, frequencies: Frequencies) -> int:
        """Keep those of this generation beside it; in how many parts."""
        data = zlib.compress(frequencies.packed(), 1)
        pieces = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
        for part, piece in zip(part_ids(self.state.generation, len(pieces)), pieces, strict=True):
            self._upsert([self._reserved(part, {"data": base64.b64encode(piece).decode()})])
        return len(pieces)

    def drop_frequencies(self, generation: int, parts: int) -> None:
        self._call("delete", "delete", points_selector=part_ids(generation, parts), wait=True)

    # ---- writing the next generation -----------------------------------------------------------------------------

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        generation = self.state.generation + 1
        for start in range(0, len(entries), BATCH):
            self._upsert([point_of(entry, generation) for entry in entries[start : start + BATCH]])

    def delete(self, chunk_ids: Sequence[int]) -> None:
        raise NotImplementedError("passages are retired: searches under way still see them")

    def retire(self, point_ids: Sequence[Any]) -> None:
        """From the next generation on these are not seen; `purge` deletes them."""
        until = {"until": self.state.generation + 1}
        for start in range(0, len(point_ids), BATCH):
            some = list(point_ids[start : start + BATCH])
            self._call("write", "set_payload", payload=until, points=some, wait=True)

    def roll_back(self) -> None:
        """Undo what somebody wrote for a next generation and did not publish."""
        ours = self.state.generation
        self._call("delete", "delete", points_selector=with_field("since", gt=ours), wait=True)
        self._call("write", "delete_payload", keys=["until"], points=with_field("until", gt=ours), wait=True)

    def purge(self) -> None:
        """Delete the passages that are not seen any more."""
        self._call("delete", "delete", points_selector=with_field("until", lte=self.state.generation), wait=True)

    def optimize(self, passages: int) -> None: ...

    def flush(self, frequencies: Frequencies) -> None: ...

    def clear(self) -> None:
        """An empty collection takes the place of this one: who still reads it notices, see `CollectionGone`."""
        replaced = self.server.behind_alias()
        if replaced != self.collection:
            self.attach()  # says so when it is one of another model
            raise CollectionGone("The Qdrant index was replaced by another: try again in a moment.")
        self.create()
        self.server.point_alias(str(self.collection))
        if replaced is not None:
            self.server.drop(replaced)

    def close(self) -> None:
        self.server.close()

    def _reserved(self, point_id: int | str, payload: dict[str, Any]) -> models.PointStruct:
        from qdrant_client import models  # noqa: PLC0415 (as above)

        return models.PointStruct(id=point_id, vector={}, payload=payload)

    def _upsert(self, points: list[models.PointStruct]) -> None:
        self._call("write", "upsert", points=points, wait=True)

    def _call(self, doing: str, method: str, **arguments: Any) -> Any:
        collection = self.collection
        if collection is None:
            raise CollectionGone("Qdrant holds no index yet: it is built with the first start.")
        return self.server.call(doing, lambda client: getattr(client, method)(collection, **arguments))
