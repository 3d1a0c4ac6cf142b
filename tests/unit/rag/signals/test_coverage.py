"""Small shops without a model: topics told by words of any language, and all that is asked said in one place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from balas.rag.signals.coverage import COVERED, FEW, SOME, SURE, WORDS_COVERED, Demand, lifted
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words import topics
from balas.values import ChunkKind, Passage
from evals.sample_shop import told
from evals.small_shops import opened, shops

ADDRESS = Passage(1, 1, "Shop", "", None, "Alamat kami Jl. Kenanga No. 7, Bogor.", 0, 0.1, 0, 0, 0)
HOURS = Passage(2, 1, "Shop", "", None, "Buka setiap hari pukul 08.00 sampai 20.00.", 1, 0.5, 0, 0, 0)
RENTAL = Passage(3, 1, "Shop", "Rental", None, "A city bike costs 18 euros a day.", 2, 0.3, 0, 0, 0)
SHOP = [HOURS, RENTAL, ADDRESS]


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("dónde están ubicados?", "address"),
        ("neredesiniz", "address"),
        ("وين العنوان", "address"),
        ("पता क्या है", "address"),
        ("bisa cod?", "cod"),
        ("jam buka", "hours"),
        ("ร้านเปิดกี่โมง", "hours"),
        ("do you deliver?", "delivery"),
        ("quanto custa", "price"),
    ],
)
def test_a_topic_is_told_in_any_language(asked: str, topic: str) -> None:
    assert any(topic in one for one in topics.heard(asked).topics)


def test_words_of_a_phrase_that_asks_carry_nothing() -> None:
    assert Demand.of("до скольки мфц работает", "ru").words == ("мфц",)
    assert "time" in Demand.of("what time do kids go home", "en").words
    assert Demand.of("cuanto tiempo antes aviso", "es").words == ("aviso",)


def test_weeks_are_no_sunday() -> None:
    assert frozenset({"day"}) not in Demand.of("batal 3 minggu sebelumnya kena berapa", "id").topics
    assert frozenset({"day"}) in Demand.of("minggu buka?", "id").topics


def test_a_span_that_is_asked_about_need_not_stand_there() -> None:
    assert Demand.of("pode alugar no airbnb por 1 semana?", "pt").words == ("airbnb",)


def test_short_names_of_days_show_them() -> None:
    assert "day" in topics.shown("Taxa Seg. a qui.: R$ 180; Taxa Sex. a dom.: R$ 250")


def test_a_beginning_stands_for_one_word() -> None:
    heard = topics.heard("kirim ke bandung")
    assert heard.topics == (frozenset({"delivery"}),)
    assert heard.rest == ("ke", "bandung")


def test_figures_show_topics() -> None:
    assert "phone" in topics.shown("0113 555 0160")
    assert "hours" in topics.shown("Mon-Fri 9:00-17:00")
    assert "price" in topics.shown("Rp 25.000")
    assert "price" not in topics.shown("Ask for the price")


def test_what_says_it_comes_first() -> None:
    found, chance = lifted("where are you located?", "en", SHOP, len(SHOP), 0.0)
    assert found[0].chunk_id == ADDRESS.chunk_id
    assert found[0].score > HOURS.score
    assert chance == COVERED


def test_what_is_mentioned_by_the_way_comes_after_what_is_said_to_such_a_question() -> None:
    said = (
        "Can you gift-wrap my order?\nYes, Rp 15,000 per box including a handwritten card of up to 150 letters.",
        "Which payment methods do you accept?\nBank transfer (BCA, Mandiri) and QRIS, which covers GoPay, OVO, DANA "
        "and ShopeePay. In the stores also cash, debit and credit cards.",
    )
    gift, payment = (
        Passage(9 + n, 1, "Shop", "", None, text, n, 0.6 - n / 10, 0, 0, 0, ChunkKind.FAQ, language="en")
        for n, text in enumerate(said)
    )
    found, chance = lifted("can i pay with card", "en", [gift, payment, *SHOP], 70, 0.0)
    assert ([one.chunk_id for one in found[:2]], chance) == ([payment.chunk_id, gift.chunk_id], COVERED)


def test_where_it_is_told_comes_before_where_it_is_mentioned() -> None:
    mention = replace(ADDRESS, chunk_id=4, text="Kami hanya mengirim ke alamat di Indonesia.", score=0.6)
    found, _ = lifted("alamatnya di mana?", "id", [mention, *SHOP], len(SHOP) + 1, 0.0)
    assert [passage.chunk_id for passage in found[:2]] == [ADDRESS.chunk_id, mention.chunk_id]
    assert found[0].score > found[1].score > HOURS.score


def test_what_the_person_can_read_comes_before_a_translation() -> None:
    english = replace(ADDRESS, chunk_id=4, text="You find us at 7 Kenanga Street, Bogor.", language="en", score=0.2)
    foreign = replace(ADDRESS, language="id", score=0.3)
    found, _ = lifted("where are you located?", "en", [HOURS, foreign, english], 3, 0.0)
    assert found[0].chunk_id == english.chunk_id
    sure = [replace(HOURS, language="en"), foreign]
    assert lifted("where are you located?", "en", sure, 2, SURE) == (sure, COVERED)
    assert lifted("where are you located?", "en", sure, 2, 0.0)[0][0].chunk_id == ADDRESS.chunk_id


@pytest.mark.parametrize(
    "asked", ["what is your phone number", "how much is the blue one?", "price of an electric bike"]
)
def test_half_of_what_is_asked_is_not_enough(asked: str) -> None:
    assert lifted(asked, "en", SHOP, len(SHOP), 0.0) == (SHOP, 0.0)


def test_a_price_wants_money() -> None:
    assert lifted("price of a city bike", "en", SHOP, len(SHOP), 0.0)[1] == COVERED
    assert lifted("berapa harga kenanga", "id", SHOP, len(SHOP), 0.0)[1] == 0.0


def test_a_wrong_figure_in_the_question_does_not_hide_the_right_one() -> None:
    assert lifted("the city bike costs 10 euros, right?", "en", SHOP, len(SHOP), 0.0)[0][0].chunk_id == RENTAL.chunk_id


def test_words_alone_say_less_and_only_beside_few_passages() -> None:
    assert lifted("city bike", "en", SHOP, FEW, 0.0)[1] == WORDS_COVERED
    assert lifted("city bike", "en", SHOP, FEW + 1, 0.0)[1] == 0.0
    assert lifted("address", "en", SHOP, SOME, 0.0)[1] == COVERED
    assert lifted("address", "en", SHOP, SOME + 1, 0.0)[1] == 0.0


def test_small_shops_are_answered() -> None:
    """Of each half the first shops; all of them: `python -m evals.small_shops`."""
    model, right, wrong, answerable, others = EmbeddedModel(), 0, 0, 0, 0
    for shop in [shop for half in (0, 1) for shop in [s for s in shops() if s.half == half][:2]]:
        with opened(shop, model) as chain:
            for probe in shop.probes:
                answer = told(chain, probe.text)
                answerable += bool(probe.holds)
                others += not probe.holds
                right += bool(probe.holds) and probe.is_right(answer)
                wrong += not probe.holds and not answer.abstained
    assert right >= 0.8 * answerable, f"{right} of {answerable}"
    assert wrong <= 0.08 * others, f"{wrong} of {others}"
