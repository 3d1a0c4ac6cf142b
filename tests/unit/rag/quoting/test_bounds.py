"""What is for sale under or over a price, or cheaper than another thing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from balas.rag.quoting.bounds import heard


@pytest.mark.parametrize(
    ("text", "is_below", "limit", "of"),
    [
        ("which cake is cheaper than 100,000?", True, 100_000, ("cake",)),
        ("what can I get under 50,000?", True, 50_000, ()),
        ("apa yang di bawah 50 ribu?", True, 50_000, ()),
        ("teh di bawah 20rb ada?", True, 20_000, ("teh",)),
        ("kopi yang lebih mahal dari 40 ribu?", False, 40_000, ("kopi",)),
        ("¿qué hay por menos de 3 euros?", True, 3, ()),
        ("o que tem abaixo de 50 reais?", True, 50, ()),
        ("bolsa até R$ 70?", True, 70, ("bolsa",)),
        ("50 रुपये से कम में क्या मिलेगा?", True, 50, ()),
        ("ما الذي سعره أقل من 50 ريال؟", True, 50, ()),
        ("was gibt es unter 10 euro?", True, 10, ()),
        ("what costs more than $100?", False, 100, ()),
    ],
)
def test_a_sum_limits(text, is_below, limit, of):
    bound = heard(text)
    assert bound is not None
    assert (bound.is_below, bound.limit, bound.of) == (is_below, Decimal(limit), of)


@pytest.mark.parametrize(
    ("text", "of", "than"),
    [
        ("which coffee is cheaper than robusta?", ("coffee",), ("robusta",)),
        ("kue apa yang lebih murah dari kue cokelat?", ("kue",), ("kue", "cokelat")),
        ("¿qué tarta es más barata que la de zanahoria?", ("tarta",), ("zanahoria",)),
        ("qual bolsa é mais barata do que a bolsa grande?", ("bolsa",), ("bolsa", "grande")),
    ],
)
def test_a_thing_limits(text, of, than):
    bound = heard(text)
    assert bound is not None
    assert (bound.is_below, bound.of, bound.than) == (True, of, than)


@pytest.mark.parametrize(
    "text",
    [
        "free delivery over 100,000?",
        "gratis ongkir di atas 300 ribu?",
        "discount for children under 12?",
        "abren hasta las 8?",
        "geöffnet bis 18 uhr?",
        "bisa bayar kurang dari 50 ribu?",
        "do you have bags for more than 5 kg?",
        "a table for more than 10",
        "cheapest coffee 500 g?",
        "cheapest room for 2?",
        "what is cheaper?",
    ],
)
def test_a_limit_on_something_else_is_none(text):
    assert heard(text) is None


@pytest.mark.parametrize(
    ("text", "is_held"),
    [("under 50,000?", False), ("up to 50,000?", True), ("di bawah 50 ribu", False), ("maksimal 50 ribu", True)],
)
def test_the_sum_itself_is_within_up_to_it(text, is_held):
    bound = heard(text)
    assert bound is not None
    assert bound.holds(Decimal(50_000), Decimal(50_000)) is is_held
