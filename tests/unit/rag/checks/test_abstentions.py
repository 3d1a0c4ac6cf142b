"""Not knowing, in a model's own words."""

from __future__ import annotations

import pytest

from balas.rag.checks.abstentions import is_abstention, is_not_knowing


@pytest.mark.parametrize(
    "said",
    [
        "I don't know.", "I don't know, sorry.", "Sorry. I'm not sure about that.", "[[NO_ANSWER]]", "No idea!",
        "Saya tidak tahu.", "Maaf, kami tidak tahu.", "No lo sé, lo siento.", "Não sei.", "Je ne sais pas.",
        "Das weiß ich leider nicht.", "Ich weiß es nicht.", "मुझे नहीं पता।", "لا أعرف.", "Non lo so.", "Я не знаю.",
    ],
)  # fmt: skip
def test_not_knowing_is_an_abstention_in_every_language(said):
    assert is_abstention(said)


@pytest.mark.parametrize(
    "said",
    [
        "We open at 9. I'm not sure about Sundays.", "No.", "No se puede hacer fuego.", "Not yet.", "Belum bisa.",
        "Le cours est donné sur place.", "Nein, leider nicht.", "It costs Rp85.000 [1].",
    ],
)  # fmt: skip
def test_a_no_is_an_answer(said):
    assert not is_abstention(said)


def test_a_long_sentence_says_more_than_that_nothing_is_known():
    assert not is_not_knowing("If you are not sure which size to take, " + "please ask in the shop, " * 4)
