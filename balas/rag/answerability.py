"""How likely it is that the passages found hold the answer: a logistic over what sets an answer apart.

No single score does: cosines of e5 lie in a narrow band that shifts with language and subject. So each signal is
relative: to the question (how much of it one sentence speaks of) or to the other passages (how far the first leads).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from balas.rag.index import BUNDLED_DENSE_WEIGHT
from balas.values import Passage

COMPARED = 50  # passages that the first is compared with
FEW = 5  # among fewer passages a lead says nothing: a usual one stands in

# Printed by evals/fit_answerability.py.
INTERCEPT = -3.07
WEIGHTS = {"above": 18.97, "sentence": 2.76, "lead": 4.13}
USUAL = {"above": 0.06, "lead": 0.2}


def signals(found: Sequence[Passage], sentence: float, dense_weight: float) -> dict[str, float]:
    """What the logistic weighs. `found`: best first; `sentence`: the best share of the question in a sentence of it.

    above: the first passage's cosine over the mean of the others'. lead: its score over the third's: the second is
    often the same answer again. Both in the bundled model's scale, whatever the model.
    """
    found = found[:COMPARED]
    if len(found) < FEW:
        return {"sentence": sentence, **USUAL}
    first, others = found[0], found[1:]
    above = first.dense - sum(passage.dense for passage in others) / len(others)
    return {
        "above": above * dense_weight / BUNDLED_DENSE_WEIGHT,
        "sentence": sentence,
        "lead": first.score - found[2].score,
    }


def answerability(found: Sequence[Passage], sentence: float, dense_weight: float = BUNDLED_DENSE_WEIGHT) -> float:
    """The probability, 0..1, if every second question had an answer."""
    if not found:
        return 0.0
    values = signals(found, sentence, dense_weight)
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[name] * value for name, value in values.items())))
