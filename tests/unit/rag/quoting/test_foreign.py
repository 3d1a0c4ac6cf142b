from __future__ import annotations

import pytest

from balas.rag.quoting.foreign import chance
from balas.rag.signals.answerability import SMALL, among

MODEL = "multilingual-e5-small"


def test_what_a_quote_meets_and_leads_by_speaks_for_it() -> None:
    usual = chance(MODEL, 0.4, 0.4, 0.2)
    assert chance(MODEL, 0.4, 0.7, 0.2) > usual
    assert chance(MODEL, 0.4, 0.4, 0.9) > usual
    assert chance(MODEL, 0.8, 0.4, 0.2) > usual
    assert chance(MODEL, 0.42, 0.4, 0.1) < 0.6 < chance(MODEL, 0.42, 0.65, 0.3)


@pytest.mark.parametrize("answerable", [0.0, 0.3, 1.0])
def test_of_other_models_the_passages_alone_decide(answerable: float) -> None:
    assert chance("another", answerable, 0.9, 0.9) == answerable


def test_among_few_passages_an_estimate_counts_a_little_more() -> None:
    assert among(SMALL, 0.35) == pytest.approx(0.4, abs=0.001)
    assert among(SMALL + 1, 0.35) == 0.35
    assert [among(1, chance) for chance in (0.0, 1.0)] == [0.0, 1.0]
