"""The cheapest of what is listed is the one quoted, or none: never some price."""

from __future__ import annotations

import pytest

from balas.rag.quoting.comparing import compared, may_stand
from balas.rag.quoting.extremes import heard
from balas.rag.quoting.quotes import quotes
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.values import ChunkKind, Passage

TABLE = """Item: Espresso; Category: Coffee; Size: 60 ml; Price: Rp 18,000
Item: Mocha; Category: Coffee; Size: 240 ml; Price: Rp 34,000
Item: Iced coffee; Category: Coffee; Size: 350 ml; Price: Rp 26,000
Item: Black tea; Category: Tea; Size: 300 ml; Price: Rp 15,000
Item: Green tea; Category: Tea; Size: 300 ml; Price: Rp 17,000
Item: Cheesecake; Category: Cake; Size: 1 slice; Price: Rp 38,000
Item: Carrot cake; Category: Cake; Size: 1 slice; Price: Rp 34,000
Item: Banana bread; Category: Cake; Size: 1 slice; Price: Rp 20,000
Item: Brownie; Category: Cake; Size: 1 piece; Price: Rp 20,000"""
DELIVERY = "How much is delivery?\nDowntown Rp 5,000, suburbs Rp 12,000, anywhere else Rp 20,000. We deliver daily."
ROOMS = "- Single room: 45 €, 12 m²\n- Double room: 65 €, 18 m²\n- Suite with terrace: 110 €, 40 m²"
TREATMENTS = "Treatment: Filling; Price: 30; Duration: 40 min\nTreatment: Root canal; Price: 90; Duration: 1.5 hours"


def passage(text: str, kind: ChunkKind = ChunkKind.TEXT, heading: str = "", number: int = 1) -> Passage:
    return Passage(number, 1, "Menu", heading, 1, text, number, 4.0, 0.9, 0.5, 0.5, kind, language="en")


PASSAGES = (
    passage(TABLE, ChunkKind.TABLE),
    passage(DELIVERY, ChunkKind.FAQ, number=2),
    passage(ROOMS, heading="Rooms", number=3),
    passage(TREATMENTS, ChunkKind.TABLE, number=4),
    passage("A wrong order is replaced. Later cancellations cost Rp 1,000.", heading="Orders", number=5),
)


@pytest.fixture(scope="module")
def found():
    model = EmbeddedModel()

    def ask(question: str) -> list[str]:
        extreme = heard(question)
        assert extreme is not None
        told = compared(extreme, [quote for one in PASSAGES for quote in quotes(one)], "en", model)
        return [quote.text.partition(";")[0].strip() for quote in told]

    return ask


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("what is the cheapest coffee?", ["Item: Espresso"]),
        ("whats the cheepest coffe", ["Item: Espresso"]),
        ("which is your most expensive cake?", ["Item: Cheesecake"]),
        ("the cheapest cakes?", ["Item: Banana bread", "Item: Brownie"]),
        ("which is cheaper, cheesecake or carrot cake?", ["Item: Carrot cake"]),
        ("kopi paling mahal apa?", ["Item: Mocha"]),
        ("самый дешевый кофе", ["Item: Espresso"]),
        ("最便宜的茶", ["Item: Black tea"]),
        ("सबसे सस्ता केक", ["Item: Banana bread", "Item: Brownie"]),
        ("cheapest delivery?", ["Downtown Rp 5,000"]),
        ("the most expensive room", ["- Suite with terrace: 110 €, 40 m²"]),
        ("which room is the largest", ["- Suite with terrace: 110 €, 40 m²"]),
        ("the smallest room?", ["- Single room: 45 €, 12 m²"]),
        ("which treatment takes longest?", ["Treatment: Root canal"]),
        ("the biggest coffee you have", ["Item: Iced coffee"]),
    ],
)
def test_the_one_of_its_kind(found, question, names):
    assert found(question) == names


@pytest.mark.parametrize(
    "question", ["cheapest pizza?", "the cheapest vegan coffee", "cerveza más barata", "the largest cake"]
)
def test_none_where_the_lists_do_not_tell(found, question):
    assert found(question) == []


def test_two_currencies_are_not_compared():
    extreme = heard("the cheapest room")
    assert extreme is not None
    text = "Room: Single room; Price: € 90\nRoom: Double room; Price: Rp 900,000"
    listed = quotes(passage(text, ChunkKind.TABLE))
    assert compared(extreme, listed, "en", EmbeddedModel()) == []


def test_some_price_may_not_stand_for_the_lowest():
    extreme = heard("is there anything cheaper?")
    assert extreme is not None
    assert not may_stand(extreme, "Ada, kelas setiap Sabtu, Rp 150.000 per orang.")
    assert may_stand(extreme, "Students get a discount of 20%.")
    assert may_stand(extreme, "Our cheapest room costs 45 €.")


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("gilingan termurah", ["Nama: Gilingan tangan"]),
        ("ongkir paling mahal", ["Tujuan: Papua"]),
    ],
)
def test_a_name_says_more_than_a_heading_of_several_kinds_or_a_word_that_looks_alike(question, names):
    extreme = heard(question)
    assert extreme is not None
    tools = "Nama: Gilingan tangan; Harga: Rp 385.000\nNama: Ketel; Harga: Rp 235.000\nNama: Cangkir; Harga: Rp 50.000"
    fares = "Berapa ongkos kirimnya?\nTujuan: Bandung; Ongkir: Rp 9.000\nTujuan: Papua; Ongkir: Rp 75.000"
    given = (passage(tools, ChunkKind.TABLE, "Gilingan dan alat lain"), passage(fares, ChunkKind.FAQ, number=2))
    listed = [quote for one in given for quote in quotes(one)]
    assert [one.text.partition(";")[0] for one in compared(extreme, listed, "id", EmbeddedModel())] == names
