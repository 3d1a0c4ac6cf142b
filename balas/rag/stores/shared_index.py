"""One search index for all processes: each follows what the one that writes has published.

Who writes is settled elsewhere, by a lease. Its `fence` is called before each write and raises when the lease is lost.
One race stays: a process that stops for longer than the lease between `fence` and its write may bring a passage back
that was replaced meanwhile. Qdrant has no conditional write in the versions we support; `balas reindex` clears it up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack

from balas.errors import IndexUnavailable
from balas.rag.index import IndexEntry, PreparedQuery, dense_weight
from balas.rag.stores.frequencies import LEGS, Frequencies
from balas.rag.stores.hybrid_index import NO_CENTRE, Counted, HybridIndex
from balas.rag.stores.qdrant_points import counted_of, is_same
from balas.rag.stores.qdrant_server import CollectionGone, open_server
from balas.rag.stores.qdrant_store import QdrantStore, identity_of
from balas.rag.vectors.centre import Centre, centre_of
from balas.values import Passage

TOGETHER = 256  # passages, or documents, written with one request
TIDY_SECONDS = 60.0  # longer than any search
CHANGES_COUNTED = 200  # so many passages, or a tenth, may be counted by each process; then the counts are kept

Fence = Callable[[], None]


class IndexIdentity(TypedDict):
    """Vectors of two models, or documents of two databases, must never meet in one index."""

    model: str
    dimension: int
    database: str


def open_shared_index(url: str, api_key: str | None, **identity: Unpack[IndexIdentity]) -> SharedIndex:
    """The index behind the alias. Raises `IndexUnavailable` for one of another model, database or format."""
    store = QdrantStore(open_server(url, api_key), identity_of(**identity))
    try:
        store.attach()
        return SharedIndex(store, dense_weight(identity["model"]), centre_of(identity["model"], identity["dimension"]))
    except BaseException:
        store.close()
        raise


def open_aside(url: str, api_key: str | None, **identity: Unpack[IndexIdentity]) -> SharedIndex:
    """A new and empty one that no search uses, until it takes over."""
    store = QdrantStore(open_server(url, api_key), identity_of(**identity))
    try:
        store.create()
        return SharedIndex(store, dense_weight(identity["model"]), centre_of(identity["model"], identity["dimension"]))
    except BaseException:
        store.close()
        raise


@dataclass(slots=True)
class Run:
    """What one writer prepares for the next generation."""

    fence: Fence
    waiting: dict[int, Sequence[IndexEntry]] = field(default_factory=dict)  # by document
    came: list[tuple[str, dict[str, list[int]]]] = field(default_factory=list)
    went: list[Counted] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return len(self.came) + len(self.went)

    def is_full(self) -> bool:
        return len(self.waiting) >= TOGETHER or sum(map(len, self.waiting.values())) >= TOGETHER


class SharedIndex(HybridIndex):
    """A `PassageIndex`. What is written is seen by nobody, not even here, until `version` is set or `flush` called."""

    def __init__(self, store: QdrantStore, dense_weight: float, centre: Centre = NO_CENTRE) -> None:
        super().__init__(store, dense_weight, centre)
        self._shared = store
        self._run: Run | None = None
        self._refreshing = threading.RLock()

    # ---- reading -------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Of what is searched here: others may have published more since the last `refresh`."""
        return self._shared.state.version

    @version.setter
    def version(self, value: int) -> None:
        self._publish(value)

    def search(
        self,
        query: PreparedQuery,
        limit: int,
        candidates: int,
        audiences: frozenset[str],
        excluded: frozenset[int] = frozenset(),
    ) -> list[Passage]:
        try:
            return super().search(query, limit, candidates, audiences, excluded)
        except CollectionGone:
            self.reload()  # a reindex has put another collection in its place
        if self.version == 0:
            raise IndexUnavailable("The search index is being built: try again in a moment.")
        return super().search(query, limit, candidates, audiences, excluded)

    def refresh(self) -> None:
        """Follow what has been published since the last time: one small read when nothing was."""
        with self._refreshing:
            if self._shared.collection is None:
                self.reload()
                return
            ours = self._shared.state
            try:
                fresh = self._shared.look()
                if fresh == ours:
                    return
                if fresh.generation < ours.generation or (fresh.saved or 0) > ours.generation:
                    raise CollectionGone("counted from the start")
                changes = list(self._shared.changes(ours.generation, fresh.generation))
                if self._shared.look().floor > ours.generation:
                    raise CollectionGone("tidied while we read")
            except CollectionGone:
                self.reload()
                return
            with self._lock.writing():
                for passage, came in changes:
                    (self._frequencies.add if came else self._frequencies.remove)(passage.language, passage.legs)
                self._shared.state = fresh

    def reload(self) -> None:
        """Look behind the alias and count anew, beside the searches that go on."""
        with self._refreshing:
            new = QdrantStore(self._shared.server, self._shared.identity)
            new.attach()
            frequencies = new.load_frequencies()
            with self._lock.writing():
                self._shared.collection, self._shared.state = new.collection, new.state
                self._frequencies = frequencies

    # ---- writing -------------------------------------------------------------------------------------------------

    def begin(self, fence: Fence = lambda: None) -> None:
        """Become the writer: follow what is published, and undo what another began and did not."""
        self.refresh()
        fence()
        if self._shared.collection is None:
            self._shared.clear()
        else:
            self._shared.roll_back()
        self._run = Run(fence)

    def replace_document(self, document_id: int, entries: Sequence[IndexEntry]) -> None:
        if any(entry.document_id != document_id for entry in entries):
            raise ValueError("an entry belongs to another document")
        run = self._running()
        if document_id in run.waiting:
            self._write(run)
        run.waiting[document_id] = self._centred(entries)
        if run.is_full():
            self._write(run)

    def flush(self) -> None:
        if self._run is not None:
            self._publish(self.version)

    def clear(self) -> None:
        with self._refreshing:
            fence = self._run.fence if self._run else lambda: None
            fence()
            self._shared.clear()
            with self._lock.writing():
                self._frequencies = Frequencies()
            self._run = Run(fence)

    def tidy(self, fence: Fence = lambda: None) -> None:
        """Delete replaced and deleted passages for good, once no search can be reading them any more."""
        self.refresh()
        if not self.is_untidy():
            return
        fence()
        self._keep_frequencies()
        store = self._shared
        store.write_state(replace(store.state, floor=store.state.generation))
        store.purge()
        store.write_state(replace(store.state, retired_at=None))

    def is_untidy(self) -> bool:
        """Clocks of several machines are compared here: a minute is more than they differ by."""
        retired_at = self._shared.state.retired_at
        return retired_at is not None and time.time() - retired_at > TIDY_SECONDS

    def take_over(self) -> None:
        """Stand behind the alias from now on. What stood there, and what broken-off attempts left, is dropped, but
        not the last one of another model: processes that still run with it search it until they are restarted."""
        store = self._shared
        replaced = store.server.behind_alias()
        store.server.point_alias(str(store.collection))
        for name in store.server.collections():
            if name == store.collection:
                continue
            identity = store.identity_in(name)
            is_ours = identity.get("database") == store.identity["database"]
            if is_ours and (name != replaced or identity == store.identity):
                store.server.drop(name)

    def discard(self) -> None:
        """Drop what was built aside and did not take over."""
        if self._shared.collection is not None:
            self._shared.server.drop(self._shared.collection)

    def _running(self) -> Run:
        if self._run is None:
            self.begin()
        assert self._run is not None  # noqa: S101 (for the types)
        return self._run

    def _write(self, run: Run) -> None:
        """Bring the waiting documents to the server. Passages that are there already stay as they are."""
        if not run.waiting:
            return
        run.fence()
        new = {entry.chunk_id: entry for entries in run.waiting.values() for entry in entries}
        retired: list[Any] = []
        for record in self._shared.records_of(list(run.waiting)):
            passage = counted_of(record)
            entry = new.get(passage.chunk_id)
            if entry is not None and is_same(record, entry):
                del new[passage.chunk_id]
            else:
                retired.append(record.id)
                run.went.append(passage)
        self._shared.retire(retired)
        self._shared.upsert(list(new.values()))
        run.came += [
            (entry.language, {leg: getattr(entry, leg).indices.tolist() for leg in LEGS}) for entry in new.values()
        ]
        run.waiting.clear()

    def _publish(self, version: int) -> None:
        run = self._running()
        with self._refreshing:
            self._write(run)
            run.fence()
            old = self._shared.state
            new = replace(
                old,
                generation=old.generation + (1 if run.changed else 0),
                version=version,
                changed=old.changed + run.changed,
                retired_at=time.time() if run.went else old.retired_at,
            )
            self._run = None
            with self._lock.writing():  # the write makes it seen, here with the counts that belong to it
                self._shared.write_state(new)
                for passage in run.went:
                    self._frequencies.remove(passage.language, passage.legs)
                for language, legs in run.came:
                    self._frequencies.add(language, legs)
            if new.changed > max(CHANGES_COUNTED, self.count() // 10):
                self._keep_frequencies()

    def _keep_frequencies(self) -> None:
        store, old = self._shared, self._shared.state
        if old.saved == old.generation:
            return
        parts = store.save_frequencies(self._frequencies)
        store.write_state(replace(old, saved=old.generation, parts=parts, changed=0))
        if old.saved is not None:
            store.drop_frequencies(old.saved, old.parts)
