"""Answers without a model over a menu: the cheapest, a thing's price in other words, and where a holiday stands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from balas.rag.quoting.extractive import Extract
from balas.rag.quoting.extremes import Measure
from balas.rag.quoting.fitness import is_pointer
from balas.rag.quoting.items import items
from balas.rag.quoting.lists import Lists
from balas.rag.quoting.naming import named
from balas.rag.quoting.quotes import quotes, sources_of
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words.figures import collected, figures, holds
from balas.values import ChunkKind, Passage, Retrieval
from evals.sample_shop import HALVES, told
from evals.small_shops import Shop, opened

MENU = """# Menu

| Item | Category | Price |
|---|---|---|
| Espresso | Coffee | Rp 18,000 |
| Cappuccino | Coffee | Rp 28,000 |
| Mocha | Coffee | Rp 34,000 |
| Iced coffee | Coffee | Rp 26,000 |
| Black tea | Tea | Rp 15,000 |
| Green tea | Tea | Rp 17,000 |
| Orange juice | Drinks | Rp 25,000 |
| Mineral water | Drinks | Rp 8,000 |
| Cheesecake | Cake | Rp 38,000 |
| Carrot cake | Cake | Rp 34,000 |
| Lemon cake | Cake | Rp 33,000 |
| Banana cake | Cake | Rp 31,000 |
| Honey cake | Cake | Rp 32,000 |
| Apple cake | Cake | Rp 30,000 |
| Nut cake | Cake | Rp 36,000 |
"""
INFO = """# Corner café

## Opening hours

Monday to Friday 07:00–22:00. Public holidays: see below.

## Delivery and payment

We deliver within 5 km for Rp 10,000. Pay by cash, card or QRIS.

## Holidays

On Eid al-Fitr we are closed for three days. On Christmas Day we open 10:00–16:00.
"""


@pytest.fixture(scope="module")
def ask() -> Iterator[object]:
    with opened(Shop(HALVES.index("looked at"), "en", (MENU, INFO), ()), EmbeddedModel()) as chain:

        def answer(question: str) -> str | None:
            found = told(chain, question)
            return None if found.abstained else found.text

        yield answer


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("what is the cheapest coffee?", "Espresso"),
        ("which is your most expensive cake", "Cheesecake"),
        ("apa yang paling murah?", "Mineral water"),
        ("cuál es el café más barato?", "Espresso"),
        ("berapa harga teh hijau", "Green tea"),
        ("cuanto cuesta el jugo de naranja", "Orange juice"),
        ("сколько стоит зеленый чай", "Green tea"),
        ("संतरे का जूस कितने का है?", "Orange juice"),
    ],
)
def test_one_row_is_quoted(ask, question, name):
    assert ask(question).startswith(f"Item: {name}\n")


@pytest.mark.parametrize("question", ["cheapest pizza?", "the cheapest vegan cake", "quanto custa a cerveja?"])
def test_no_other_price_is_quoted_in_place_of_it(ask, question):
    assert ask(question) is None


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("which tea is under 16,000?", ["Black tea"]),
        ("teh di bawah 20 ribu?", ["Black tea", "Green tea"]),
        ("which coffee is cheaper than the iced coffee?", ["Espresso"]),
        ("what is over 37,000?", ["Cheesecake"]),
    ],
)
def test_what_lies_on_one_side_of_a_price(ask, question, names):
    text = ask(question)
    assert [line.split(";")[0] for line in text.splitlines() if line.startswith("Item")] == [
        f"Item: {n}" for n in names
    ]


@pytest.mark.parametrize("question", ["cake under 10,000?", "coffee cheaper than 5 dollars?"])
def test_nothing_is_quoted_where_nothing_does(ask, question):
    assert ask(question) is None


def test_each_of_two_extremes_is_told(ask):
    first, second = ask("the cheapest cake and the most expensive tea?").split("\n\n")
    assert "Apple cake" in first
    assert "Green tea" in second


@pytest.mark.parametrize(
    ("question", "tea"), [("the cheapest cake and tea?", "Black tea"), ("cheapest cake and green tea", "Green tea")]
)
def test_one_extreme_of_two_kinds_is_told_of_each(ask, question, tea):
    assert [line.split(";")[0] for line in ask(question).splitlines()] == ["Item: Apple cake", f"Item: {tea}"]


def test_of_many_the_cheapest_and_the_dearest_are_quoted():
    kinds = ("Cheese", "Carrot", "Lemon", "Honey", "Apple", "Nut", "Banana")
    rows = [f"Item: {kind} cake; Price: Rp {30 + place},000" for place, kind in enumerate(kinds)]
    table = Passage(1, 1, "Menu", "", 1, "\n".join(rows), 0, 4.0, 0.9, 0.5, 0.5, ChunkKind.TABLE, language="en")
    found = Retrieval("how much is cake?", "en", (table,), 0.2)
    said = Lists(EmbeddedModel()).extract("how much is cake?", "en", quoted=lambda: None, search=lambda: found)
    assert said is not None
    assert said.text.splitlines() == ["Cheapest and dearest of 7:", rows[0], rows[-1]]


def test_a_price_in_a_list_comes_before_what_else_is_said_of_the_thing() -> None:
    rows = ["Test: Gastroscopy, plain; Fee: 700", "Test: Gastroscopy, sedated; Fee: 1500", "Test: X-ray; Fee: 120"]
    table = Passage(1, 1, "Fees", "", 1, "\n".join(rows), 0, 4.0, 0.9, 0.5, 0.5, ChunkKind.TABLE, language="en")
    said = Extract("After a sedated gastroscopy rest for 1 hour.", (), 1.0, 1.0, 1.0, 1.0, 1.0)
    found = Retrieval("", "en", (table,), 0.5)

    def answer(question: str) -> str | None:
        told = Lists(EmbeddedModel()).extract(question, "en", quoted=lambda: said, search=lambda: found)
        return told and told.text

    assert answer("how much is sedated gastroscopy") == "Test: Gastroscopy, sedated\nFee: 1500"
    assert answer("when to rest after sedated gastroscopy") == said.text


def test_what_stands_above_a_list_is_no_part_of_a_name_in_it() -> None:
    places = {"الرياض": "1–2 يوم عمل", "جدة، الدمام، مكة": "2–4 أيام عمل", "الإمارات والكويت": "5–8 أيام عمل"}
    rows = [f"الوجهة: {place}; المدة: {days}" for place, days in places.items()]
    table = Passage(
        1, 1, "الشحن والتوصيل", "", 1, "\n".join(rows), 0, 4.0, 0.9, 0.5, 0.5, ChunkKind.TABLE, language="ar"
    )
    found = Retrieval("", "en", (table,), 0.5)
    its = quotes(table)[-1]
    said = Extract("\n".join(its.cells), sources_of([its]), 1.0, 1.0, 1.0, 1.0, 1.0)
    question = "how long does shipping to Kuwait take"
    answer = Lists(EmbeddedModel()).extract(question, "en", quoted=lambda: said, search=lambda: found)
    assert answer is not None
    assert answer.text == said.text


def test_prices_of_a_million_need_no_points() -> None:
    rows = ["Paket: Kecil; Harga: 900000", "Paket: Besar; Harga: 1500000", "Paket: Telepon; Kontak: 81234567"]
    table = Passage(1, 1, "Harga", "", 1, "\n".join(rows), 0, 4.0, 0.9, 0.5, 0.5, ChunkKind.TABLE, language="id")
    told = items(quotes(table), Measure.PRICE)
    assert [(item.name, int(item.figures[0][0])) for item in told] == [("Kecil", 900000), ("Besar", 1500000)]
    assert holds(collected(rows[1]), figures("Rp 1.500.000")[0])


def test_a_clause_without_blanks_is_no_kind_of_things() -> None:
    rows = [f"ทัวร์: {name}; ราคา (บาท): {100 * place}" for place, name in enumerate("กขคงจฉชซ", 1)]
    table = Passage(
        1, 1, "ราคาทัวร์", "ราคาทัวร์", 1, "\n".join(rows), 0, 4.0, 0.9, 0.5, 0.5, ChunkKind.TABLE, language="th"
    )
    told = items(quotes(table), Measure.PRICE)
    assert len(told) == len(rows)
    assert named(["รถตู้เหมาไปเชียงราย"], told, EmbeddedModel()) == []


def test_both_halves_of_a_sentence_that_asks_twice(ask):
    first, second = ask("¿Cuánto cuesta el capuchino y aceptan tarjeta?").split("\n\n")
    assert "Cappuccino" in first
    assert "card" in second


@pytest.mark.parametrize("question", ["buka ga pas lebaran?", "are you open on eid?"])
def test_a_holiday_is_told_and_not_where_it_stands(ask, question):
    assert ask(question) == "On Eid al-Fitr we are closed for three days."


@pytest.mark.parametrize(
    "text",
    [
        "Public holidays: see below.",
        'Jam buka pada hari libur ada di dokumen "Jam buka dan lokasi".',
        "Feiertage: siehe unten.",
    ],
)
def test_a_sentence_that_points_elsewhere(text):
    assert is_pointer(text)


@pytest.mark.parametrize("text", ["On public holidays 10:00–14:00, see below.", "We are closed on Sunday."])
def test_a_sentence_that_tells_something_itself(text):
    assert not is_pointer(text)


@pytest.mark.parametrize(("quote", "told"), [("Yoga costs Rp 60,000.", True), ("A freeze costs Rp 50,000.", False)])
def test_a_follow_up_for_the_cost_of_a_thing_is_not_told_another_s(quote: str, told: bool) -> None:
    table = Passage(1, 1, "Classes", "", 1, f"Class: Yoga; Day: Tuesday\n{quote}", 0, 4.0, 0.9, 0.5, 0.5, language="en")
    said = Extract(quote, (), 1.0, 1.0, 1.0, 1.0, 1.0)
    found = Retrieval("", "en", (table,), 0.9)
    lists = Lists(EmbeddedModel())
    answer = lists.extract("how much is it yoga", "en", own="how much is it", quoted=lambda: said, search=lambda: found)
    assert (answer is said) is told
