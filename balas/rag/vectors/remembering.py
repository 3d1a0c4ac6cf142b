"""An embedder that embeds a text once: the same questions over nearly the same passages, again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from balas.rag.embeddings import Embedder
from balas.rag.vectors.centre import embed_searches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

KEPT = 20_000  # vectors, some 30 MB of the bundled model


class RememberingEmbedder:
    """Not for threads. When it is full it begins anew."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[tuple[str, str], NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._remembered("query", texts, self._embedder.embed_queries)

    def embed_searches(self, texts: Sequence[str]) -> Vectors:
        return self._remembered("search", texts, lambda new: embed_searches(self._embedder, new))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._remembered("passage", texts, self._embedder.embed_passages)

    def _remembered(self, kind: str, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        import numpy as np  # noqa: PLC0415 (with the first vector)

        if len(self._known) > KEPT:
            self._known.clear()
        new = [text for text in dict.fromkeys(texts) if (kind, text) not in self._known]
        if new:
            self._known.update(zip([(kind, text) for text in new], embed(new), strict=True))
        return np.stack([self._known[kind, text] for text in texts])
