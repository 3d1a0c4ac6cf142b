"""A copy of the search index, aside, in which a change can be tried before anybody sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading
from balas.errors import IndexUnavailable
from balas.knowledge import addressing, follower, sources
from balas.knowledge.validity import not_in_force
from balas.ports import forbid_inside_transaction, unreserved
from balas.rag.embeddings import Embedder
from balas.rag.index import IndexEntry, PassageIndex
from balas.rag.measuring.golden import Golden, Result, judged
from balas.rag.question import Question
from balas.rag.stores.scratch import Scratch
from balas.rag.vectors.remembering import RememberingEmbedder
from balas.values import PUBLIC, Answer, Passage, Retrieval, audiences_in

if TYPE_CHECKING:
    from balas.knowledge.library import Answers
    from balas.rag.seams import Searches, SearchOptions

IDLE_SECONDS = 300.0  # then its memory and disk are given back; it is derived anew in a moment

CLOSE_SECONDS = 2.0

Changes = Mapping[int, Sequence[IndexEntry]]
"""Documents by id with the passages they would have; none: as if it were deleted."""
Pay = Callable[["Answers", Question], Answer]
"""Answers by what it is given, and sees to caps and cost."""


@dataclass(frozen=True, slots=True)
class Present:
    """Which documents there are."""

    version: int
    withheld: frozenset[int]  # outside of their period at this moment, live or not

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"version": self.version, "withheld": sorted(self.withheld)}

    def is_of(self, kept: Mapping[str, Any]) -> bool:
        """Was this kept of the same documents?"""
        return self.as_dict().items() <= kept.items()

    def followed(self) -> Present:
        """After one change."""
        return replace(self, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Tools:
    """How an index is opened, searched and answered from; see `balas.bootstrap`."""

    open_embedder: Callable[[], Embedder]
    open_index: Callable[[Path, Embedder], PassageIndex]
    open_retriever: Callable[[PassageIndex, Embedder], Searches]
    quoting: Callable[[Searches, Embedder], Answers]
    writing: Callable[[Searches, Embedder], Answers] | None  # None: no model is configured


@dataclass(frozen=True, slots=True)
class _Opened:
    folder: Scratch
    index: PassageIndex
    embedder: Embedder  # remembers what it embedded

    def close(self) -> None:
        self.index.close()
        self.folder.close()


class Rehearsal:
    """One change at a time is tried in a process; others wait."""

    def __init__(self, database: Database, tools: Tools) -> None:
        self._database = database
        self._tools = tools
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._used_at = 0.0
        self._closing = threading.Event()

    @property
    def embedder(self) -> Embedder:
        return self._tools.open_embedder()

    @property
    def writes(self) -> bool:
        """Whether a model writes answers."""
        return self._tools.writing is not None

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """The present documents, as of the latest commit."""
        forbid_inside_transaction("rehearse")
        with self._lock:
            try:
                yield Stage(*self._present(), self._tools, self._database, self._closing)
            except BaseException:
                self._discard()  # it may hold half a change
                raise
            finally:
                self._used_at = time.monotonic()

    def tidy(self) -> None:
        """Give back what is idle."""
        if self._opened is not None and time.monotonic() - self._used_at > IDLE_SECONDS and self._lock.acquire(False):
            try:
                self._discard()
            finally:
                self._lock.release()

    def close(self) -> None:
        """Whoever asks questions stops at the next one."""
        self._closing.set()
        if self._lock.acquire(timeout=CLOSE_SECONDS):  # else it waits for a model; the folder goes with the process
            try:
                self._discard()
            finally:
                self._lock.release()

    def _present(self) -> tuple[_Opened, Present]:
        if self._opened is None:
            folder = Scratch("rehearsal")
            index = self._tools.open_index(folder.path, self.embedder)
            self._opened = _Opened(folder, index, RememberingEmbedder(self.embedder))
        index = self._opened.index
        with reading(self._database) as session:
            version = sources.version(session)
            withheld = not_in_force(session, clock.now(session), staged=True)
        if index.version > version:  # the database went back to a backup
            index.clear()
            index.version = 0
        if index.version != version:
            follower.follow(self._database, self.embedder, index, progress=lambda done, total: None)
        return self._opened, Present(index.version, withheld)

    def _discard(self) -> None:
        if self._opened is not None:
            opened, self._opened = self._opened, None
            opened.close()


class Stage:
    """What can be asked, before and within a change."""

    def __init__(
        self, opened: _Opened, present: Present, tools: Tools, database: Database, closing: threading.Event
    ) -> None:
        self.present = present  # without the change
        self._closing = closing
        self._index = opened.index
        self._database = database
        self._embedder = opened.embedder
        self._heard = _Heard(tools.open_retriever(self._index, self._embedder), present.withheld, database)
        self._quoting = tools.quoting(self._heard, self._embedder)
        self._writing = tools.writing(self._heard, self._embedder) if tools.writing else None

    def ask(self, golden: Golden, pay: Pay | None = None) -> Result:
        """Quoted, which costs nothing; with `pay` written by the model."""
        if self._closing.is_set():
            raise IndexUnavailable("Balas is stopping: golden questions are asked again after the next start.")
        question = Question((golden.question,), (), audiences_in(golden.audience) | {PUBLIC}, golden.language)
        self._heard.passages.clear()
        if pay is not None and self._writing is not None:
            answer = pay(self._writing, question)
        else:
            answer = self._quoting.answer(question, reserve=unreserved)
        return judged(golden, self._heard.passages, answer)

    @contextmanager
    def changed(self, changes: Changes) -> Iterator[None]:
        """Within it the documents are as they would be."""
        for document_id, entries in changes.items():
            self._index.replace_document(document_id, entries)
        yield
        for document_id, entries in follower.live(self._database, self._embedder, list(changes)).items():
            self._index.replace_document(document_id, entries)


class _Heard:
    """Searches for one golden question: keeps what its first search found, and withholds the same documents from every
    search, so that a period that ends between two questions does not look like a fall."""

    def __init__(self, searches: Searches, withheld: frozenset[int], database: Database) -> None:
        self._searches = searches
        self._withheld = withheld
        self._database = database
        self.passages: list[Passage] = []

    def languages(self) -> Sequence[str]:
        return self._searches.languages()

    def search(
        self,
        query: str,
        *,
        audiences: frozenset[str],
        excluded: frozenset[int] = frozenset(),
        **options: Unpack[SearchOptions],
    ) -> Retrieval:
        withheld = self._withheld | excluded
        found = self._searches.search(query, audiences=audiences, excluded=withheld, **options)
        with reading(self._database) as session:
            found = addressing.located(session, found)
        self.passages += found.passages if not self.passages else ()
        return found
