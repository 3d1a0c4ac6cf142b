"""How likely it is that the passages found hold the answer: a logistic over what sets an answer apart.

No single score does. A cosine depends on language and subject, so most signals are relative: to the question (how
much of it one sentence speaks of) or to the other passages (how far the first leads). What they weigh depends on
what is searched: beside short entries that look like questions themselves the cosine says most and a lead nothing,
since the next entry often says the same; in another language than the question's, words say nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from balas.rag.index import BUNDLED_DENSE_WEIGHT
from balas.values import Passage

COMPARED = 50  # passages that the first is compared with
FEW = 5  # among fewer passages a lead says nothing: a usual one stands in
SHORT = 200  # characters at which a passage counts as short by 1/e

# Printed by evals/fit_answerability.py.
INTERCEPT = -3.92
WEIGHTS = {
    "above": 4.89,
    "sentence": 3.05,
    "lead": 7.1,
    "short": 0.16,
    "short_meaning": 6.23,
    "short_lead": -10.93,
    "foreign": 0.37,
    "foreign_above": 14.42,
    "foreign_sentence": -6.38,
}
USUAL_COSINE = 0.3  # of passages that are about something else
USUAL_LEAD = 0.2


def signals(found: Sequence[Passage], sentence: float, dense_weight: float, *, foreign: bool) -> dict[str, float]:
    """What the logistic weighs. `found`: best first; `sentence`: the best share of the question in a sentence of it;
    `foreign`: nothing is written in the question's language.

    above: the first passage's cosine over the mean of the others'. lead: its score over the third's: the second is
    often the same answer again. Both in the bundled model's scale, whatever the model.
    """
    found = found[:COMPARED]
    first, others = found[0], found[1:]
    scale = dense_weight / BUNDLED_DENSE_WEIGHT
    few = len(found) < FEW
    usual = USUAL_COSINE / scale if few else sum(passage.dense for passage in others) / len(others)
    above = (first.dense - usual) * scale
    lead = USUAL_LEAD if few else first.score - found[2].score
    short = math.exp(-len(first.text) / SHORT)
    return {
        "above": above,
        "sentence": sentence,
        "lead": lead,
        "short": short,
        "short_meaning": short * max(passage.dense for passage in found) * scale,
        "short_lead": short * lead,
        "foreign": float(foreign),
        "foreign_above": foreign * above,
        "foreign_sentence": foreign * sentence,
    }


def answerability(
    found: Sequence[Passage],
    sentence: float,
    dense_weight: float = BUNDLED_DENSE_WEIGHT,
    *,
    foreign: bool = False,
) -> float:
    """The probability, 0..1, if every second question had an answer."""
    if not found:
        return 0.0
    values = signals(found, sentence, dense_weight, foreign=foreign)
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[name] * value for name, value in values.items())))
