"""A follow-up about another variant: what was asked of before, in the other size, measure or colour."""

from __future__ import annotations

import pytest

from balas.rag.question import Question, asked, questions
from balas.rag.words.variants import is_variant, measured
from balas.values import Role, Utterance


def searched(language: str, *said: str) -> str:
    """The last of these messages as it is searched."""
    history = [line for text in said[:-1] for line in (Utterance(Role.USER, text), Utterance(Role.ASSISTANT, "…"))]
    (one,) = asked(Question((said[-1],), tuple(history), language=language), {language})
    return one.search


@pytest.mark.parametrize(
    ("language", "before", "now", "found"),
    [
        ("en", "how much is the sugar 500 g?", "and 1 kg?", "and 1 kg sugar"),
        ("en", "how much is 500g of sugar?", "1kg?", "1kg sugar"),
        ("id", "harga gula pasir 500 gram", "yang 1 kilo berapa?", "yang 1 kilo berapa harga gula pasir"),
        ("id", "berapa kopi ukuran kecil?", "yang besar?", "yang besar berapa kopi ukuran"),
        ("es", "¿cuánto cuesta el café pequeño?", "¿y el grande?", "¿y el grande cuánto cuesta café"),
        ("pt", "quanto custa a camiseta azul M?", "e a G?", "e a G quanto custa camiseta azul"),
        ("pt", "quanto custa a camiseta azul?", "e a preta?", "e a preta quanto custa camiseta"),
        ("hi", "कितने का है 500 ग्राम चीनी", "और 1 किलो?", "और 1 किलो कितने चीनी"),
        ("hi", "chini 500 gram kitne ki hai", "aur 1 kilo?", "aur 1 kilo chini kitne hai"),
        ("ar", "كم سعر القهوة الصغيرة؟", "والكبيرة؟", "والكبيرة كم سعر القهوه"),
        ("de", "was kostet der kleine Kaffee?", "und der große?", "und der große kostet kaffee"),
        ("fr", "combien coûte le petit café ?", "et le grand ?", "et le grand combien coûte café"),
        ("en", "how much is a room for 2 people?", "4 people?", "4 people room"),
        ("id", "grosir 10 kg diskon berapa", "kalau 20?", "kalau 20 grosir kg diskon berapa"),
    ],
)
def test_the_other_variant_takes_the_place_of_the_first(language, before, now, found):
    assert searched(language, before, now) == found


@pytest.mark.parametrize(
    ("language", "said", "held", "left"),
    [
        ("pt", ["quanto custa a camiseta azul M?", "e a G?", "e a preta?"], "camiseta", "azul"),
        ("es", ["¿cuánto cuesta el zumo grande?", "¿y el pequeño?", "¿y el grande?"], "zumo", "pequeño"),
        ("id", ["berapa ongkir ke jakarta", "kalau ke surabaya?", "kalau ke medan?"], "ongkir", "surabaya"),
        ("id", ["berapa ongkir ke jakarta", "berapa lama sampainya?"], "ongkir", "?"),
        ("pt", ["qual o frete para Olinda?", "quanto tempo demora?"], "olinda", "?"),
        ("es", ["¿cuánto cuesta el envío a Lima?", "¿cuánto tarda?"], "lima", "?"),
        ("id", ["toko dago buka jam brp hari minggu", "kl buah batu?", "alamatnya?"], "batu", "jam"),
    ],
)
def test_one_follow_up_leans_on_another(language, said, held, left):
    found = searched(language, *said)
    assert held in found
    assert left not in found.removeprefix(said[-1])


@pytest.mark.parametrize("text", ["1 kg?", "how much is the large one?", "yang merah berapa?", "XL?", "2 orang"])
def test_what_names_a_variant_alone(text):
    assert is_variant(text)


@pytest.mark.parametrize(
    "text", ["do you have red wine?", "anak kecil boleh masuk?", "¿aceptan niños?", "jam buka?", ""]
)
def test_what_names_more_than_a_variant_or_none(text):
    assert not is_variant(text)


def test_another_variant_in_the_next_message_is_another_question():
    assert questions(["gula 500 gr brp", "sama yang 1 kg?"]) == ["gula 500 gr brp", "sama yang 1 kg?"]
    assert questions(["berapa harga gula", "yang 1 kg"]) == ["berapa harga gula yang 1 kg"]


def test_measures_are_compared_across_units():
    one, other = measured("1 kg"), measured("1000 gram")
    assert (one[0].kind, one[0].value) == (other[0].kind, other[0].value)
    assert measured("500 g")[0].kind != measured("500 ml")[0].kind
