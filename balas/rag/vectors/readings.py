"""How much of a question has its counterpart in a sentence, piece by piece.

One vector for a whole question and one for a whole sentence blur what either speaks of. Here each piece of the
question looks for the piece of the sentence that means most nearly the same, in whatever language, spelling or
inflection; what is rare in all languages' texts counts most, so that no list of function words is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

MEANS = "e5_means.npy"  # with those of whole texts, see `centre`; made by evals/fit_centre.py
COMMON = 4.0  # a piece this usual, as "," or "the" are, counts next to nothing
LEAST = 0.3


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's vector, and of each of its pieces the vector in its place (half floats) and how rare it is."""

    vector: Vectors
    pieces: NDArray[np.float16]
    rarity: Vectors


class Likeness(NamedTuple):
    cosine: float
    met: float  # how much of the question has its counterpart


class Compares(Protocol):
    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...


@runtime_checkable
class ReadsPieces(Protocol):
    """An embedder that can say more of a text than one vector."""

    def read_queries(self, texts: Sequence[str]) -> list[Reading]: ...

    def read_passages(self, texts: Sequence[str]) -> list[Reading]: ...


def compared(embedder: Compares, question: str, sentences: Sequence[str]) -> list[Likeness]:
    """The question with each of the sentences. `met` is 0 where the embedder does not read pieces."""
    if isinstance(embedder, ReadsPieces):
        (asked,) = embedder.read_queries([question])
        read = embedder.read_passages(sentences)
        return [
            Likeness(float(one.vector @ asked.vector), share) for one, share in zip(read, met(asked, read), strict=True)
        ]
    cosines = (embedder.embed_passages(sentences) @ embedder.embed_queries([question])[0]).tolist()
    return [Likeness(cosine, 0.0) for cosine in cosines]


def met(question: Reading, sentences: Sequence[Reading]) -> list[float]:
    """For each sentence the mean of the best cosines of the question's pieces."""
    import numpy as np  # noqa: PLC0415 (with the first reading)

    of_sentences, of_questions = _means()
    asked = _centred(question.pieces, of_questions)
    weights = np.maximum(question.rarity - COMMON, LEAST)
    if not len(asked):
        return [0.0] * len(sentences)
    shares = []
    for sentence in sentences:
        said = _centred(sentence.pieces, of_sentences)
        best = (asked @ said.T).max(axis=1) if len(said) else np.zeros(len(asked))
        shares.append(float(best @ weights / weights.sum()))
    return shares


def _centred(pieces: NDArray[np.float16], mean: Vectors) -> Vectors:
    import numpy as np  # noqa: PLC0415 (as above)

    moved = pieces.astype(np.float32) - mean
    unit: Vectors = moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-12)
    return unit


@cache
def _means() -> tuple[Vectors, Vectors]:
    import numpy as np  # noqa: PLC0415 (as above)

    with files("balas.rag.vectors").joinpath(MEANS).open("rb") as file:
        means = np.load(file)
    return means[2], means[3]
