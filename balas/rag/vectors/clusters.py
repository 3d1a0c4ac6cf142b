"""Questions of one meaning found together: average linkage, one question after the other, the same in every run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

from balas.rag.embeddings import spread

# On the average with the questions of a cluster, from which one belongs to it; by the bundled model. Nine of ten
# rewordings in six languages reach it, and a fifth of the questions made to be mistaken: a person looks at each gap.
COSINE = 0.95


class Clusters:
    """Unit vectors by cluster id."""

    def __init__(self, model: str, members: Iterable[tuple[int, int, Vector]]) -> None:
        """`members`: cluster, question and its vector, in the order in which they came."""
        self._threshold = 1 - (1 - COSINE) * spread(model)
        self._members: dict[int, dict[int, Vector]] = {}
        self._sums: dict[int, Vector] = {}
        for cluster, question, vector in members:
            self.put(cluster, question, vector)

    def nearest(self, vector: Vector) -> int | None:
        """The cluster that the question belongs to; None: it begins one."""
        best, closest = None, self._threshold
        for cluster, total in self._sums.items():
            average = float(vector @ total) / len(self._members[cluster])
            if average > closest:
                best, closest = cluster, average
        return best

    def put(self, cluster: int, question: int, vector: Vector) -> None:
        self._members.setdefault(cluster, {})[question] = vector
        self._sums[cluster] = self._sums[cluster] + vector if cluster in self._sums else vector.copy()

    def closeness(self, cluster: int) -> dict[int, float]:
        """How near each question is to all of its cluster, itself included."""
        total, members = self._sums[cluster], self._members[cluster]
        return {question: round(float(vector @ total) / len(members), 5) for question, vector in members.items()}
