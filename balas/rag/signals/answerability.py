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
FEW = 5  # among fewer passages usual ones stand in beside those that are there
SHORT = 200  # characters at which a passage counts as short by 1/e

# Printed by evals/fit_answerability.py.
INTERCEPT = -4.10
WEIGHTS = {
    "above": 5.7,
    "sentence": 3.9,
    "lead": 6.6,
    "words": 1.97,
    "characters": -2.59,
    "short": 0.2,
    "short_meaning": 3.83,
    "short_lead": -10.11,
    "short_length": 0.41,
    "foreign": -0.96,
    "foreign_above": 10.17,
    "foreign_sentence": -6.83,
    "foreign_meaning": 5.67,
}
# Among few passages the estimate, fitted among hundreds, is too low: of the small sets' questions that it puts between
# 0.35 and 0.4 four in five are answered there. In another language it is not.
SMALL = 120  # passages
SMALL_ODDS = 0.215  # logarithm: 0.35 counts as 0.4
USUAL = 3  # of them
USUAL_COSINE = 0.2  # of passages that are about something else
USUAL_LEAD = 0.3


def signals(
    found: Sequence[Passage], sentence: float, dense_weight: float, *, terms: int, foreign: bool
) -> dict[str, float]:
    """What the logistic weighs. `found`: best first; `sentence`: the best share of the question in a sentence of it;
    `terms`: how many words the question has; `foreign`: nothing is written in the question's language.

    above: the first passage's cosine over the mean of the others'. lead: its score over the third's: the second is
    often the same answer again. Cosines are in the bundled model's scale, whatever the model. words, characters: the
    best shares of any passage. Where nothing is written in the question's language, the best cosine itself counts:
    what a shop has nothing about is near to none of it, and no missing word tells so.
    """
    found = found[:COMPARED]
    scale = dense_weight / BUNDLED_DENSE_WEIGHT
    meaning = max(passage.dense for passage in found) * scale
    above, lead = _above(found, scale), _lead(found)
    short = math.exp(-len(found[0].text) / SHORT)
    return {
        "above": above,
        "sentence": sentence,
        "lead": lead,
        "words": max(passage.words for passage in found),
        "characters": max(passage.characters for passage in found),
        "short": short,
        "short_meaning": short * meaning,
        "short_lead": short * lead,
        "short_length": short * math.log1p(terms),
        "foreign": float(foreign),
        "foreign_above": foreign * above,
        "foreign_sentence": foreign * sentence,
        "foreign_meaning": foreign * meaning,
    }


def _above(found: Sequence[Passage], scale: float) -> float:
    others = [passage.dense * scale for passage in found[1:]]
    if len(found) < FEW:
        others += [USUAL_COSINE] * USUAL
    return found[0].dense * scale - sum(others) / len(others)


def _lead(found: Sequence[Passage]) -> float:
    if len(found) < 3:
        return USUAL_LEAD
    lead = found[0].score - found[2].score
    return (USUAL_LEAD + lead) / 2 if len(found) < FEW else lead


def answerability(
    found: Sequence[Passage],
    sentence: float,
    dense_weight: float = BUNDLED_DENSE_WEIGHT,
    *,
    terms: int,
    foreign: bool = False,
) -> float:
    """The probability, 0..1, if every second question had an answer."""
    if not found:
        return 0.0
    values = signals(found, sentence, dense_weight, terms=terms, foreign=foreign)
    return 1 / (1 + math.exp(-INTERCEPT - sum(WEIGHTS[name] * value for name, value in values.items())))


def among(count: int, chance: float) -> float:
    """The estimate as it holds among so many passages in the question's language."""
    if count > SMALL or not 0 < chance < 1:
        return chance
    return 1 / (1 + math.exp(-SMALL_ODDS - math.log(chance / (1 - chance))))
