"""How likely a quote in another language than the question's answers it.

Words cannot tell there, and each model has a scale of its own: of one without a line here the passages alone decide.
"""

from __future__ import annotations

import math

# A logistic over the log odds that the passages hold the answer, how much of the question the quote meets (see
# `readings`), and how far its score leads the best of another passage. Fitted on quotes that a person had judged.
WEIGHTS = {"multilingual-e5-small": (0.87, 5.31, 2.48)}
INTERCEPTS = {"multilingual-e5-small": -1.76}


def chance(model: str, answerable: float, met: float, lead: float) -> float:
    """`answerable`: how likely the passages do."""
    if model not in WEIGHTS or not 0 < answerable < 1:
        return answerable
    odds, meeting, leading = WEIGHTS[model]
    weighed = odds * math.log(answerable / (1 - answerable)) + meeting * met + leading * lead + INTERCEPTS[model]
    return 1 / (1 + math.exp(-weighed))
