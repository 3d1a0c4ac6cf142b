"""Fit the constants of `balas/rag/answerability.py`: `python evals/fit_answerability.py FOLDER`.

FOLDER holds sets as `balas eval` takes them, one folder each. Every question is asked as it is and, in a set whose
questions all have an answer, once more without its documents. The logistic is fitted on every second question of all
sets together; reported is the area under the curve on the other half, and on each set when it is fitted on the rest.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from balas.knowledge.evaluation import AUDIENCE, Asked, Memory
from balas.rag.answerability import COMPARED, WEIGHTS, signals
from balas.rag.closeness import Closeness, reranked
from balas.rag.edge_store import open_edge_index
from balas.rag.embedded_model import EmbeddedModel
from balas.rag.evaluation import EvaluationSet, Row, auroc, read_set
from balas.rag.index import BUNDLED_DENSE_WEIGHT, PassageIndex, prepare_query
from balas.rag.language import detect

NAMES = list(WEIGHTS)
REAL_WEIGHT = 2.0  # a set of real messages out of scope counts for two made by withholding
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
Floats = NDArray[np.float64]


@dataclass
class Samples:
    name: str
    values: Floats  # [n, signals]
    labels: Floats  # 1 = the answer is there
    questions: NDArray[np.int64]  # which question a sample is of: halves are cut between questions
    weight: float

    def picked(self, chosen: NDArray[np.bool_]) -> Samples:
        return Samples(self.name, self.values[chosen], self.labels[chosen], self.questions[chosen], self.weight)


class Collector:
    def __init__(self, evaluated: EvaluationSet, index: PassageIndex, model: EmbeddedModel) -> None:
        self._set, self._index, self._model = evaluated, index, model
        self._asked = Asked(evaluated, index, model, Memory(model, lambda *_: None))

    def samples(self, name: str) -> Samples:
        self._asked.fill()
        withholds = all(self._set.is_answerable(query) for query in self._set.queries)
        rows: list[tuple[list[float], bool, int]] = []
        for number, query in enumerate(self._set.queries):
            rows.append((self._signals(query), self._set.is_answerable(query), number))
            if withholds:
                with self._asked.withheld(query):
                    rows.append((self._signals(query), False, number))
        values, labels, questions = zip(*rows, strict=True)
        weight = 1.0 if withholds else REAL_WEIGHT
        return Samples(name, np.array(values), np.array(labels, float), np.array(questions), weight)

    def _signals(self, query: Row) -> list[float]:
        spoken = self._index.languages()[:3]
        language = detect(query.text, None, spoken)
        prepared = prepare_query(query.text, self._model.embed_queries([query.text])[0], (language, *spoken))
        found = self._index.search(prepared, COMPARED, COMPARED, frozenset({AUDIENCE}))
        found, sentence = reranked(found, Closeness(query.text, self._index.information))
        values = signals(found, sentence, BUNDLED_DENSE_WEIGHT)
        return [values[name] for name in NAMES]


def fitted(sets: list[Samples], ridge: float = 1e-3) -> tuple[Floats, float]:
    """Weights and intercept by Newton's method. Each set, and in it each of the two kinds, counts the same."""
    values = np.concatenate([s.values for s in sets])
    labels = np.concatenate([s.labels for s in sets])
    shares = [np.where(s.labels == 1, 1 / s.labels.sum(), 1 / (1 - s.labels).sum()) * s.weight for s in sets]
    weights = np.concatenate(shares) * 50
    center, spread = np.average(values, axis=0, weights=weights), values.std(axis=0)
    inputs = np.c_[(values - center) / spread, np.ones(len(values))]
    penalty = np.diag([ridge] * len(NAMES) + [0.0])
    found = np.zeros(len(NAMES) + 1)
    for _ in range(100):
        chances = 1 / (1 + np.exp(-inputs @ found))
        slope = inputs.T @ (weights * (chances - labels)) + penalty @ found
        curve = (inputs * (weights * chances * (1 - chances))[:, None]).T @ inputs + penalty
        step = np.linalg.solve(curve, slope)
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    scaled = found[:-1] / spread
    return scaled, float(found[-1] - scaled @ center)


def area(samples: Samples, weights: Floats) -> float:
    scores = samples.values @ weights
    found = auroc(scores[samples.labels == 1].tolist(), scores[samples.labels == 0].tolist())
    return found if found is not None else float("nan")


def refused(samples: Samples, weights: Floats, intercept: float) -> str:
    """For each threshold: answerable questions refused / unanswerable ones caught."""
    chances = 1 / (1 + np.exp(-(samples.values @ weights + intercept)))
    wrong, right = chances[samples.labels == 1], chances[samples.labels == 0]
    return "  ".join(f"{t}: {(wrong < t).mean():.2f}/{(right < t).mean():.2f}" for t in THRESHOLDS)


def main(folder: Path) -> None:
    model = EmbeddedModel()
    collected: list[Samples] = []
    for directory in sorted(path for path in folder.iterdir() if (path / "queries.jsonl").is_file()):
        with tempfile.TemporaryDirectory() as temporary:
            index = open_edge_index(Path(temporary), model=model.name, dimension=model.dimension)
            collected.append(Collector(read_set(directory), index, model).samples(directory.name))
            index.close()
        print(f"{directory.name}: {len(collected[-1].labels)} samples", flush=True)
    weights, intercept = fitted([s.picked(s.questions % 2 == 0) for s in collected])
    print("\nset: area on the other half; fitted without this set; refused/caught at thresholds")
    halves, others = [], []
    for samples in collected:
        half = samples.picked(samples.questions % 2 == 1)
        rest, _ = fitted([s for s in collected if s is not samples])
        halves.append(area(half, weights))
        others.append(area(samples, rest))
        print(f"{samples.name:16s} {halves[-1]:.3f}  {others[-1]:.3f}  {refused(half, weights, intercept)}")
    print(f"{'mean':16s} {np.mean(halves):.4f} {np.mean(others):.4f}")
    print(
        f"\nINTERCEPT = {intercept:.2f}\nWEIGHTS =",
        {n: round(float(w), 2) for n, w in zip(NAMES, weights, strict=True)},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
