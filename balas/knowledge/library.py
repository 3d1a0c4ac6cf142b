"""What knowledge does for a process: search, answer, and follow the changes in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import func, select

from balas import __version__
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.knowledge import follower, shared_following, sources
from balas.knowledge.addressing import Addresses
from balas.knowledge.follower import Progress
from balas.knowledge.shared_following import PATIENCE_SECONDS, NotWithdrawn
from balas.knowledge.validity import InForce, standing
from balas.models import Document, DocumentStatus
from balas.ports import Reserve, forbid_inside_transaction, unreserved
from balas.rag.embeddings import Embedder
from balas.rag.index import PassageIndex
from balas.rag.question import Question
from balas.rag.seams import Searches
from balas.rag.stores.shared_index import SharedIndex
from balas.values import Answer, Retrieval


class Answers(Protocol):
    """See `balas.rag.chain.AnswerChain`."""

    def answer(self, question: Question, *, reserve: Reserve) -> Answer: ...


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    documents: dict[str, int]  # by status
    version: int  # of the database
    index_version: int | None  # None until the index is opened
    passages: int | None


@dataclass(frozen=True, slots=True)
class _Opened:
    index: PassageIndex
    retriever: Searches


class Library:
    """Cheap to construct: the model and the index are opened with the first use, once, whichever thread comes first.

    `open_index` gets the embedder and the database's lineage: an index of another model or of another database must
    never be taken for this one. `chain` builds what answers, `warm_up` loads what its first answer would, and
    `on_close` gives back what it holds. `open_aside` makes an empty index of the kind that all processes share, to be
    filled beside the one that is searched.
    """

    def __init__(
        self,
        database: Database,
        *,
        open_embedder: Callable[[], Embedder],
        open_index: Callable[[Embedder, str], PassageIndex],
        open_retriever: Callable[[PassageIndex, Embedder], Searches],
        chain: Callable[[Searches, Embedder], Answers],
        open_aside: Callable[[Embedder, str], SharedIndex] | None = None,
        warm_up: Callable[[], None] = lambda: None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._open_embedder = open_embedder
        self._open_index = open_index
        self._open_retriever = open_retriever
        self._open_aside = open_aside
        self._chain = chain
        self.warm_up = warm_up
        self._on_close = on_close
        self._embedder: Embedder | None = None
        self._opened: _Opened | None = None
        self._addresses = Addresses()
        self._opening = threading.Lock()
        self._following = threading.Lock()

    @property
    def embedder(self) -> Embedder:
        """Takes a second the first time. Raises `ModelUnavailable`."""
        if self._embedder is None:
            forbid_inside_transaction("open the embedding model")
            with self._opening:
                if self._embedder is None:
                    self._embedder = self._open_embedder()
        return self._embedder

    def open(self, progress: Progress = lambda done, total: None) -> None:
        """Load the model and bring the index up to date, before the first question would wait for it."""
        self._refreshed(progress)

    def refresh(self) -> None:
        """Catch up with the database; one indexed read when nothing changed."""
        self._refreshed()

    def search(self, query: str, *, limit: int, audiences: frozenset[str], language: str | None = None) -> Retrieval:
        """The best passages of documents for these audiences, as of the latest commit."""
        return self._refreshed().retriever.search(query, limit=limit, audiences=audiences, language=language)

    def answer(self, question: Question, *, reserve: Reserve = unreserved) -> Answer:
        """Raises `ModelUnavailable`, and what `reserve` does."""
        opened = self._refreshed()
        answer = self._chain(opened.retriever, self.embedder).answer(question, reserve=reserve)
        made_with = {"knowledge_version": opened.index.version, "embeddings": self.embedder.name, "balas": __version__}
        return replace(answer, trace=answer.trace | made_with)

    def main_language(self) -> str | None:
        """That of most passages: the best guess for somebody who has not written a word yet."""
        return next(iter(self._refreshed().retriever.languages()), None)

    def reindex(self, progress: Progress = lambda done, total: None) -> None:
        """Build the index anew from the database. A shared one is built aside: searches go on. Else they wait."""
        if self._open_aside is None:
            opened = self._open()
            with self._following:
                self._start_over(opened.index)
                follower.follow(self._database, self.embedder, opened.index, progress)
            return
        aside = self._open_aside(self.embedder, self._lineage())
        try:
            shared_following.rebuild(self._database, self.embedder, aside, progress)
        except BaseException:
            aside.discard()
            raise
        finally:
            aside.close()

    def tidy(self) -> None:
        """Delete for good what searches do not see any more; cheap when there is nothing."""
        index = self._opened.index if self._opened else None
        if isinstance(index, SharedIndex):
            shared_following.tidy(self._database, index)

    def status(self) -> LibraryStatus:
        with reading(self._database) as session:
            by_status = select(Document.status, func.count().label("number")).group_by(Document.status)
            counts = session.execute(by_status.where(Document.deleted_at.is_(None))).all()
            documents = {status.value: 0 for status in DocumentStatus} | {row.status: row.number for row in counts}
            version = sources.version(session)
        index = self._opened.index if self._opened else None
        if isinstance(index, SharedIndex):
            index.refresh()  # raises when the server is away
        return LibraryStatus(documents, version, index.version if index else None, index.count() if index else None)

    def close(self) -> None:
        self._on_close()
        if self._opened is not None:
            self._opened.index.close()
            self._opened = None

    def _refreshed(self, progress: Progress = lambda done, total: None) -> _Opened:
        forbid_inside_transaction("search")
        opened = self._open()
        index = opened.index
        known = standing(self._database)
        is_behind = index.version != known.version
        if is_behind:
            self._follow(index, progress)  # which takes its time
        searches = InForce(opened.retriever, self._database, self._addresses, None if is_behind else known)
        return _Opened(index, searches)

    def _follow(self, index: PassageIndex, progress: Progress) -> None:
        if isinstance(index, SharedIndex):
            self._catch_up(index, progress)
            return
        with self._following:
            if index.version > self._version():  # read anew: it may have grown while we waited
                self._start_over(index)  # the database went back to a backup
            follower.follow(self._database, self.embedder, index, progress)

    def _catch_up(self, index: SharedIndex, progress: Progress) -> None:
        """One thread at a time catches up; others search what is there meanwhile, unless there is nothing yet."""
        waited = PATIENCE_SECONDS if index.version else -1
        if self._following.acquire(timeout=waited):
            try:
                shared_following.catch_up(self._database, self.embedder, index, progress)
            finally:
                self._following.release()

    def _version(self) -> int:
        with reading(self._database) as session:
            return sources.version(session)

    def _lineage(self) -> str:
        with transaction(self._database) as session:
            return sources.lineage(session)

    def _start_over(self, index: PassageIndex) -> None:
        index.clear()
        index.version = 0

    def _open(self) -> _Opened:
        if self._opened is not None:
            return self._opened
        embedder = self.embedder
        with self._opening:
            if self._opened is None:
                index = self._open_index(embedder, self._lineage())
                try:
                    retriever = self._open_retriever(index, embedder)
                    if isinstance(index, SharedIndex):
                        retriever = NotWithdrawn(retriever, self._database)
                    self._opened = _Opened(index, retriever)
                except BaseException:
                    index.close()  # it holds its folder's lock
                    raise
            return self._opened
