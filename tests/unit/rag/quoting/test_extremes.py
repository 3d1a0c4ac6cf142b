"""The cheapest, the largest, the longest: heard in any language, and of which things."""

from __future__ import annotations

import pytest

from balas.rag.quoting.extremes import Measure, heard

CHEAPEST = {
    "what is the cheapest coffee?": "coffee",
    "kopi apa yang paling murah?": "kopi",
    "kopi termurah apa kak": "kopi",
    "cuál es el café más barato?": "café",
    "cual es el cafe mas barato": "cafe",
    "qual o bolo mais barato?": "bolo",
    "quel est le café le moins cher ?": "café",
    "was ist der günstigste Kaffee?": "kaffee",
    "qual è la pizza più economica?": "pizza",
    "wat is de goedkoopste kamer": "kamer",
    "en ucuz kahve hangisi?": "kahve",
    "bia nào rẻ nhất": "bia",
    "सबसे सस्ती कॉफी कौन सी है?": "कॉफी",
    "sabse sasta kamra kaun sa hai": "kamra",
    "ما هي أرخص قهوة؟": "قهوه",
    "какая самая дешёвая пицца": "пицца",
    "który pokój jest najtańszy?": "pokój",
    "kahawa ya bei rahisi zaidi ni ipi?": "kahawa",
    "กาแฟที่ถูกที่สุดคืออะไร": "กาแฟ",
    "最便宜的咖啡是什么？": "咖啡",
    "一番安いコーヒーはどれですか": "コーヒー",
    "가장 싼 커피": "커피",
}


@pytest.mark.parametrize("question", CHEAPEST)
def test_the_cheapest_is_asked_for_in_any_language(question):
    found = heard(question)
    assert found is not None
    assert (found.measure, found.is_most, found.of) == (Measure.PRICE, False, (CHEAPEST[question],))


@pytest.mark.parametrize(
    ("question", "measure", "is_most"),
    [
        ("which is your most expensive cake?", Measure.PRICE, True),
        ("was ist der teuerste Kaffee?", Measure.PRICE, True),
        ("самый дорогой номер", Measure.PRICE, True),
        ("哪个房间最贵", Measure.PRICE, True),
        ("¿cuál es la habitación más grande?", Measure.SIZE, True),
        ("the smallest bag", Measure.SIZE, False),
        ("which treatment takes longest?", Measure.SPAN, True),
        ("pengiriman paling cepat", Measure.SPAN, False),
    ],
)
def test_the_dearest_the_largest_and_the_longest_too(question, measure, is_most):
    found = heard(question)
    assert found is not None
    assert (found.measure, found.is_most) == (measure, is_most)


@pytest.mark.parametrize(
    "question", ["apa yang paling murah?", "cuál es más barato", "qual o mais barato", "gibt es etwas günstigeres?"]
)
def test_of_everything_where_no_kind_is_named(question):
    found = heard(question)
    assert found is not None
    assert found.of == ()


@pytest.mark.parametrize(
    "question", ["what's the best coffee?", "berapa harga kopi", "¿a qué hora abren?", "most popular cake"]
)
def test_what_no_list_tells_is_no_extreme(question):
    assert heard(question) is None
