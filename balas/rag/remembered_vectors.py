"""Vectors of sentences, kept for the next question about the same passage: making them is most of an answer's work."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SENTENCES = 4_096  # at 384 dimensions 6 MB
QUESTIONS = 256


class SentenceEmbedder(Protocol):
    @property
    def name(self) -> str: ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


class RememberedVectors:
    """An embedder that remembers the texts it was asked for last. Safe for threads; two may embed the same text."""

    def __init__(self, embedder: SentenceEmbedder, sentences: int = SENTENCES, questions: int = QUESTIONS) -> None:
        self._embedder = embedder
        self._sentences = _Recent(sentences)
        self._questions = _Recent(questions)

    @property
    def name(self) -> str:
        return self._embedder.name

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._questions.vectors(texts, self._embedder.embed_queries)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._sentences.vectors(texts, self._embedder.embed_passages)


class _Recent:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def vectors(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        import numpy as np  # noqa: PLC0415 (with the first vector)

        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            # A copy of each row: a view would keep the whole batch alive.
            known |= {text: vector.copy() for text, vector in zip(new, embed(new), strict=True)}
        with self._lock:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts])
