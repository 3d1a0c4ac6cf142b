"""The embedded vector engine: one qdrant-edge shard in a directory that belongs to this process.

Dense search scans all vectors: at 100,000 passages 7 ms, exact. From `LARGE` passages on it scans bytes and weighs the
best again by floats: 2.4 ms, 0.998 of the true ten. A graph would take 84 s of a core to build, and lose more.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from balas.errors import IndexUnavailable
from balas.rag.index import dense_weight
from balas.rag.stores.edge_folder import check_room, hold
from balas.rag.stores.frequencies import Frequencies
from balas.rag.stores.hybrid_index import Counted, HybridIndex, Scores, Whose
from balas.rag.stores.payload import DENSE, payload_of
from balas.rag.vectors.centre import centre_of
from balas.rag.words.lexical import SparseVector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from balas.rag.index import IndexEntry

    Vector = NDArray[np.float32] | SparseVector

FORMAT = 4  # raise it when what is stored, or how tokens are made, changes: old directories are then derived again
BATCH = 512
SEARCH_THREADS = 1  # the calling one: handing over costs more than a search of some thousand
LARGE = 50_000
GROWN = 1.2  # how often its size at the last optimising a large index grows before the next
OVERSAMPLING = 2.0
AUDIENCES_COUNTED = 100


def open_edge_index(directory: Path, *, model: str, dimension: int, lineage: str = "") -> HybridIndex:
    """The index in this directory. One of another model, database or format is emptied: its version is 0 again."""
    store = EdgeStore(directory, model=f"{model} of {lineage}" if lineage else model, dimension=dimension)
    return HybridIndex(store, dense_weight(model), centre_of(model, dimension), store.optimize)


@contextlib.contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the engine raises nothing narrower
        raise IndexUnavailable(
            f"The search index failed to {doing}: {error}. It can be rebuilt: balas reindex."
        ) from error


def edge_config(dimension: int) -> Any:
    import qdrant_edge as edge  # noqa: PLC0415 (35 MB; only the process that searches needs it)

    dense = edge.EdgeVectorParams(
        size=dimension,
        distance=edge.Distance.Dot,
        quantization_config=edge.ScalarQuantizationConfig(edge.ScalarType.Int8, quantile=0.999, always_ram=True),
        hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10, max_indexing_threads=1),
    )
    words = edge.EdgeSparseVectorParams(memory=edge.Memory.Cached)
    return edge.EdgeConfig(
        vectors={DENSE: dense},
        sparse_vectors={"words": words, "characters": words},
        max_search_threads=SEARCH_THREADS,
    )


class EdgeStore:
    """A `Store` over qdrant-edge. The caller sees to it that writes are alone."""

    def __init__(self, directory: Path, *, model: str, dimension: int) -> None:
        self._directory = directory
        self._shard_path = directory / "shard"
        self._frequencies_path = directory / "frequencies.npz"
        self._state_path = directory / "state.json"
        self._dimension = dimension
        self._identity = {"format": FORMAT, "model": model, "dimension": dimension}
        self._version = 0
        self._removed = 0
        self._optimized_at = 0
        self._present: frozenset[str] | None = None
        self._lock = hold(directory)
        try:
            if self._state().get("identity") != self._identity:
                self._erase()
            self._shard = self._opened()
        except BaseException:
            os.close(self._lock)
            raise

    def _state(self) -> dict[str, Any]:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            state: dict[str, Any] = json.loads(self._state_path.read_text("utf-8"))
            return state
        return {}

    def _write_state(self, version: int) -> None:
        new = self._state_path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"identity": self._identity, "version": version}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._state_path)
        self._version = version

    def _erase(self) -> None:
        self._state_path.unlink(missing_ok=True)
        self._frequencies_path.unlink(missing_ok=True)
        if self._shard_path.exists():
            shutil.rmtree(self._shard_path)

    def _opened(self) -> Any:
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        check_room(self._directory)
        config = edge_config(self._dimension)
        if state := self._state():
            try:
                shard = edge.EdgeShard.load(str(self._shard_path), config)
                self._version = int(state.get("version", 0))
                return shard
            except Exception as error:  # noqa: BLE001 (the engine raises nothing narrower)
                structlog.get_logger().warning("index_unreadable", directory=str(self._directory), error=str(error))
                self._erase()  # derived: with version 0 the caller fills it again
        if self._shard_path.exists():  # created, but killed before that was written down
            shutil.rmtree(self._shard_path)
        with engine_errors("open"):
            shard = edge.EdgeShard.create(str(self._shard_path), config)
            indexed = {"document_id": edge.PayloadSchemaType.Integer, "audience": edge.PayloadSchemaType.Keyword}
            for field, schema in indexed.items():
                shard.update(edge.UpdateOperation.create_field_index(field, schema))
            shard.flush()
        self._write_state(0)
        return shard

    @property
    def version(self) -> int:
        """As it was written down; nobody else writes while we hold the folder."""
        return self._version

    @version.setter
    def version(self, value: int) -> None:
        self._write_state(value)

    def nearest(self, vectors: dict[str, Vector], limit: int, whose: Whose) -> dict[str, Scores]:
        only = self._allowed(whose)
        return {leg: self._query(leg, vector, limit, only) for leg, vector in vectors.items()}

    def _allowed(self, whose: Whose) -> Any:
        """The filter to what may be seen; None where that is everything, which saves the engine a third of the time."""
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        if self._present is None:
            with engine_errors("count"):
                facet = self._shard.facet(edge.FacetRequest(key="audience", limit=AUDIENCES_COUNTED, exact=True))
            self._present = frozenset(str(hit.value) for hit in facet.hits)
        must: Any = None
        must_not: Any = None
        if not self._present <= whose.audiences or len(self._present) == AUDIENCES_COUNTED:  # may be cut off
            must = [edge.FieldCondition(key="audience", match=edge.MatchAny(sorted(whose.audiences)))]
        if whose.excluded:
            must_not = [edge.FieldCondition(key="document_id", match=edge.MatchAny(sorted(whose.excluded)))]
        return edge.Filter(must=must, must_not=must_not) if must or must_not else None

    def scores(self, leg: str, vector: Vector, chunk_ids: set[int]) -> Scores:
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        return self._query(leg, vector, len(chunk_ids), edge.Filter(must=[edge.HasIdCondition(set(chunk_ids))]))

    def _query(self, leg: str, vector: Vector, limit: int, only: Any) -> Scores:
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        nearest = edge.Query.Nearest(plain(vector), using=leg)
        exactly = edge.QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
        params = edge.SearchParams(quantization=exactly) if leg == DENSE else None
        with engine_errors("search"):
            points = self._shard.query(edge.QueryRequest(limit=limit, query=nearest, filter=only, params=params))
        return {point.id: point.score for point in points}

    def payloads(self, chunk_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        with engine_errors("read"):
            records = self._shard.retrieve(list(chunk_ids), with_payload=True, with_vector=False)
        return {record.id: record.payload for record in records}

    def counted(self, document_id: int | None = None) -> Iterator[Counted]:
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        only = None
        if document_id is not None:
            only = edge.Filter(must=[edge.FieldCondition(key="document_id", match=edge.MatchValue(document_id))])
        offset = None
        while True:
            request = edge.ScrollRequest(
                limit=BATCH,
                offset=offset,
                filter=only,
                with_payload=["language"],
                with_vector=["words", "characters"],
            )
            with engine_errors("read"):
                records, offset = self._shard.scroll(request)
            for record in records:
                vector = record.vector
                yield Counted(
                    record.id, record.payload["language"], vector["words"].indices, vector["characters"].indices
                )
            if offset is None:
                return

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        for start in range(0, len(entries), BATCH):
            self._changing()
            points = [point_of(entry) for entry in entries[start : start + BATCH]]
            with engine_errors("write"):
                self._shard.update(edge.UpdateOperation.upsert_points(points))

    def delete(self, chunk_ids: Sequence[int]) -> None:
        import qdrant_edge as edge  # noqa: PLC0415 (as above)

        if not chunk_ids:
            return
        self._changing()
        self._removed += len(chunk_ids)
        with engine_errors("delete"):
            self._shard.update(edge.UpdateOperation.delete_points(list(chunk_ids)))

    def _changing(self) -> None:
        """What was derived from the passages holds no more."""
        check_room(self._directory)
        self._frequencies_path.unlink(missing_ok=True)
        self._present = None

    def load_frequencies(self) -> Frequencies | None:
        return Frequencies.load(self._frequencies_path) if self._frequencies_path.is_file() else None

    def optimize(self, passages: int) -> None:
        if self._removed <= max(1000, passages // 5) and passages <= max(LARGE, self._optimized_at * GROWN):
            return
        with engine_errors("optimize"):
            self._shard.optimize()  # frees what deleted passages hold, and makes bytes of many vectors
        self._removed, self._optimized_at = 0, passages

    def flush(self, frequencies: Frequencies) -> None:
        with engine_errors("flush"):
            self._shard.flush()
        if not self._frequencies_path.is_file():
            frequencies.save(self._frequencies_path)

    def clear(self) -> None:
        with engine_errors("close"):
            self._shard.close()
        self._erase()
        self._present = None
        self._shard = self._opened()

    def close(self) -> None:
        with engine_errors("close"):
            self._shard.close()
        os.close(self._lock)


def plain(vector: Vector) -> Any:
    """A vector as the engine takes it."""
    import qdrant_edge as edge  # noqa: PLC0415 (as above)

    if isinstance(vector, SparseVector):
        return edge.SparseVector(vector.indices.tolist(), vector.values.tolist())
    return vector.tolist()


def point_of(entry: IndexEntry) -> Any:
    import qdrant_edge as edge  # noqa: PLC0415 (as above)

    vectors = {DENSE: plain(entry.vector), "words": plain(entry.words), "characters": plain(entry.characters)}
    return edge.Point(entry.chunk_id, vectors, payload_of(entry))
