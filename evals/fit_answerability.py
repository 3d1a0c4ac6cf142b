"""Fit the constants of `balas/rag/signals/answerability.py`: `python -m evals.fit_answerability FOLDER [DERIVED]`.

FOLDER holds sets as `balas eval` takes them, one folder each; DERIVED those of `evals.derived_sets`. Every question
is asked as it is and, in a set whose questions all have an answer, some once more without their documents. The
logistic is fitted on one half of the questions of all sets together; a question is in the same half in every set and
language. Reported is the area under the curve on the other half: with all sets, and with the set itself left out. Then
the same in fifths, each reported by a fit of the other four: one fit for all sets, and one for each set.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from balas.knowledge.evaluation import Asked, Memory, withheld
from balas.rag.measuring.evaluation import EvaluationSet, Row, auroc, read_set
from balas.rag.signals import answerability
from balas.rag.signals.answerability import WEIGHTS
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.talk.smalltalk import smalltalk
from balas.rag.vectors.embedded_model import EmbeddedModel, default_cache_directory

NAMES = list(WEIGHTS)
REAL_WEIGHT = 6.0  # of a set with real messages out of scope: they are what chats bring
DERIVED_WEIGHT = 0.5
THRESHOLDS = (0.2, 0.3, 0.4, 0.5)
REFUSED = (0.05, 0.10)  # of the answerable questions
Floats = NDArray[np.float64]


@dataclass
class Samples:
    name: str
    values: Floats  # [n, signals]
    labels: Floats  # 1 = the answer is there
    tenths: NDArray[np.int64]  # of the questions, 0..9: the even ones are fitted on, the odd ones reported
    weight: float

    def picked(self, chosen: NDArray[np.bool_]) -> Samples:
        return Samples(self.name, self.values[chosen], self.labels[chosen], self.tenths[chosen], self.weight)

    @property
    def fitting(self) -> Samples:
        return self.picked(self.tenths % 2 == 0)

    @property
    def reported(self) -> Samples:
        return self.picked(self.tenths % 2 == 1)


class Collector(Asked):
    """Asks as an evaluation does, and keeps the signals."""

    def samples(self, name: str, evaluated: EvaluationSet, *, derived: bool) -> Samples:
        self.fill()
        again = {query.id for query in withheld(evaluated)}
        rows: list[tuple[list[float], bool, int]] = []
        for query in evaluated.queries:
            if smalltalk(query.text) is not None:
                continue
            rows.append((self._signals(query), evaluated.is_answerable(query), tenth(query)))
            if query.id in again:
                with self.withheld(query):
                    rows.append((self._signals(query), False, tenth(query)))
        values, labels, tenths = zip(*rows, strict=True)
        weight = DERIVED_WEIGHT if derived else 1.0 if again else REAL_WEIGHT
        return Samples(name, np.array(values), np.array(labels, float), np.array(tenths), weight)

    def _signals(self, query: Row) -> list[float]:
        heard: list[dict[str, float]] = []
        own = answerability.signals

        def listening(*given: object, **named: object) -> dict[str, float]:
            heard.append(own(*given, **named))  # type: ignore[arg-type]
            return heard[-1]

        answerability.signals = listening
        try:
            self._search(query)
        finally:
            answerability.signals = own
        return [heard[-1][name] for name in NAMES]


def tenth(query: Row) -> int:
    """By the id without its language: parallel questions are one."""
    return int(hashlib.sha256(query.id.split("-", 1)[-1].encode()).hexdigest(), 16) % 10


def fitted(sets: list[Samples], ridge: float = 1e-2) -> tuple[Floats, float]:
    """Weights and intercept by Newton's method. In each set the two kinds count the same."""
    values = np.concatenate([s.values for s in sets])
    labels = np.concatenate([s.labels for s in sets])
    shares = [np.where(s.labels == 1, 1 / s.labels.sum(), 1 / (1 - s.labels).sum()) * s.weight for s in sets]
    weights = np.concatenate(shares) * 50
    center, spread = np.average(values, axis=0, weights=weights), values.std(axis=0)
    spread[spread == 0] = 1.0  # nothing is foreign in a set of one language
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


def chances(samples: Samples, weights: Floats, intercept: float) -> Floats:
    found: Floats = 1 / (1 + np.exp(-(samples.values @ weights + intercept)))
    return found


def collected(folder: Path, *, derived: bool) -> list[Samples]:
    model = EmbeddedModel()
    found: list[Samples] = []
    for directory in sorted(path for path in folder.iterdir() if (path / "queries.jsonl").is_file()):
        evaluated = read_set(directory)
        with tempfile.TemporaryDirectory() as temporary:
            index = open_edge_index(Path(temporary), model=model.name, dimension=model.dimension)
            memory = Memory(model, lambda *_: None, default_cache_directory())
            found.append(Collector(evaluated, index, model, memory).samples(directory.name, evaluated, derived=derived))
            index.close()
        print(f"{directory.name}: {len(found[-1].labels)} samples", flush=True)
    return found


def report(sets: list[Samples]) -> None:
    weights, intercept = fitted([s.fitting for s in sets])
    print("\nset: area on the other half; the same fitted without this set")
    halves, others, parts = [], [], []
    for samples in sets:
        part = samples.reported
        rest, _ = fitted([s.fitting for s in sets if s is not samples])
        halves.append(area(part, weights))
        others.append(area(part, rest))
        parts.append(part)
        print(f"{samples.name:28s} {halves[-1]:.3f}  {others[-1]:.3f}")
    print(f"{'mean':28s} {np.mean(halves):.4f} {np.mean(others):.4f}")
    print_kinds(parts, weights, intercept)
    print_fifths(sets)
    rounded = {n: round(float(w), 2) for n, w in zip(NAMES, weights, strict=True)}
    print(f"\nINTERCEPT = {intercept:.2f}\nWEIGHTS =", rounded)


def print_fifths(sets: list[Samples]) -> None:
    print(
        "\nset: area by the weights in use; on each fifth by a fit of the other four, for all sets; for the set alone"
    )
    used = np.array(list(WEIGHTS.values()))
    shared: list[list[float]] = [[] for _ in sets]
    single: list[list[float]] = [[] for _ in sets]
    for fifth in range(5):
        rest = [s.picked(s.tenths // 2 != fifth) for s in sets]
        weights, _ = fitted(rest)
        for place, (samples, others) in enumerate(zip(sets, rest, strict=True)):
            part = samples.picked(samples.tenths // 2 == fifth)
            shared[place].append(area(part, weights))
            single[place].append(area(part, fitted([others])[0]))
    rows = [(area(s, used), float(np.mean(a)), float(np.mean(b))) for s, a, b in zip(sets, shared, single, strict=True)]
    for samples, row in zip(sets, rows, strict=True):
        print(f"{samples.name:28s} " + "  ".join(f"{figure:.3f}" for figure in row))
    print(f"{'mean':28s} " + "  ".join(f"{figure:.4f}" for figure in np.mean(rows, axis=0)))


def print_kinds(parts: list[Samples], weights: Floats, intercept: float) -> None:
    """As in docs/quality.md: false refusals / unanswerable caught at thresholds; caught at rates of false refusals."""
    kinds: dict[str, list[list[float]]] = {}
    for part in parts:
        found = chances(part, weights, intercept)
        right, wrong = found[part.labels == 1], found[part.labels == 0]
        row = [area(part, weights)]
        row += [float(side.mean()) for limit in THRESHOLDS for side in (right < limit, wrong < limit)]
        row += [float((wrong < np.quantile(right, rate)).mean()) for rate in REFUSED]
        given = "real messages" if part.weight == REAL_WEIGHT else "as given"
        kinds.setdefault(part.name.split("_")[0] if part.weight == DERIVED_WEIGHT else given, []).append(row)
    print("\nkind: area; refused / caught at " + ", ".join(map(str, THRESHOLDS)) + "; caught at 5 and 10 % refused")
    for kind, rows in kinds.items():
        mean = np.mean(rows, axis=0)
        pairs = [f"{mean[place]:.0%} / {mean[place + 1]:.0%}" for place in range(1, len(mean) - 2, 2)]
        print(f"| {' | '.join([kind, f'{mean[0]:.3f}', *pairs, *(f'{rate:.0%}' for rate in mean[-2:])])} |")


def main(folder: Path, derived: Path | None) -> None:
    sets = collected(folder, derived=False)
    report(sets + (collected(derived, derived=True) if derived else []))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
