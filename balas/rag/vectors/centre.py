"""Vectors as the search compares them: without what all texts of their kind have in common.

All of e5's vectors lie in one narrow cone, and those of short texts, of texts in one language or of one kind of
sentence in a narrower one. Without the cone's axis a cosine says more of the subject; see docs/experiments.md.
What SQL keeps are the model's own vectors; an index holds centred ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from balas.rag.embeddings import Embedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

CENTRED_MODEL = "multilingual-e5-small"
MEANS = "e5_means.npy"  # made by evals/fit_centre.py
QUESTIONS_SHARE = 0.8  # of the questions' mean that is taken away; all of the passages' is


@dataclass(frozen=True, slots=True)
class Centre:
    """What is taken from a passage's and from a question's vector; None takes nothing."""

    passages: Vectors | None = None
    questions: Vectors | None = None

    def of_passage(self, vector: Vectors) -> Vectors:
        return vector if self.passages is None else unit(vector - self.passages)

    def of_question(self, vector: Vectors) -> Vectors:
        return vector if self.questions is None else unit(vector - self.questions)


@runtime_checkable
class AsksApart(Protocol):
    """An embedder whose questions for a search are made otherwise than its other vectors."""

    def embed_searches(self, texts: Sequence[str]) -> Vectors: ...


def embed_searches(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    return embedder.embed_searches(texts) if isinstance(embedder, AsksApart) else embedder.embed_queries(texts)


@cache
def centre_of(model: str, dimension: int) -> Centre:
    if model != CENTRED_MODEL:
        return Centre()
    import numpy as np  # noqa: PLC0415 (with the index)

    with files("balas.rag.vectors").joinpath(MEANS).open("rb") as file:
        passages, questions = np.load(file)[:2]
    return Centre(passages, QUESTIONS_SHARE * questions) if len(passages) == dimension else Centre()


def unit(vector: Vectors) -> Vectors:
    length = float((vector @ vector) ** 0.5)
    centred: Vectors = vector / (length + 1e-12)
    return centred
