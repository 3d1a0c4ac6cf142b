"""How likely it is that the passages found hold the answer: a logistic over what sets an answer apart.

No single score does: cosines of e5 lie in a narrow band that shifts with language and subject, so each signal here is
relative to the question (how much of it is spoken of) or to the other passages found (how far the first stands out).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from balas.values import Passage

BACKGROUND = 50  # passages that the first is compared with
FEW = 5  # with fewer passages in all, comparisons say nothing: their usual values stand in

# Fitted by evals/fit_answerability.py on half of the questions of six sets; see docs/decisions.
WEIGHTS = {"above": 12.0, "share": 2.0, "sentence": 6.0, "gap": 5.0}
INTERCEPT = -6.0
USUAL = {"above": 0.06, "gap": 0.15}


def signals(found: Sequence[Passage], sentence: float) -> dict[str, float]:
    """`found`: best first. `sentence`: the share of the question that the first one's best sentence speaks of.

    above: the best cosine over the mean of the rest; share: of the question's words in the first passage;
    gap: the first passage's score over the second's.
    """
    found = found[:BACKGROUND]
    cosines = sorted((passage.dense for passage in found), reverse=True)
    first = found[0]
    values = {"share": (first.words + first.characters) / 2, "sentence": sentence}
    if len(found) < FEW:
        return values | USUAL
    return values | {
        "above": cosines[0] - sum(cosines[1:]) / (len(cosines) - 1),
        "gap": first.score - found[1].score,
    }


def answerability(found: Sequence[Passage], sentence: float) -> float:
    """The probability, 0..1."""
    if not found:
        return 0.0
    values = signals(found, sentence)
    return 1 / (1 + math.exp(-(INTERCEPT + sum(WEIGHTS[name] * value for name, value in values.items()))))
