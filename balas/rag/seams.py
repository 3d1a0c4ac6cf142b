"""What the chain of answers is given: something that searches, and something that writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from balas.ports import Reserve
from balas.rag.evidence import PASSAGES
from balas.rag.generator import Draft
from balas.rag.question import Question
from balas.values import Passage, Retrieval, Usage, Utterance


class Retriever(Protocol):
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
