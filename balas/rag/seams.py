"""What answering is given: something that searches, and something that writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypedDict

from balas.ports import Reserve
from balas.rag.evidence import PASSAGES
from balas.rag.generator import Draft
from balas.rag.question import Question
from balas.values import Passage, Retrieval, Usage, Utterance


class SearchOptions(TypedDict, total=False):
    """What a search may be given beside whom it is for: handed on as it is by those that only leave documents out."""

    limit: int
    language: str | None
    extra: Sequence[str]


class Searches(Protocol):
    """One index, searched: `balas.rag.retriever.Retriever`, or what wraps it to leave documents out."""

    def search(
        self,
        query: str,
        *,
        limit: int = PASSAGES,
        audiences: frozenset[str],
        language: str | None = None,
        extra: Sequence[str] = (),
        excluded: frozenset[int] = frozenset(),
    ) -> Retrieval: ...

    def languages(self) -> Sequence[str]:
        """Those of the documents, the most common first."""
        ...


class SearchesAsAsked(Protocol):
    """The least of it, for callers outside: also the `library` of a runtime, which opens and follows its index and
    decides itself which documents are left out."""

    def search(self, query: str, *, limit: int, audiences: frozenset[str]) -> Retrieval: ...


class Writer(Protocol):
    """What writes answers; see `generator.Generator`."""

    model: str

    def generate(
        self,
        question: Question,
        passages: Sequence[Passage],
        language: str,
        *,
        unfit: Callable[[str], str | None],
        reserve: Reserve,
    ) -> Draft: ...

    def rewrite(self, question: str, history: Sequence[Utterance], *, reserve: Reserve) -> tuple[str, Usage]: ...
