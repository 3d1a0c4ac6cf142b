"""Vectors of sentences, kept for the next question about the same passage: making them is most of an answer's work."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

from balas.rag.vectors.readings import Reading, ReadsPieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Kept = TypeVar("Kept")

SENTENCES = 4_096  # at 384 dimensions 6 MB
QUESTIONS = 256
READ = 1_024  # sentences with their pieces: at forty pieces of 384 half floats each 32 MB


class SentenceEmbedder(Protocol):
    @property
    def name(self) -> str: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


@runtime_checkable
class ReadingEmbedder(SentenceEmbedder, ReadsPieces, Protocol):
    """One that can say more of a text than one vector."""


class RememberedVectors:
    """An embedder that remembers the texts it was asked for last. Safe for threads; two may embed the same text."""

    def __init__(self, embedder: SentenceEmbedder, sentences: int = SENTENCES, questions: int = QUESTIONS) -> None:
        self._embedder = embedder
        self._sentences: _Recent[Vectors] = _Recent(sentences)
        self._questions: _Recent[Vectors] = _Recent(questions)

    @property
    def name(self) -> str:
        return self._embedder.name

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return _stacked(self._questions.of(texts, lambda new: _rows(self._embedder.embed_queries(new))))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return _stacked(self._sentences.of(texts, lambda new: _rows(self._embedder.embed_passages(new))))


class RememberedReadings(RememberedVectors):
    """The same of an embedder that reads texts piece by piece."""

    def __init__(self, embedder: ReadingEmbedder, readings: int = READ) -> None:
        super().__init__(embedder)
        self._reader = embedder
        self._read_sentences = _Recent[Reading](readings)
        self._read_questions = _Recent[Reading](QUESTIONS)

    def read_queries(self, texts: Sequence[str]) -> list[Reading]:
        return self._read_questions.of(texts, self._reader.read_queries)

    def read_passages(self, texts: Sequence[str]) -> list[Reading]:
        return self._read_sentences.of(texts, self._reader.read_passages)


def remembered(embedder: SentenceEmbedder) -> RememberedVectors:
    return RememberedReadings(embedder) if isinstance(embedder, ReadingEmbedder) else RememberedVectors(embedder)


def _rows(vectors: Vectors) -> Iterator[Vectors]:
    """A copy of each: a view would keep the whole batch alive."""
    return (vector.copy() for vector in vectors)


def _stacked(vectors: Sequence[Vectors]) -> Vectors:
    import numpy as np  # noqa: PLC0415 (with the first vector)

    return np.stack(vectors)


class _Recent(Generic[Kept]):
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], make: Callable[[Sequence[str]], Iterable[Kept]]) -> list[Kept]:
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= dict(zip(new, make(new), strict=True))
        with self._lock:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return [known[text] for text in texts]
