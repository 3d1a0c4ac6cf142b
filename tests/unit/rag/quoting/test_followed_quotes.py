"""What is quoted to a follow-up: what was asked before counts for less than the person's own words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from balas.rag.chain import AnswerChain
from balas.rag.question import Asked, Question
from balas.rag.quoting.quotes import quotes
from balas.rag.quoting.word_shares import without_replaced
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.values import Answer, Passage, Role, Utterance
from evals.small_shops import Shop, opened

LAUNDRY = """# Laundry

## Branches

Branch Dinoyo: Jl. Haryono 12, phone 555-111.
Branch Sawojajar: Jl. Toba 40, phone 555-222. This branch also opens on Sunday from 9 to 15.

## Prices

| Service | Weekday | Weekend |
|---|---|---|
| Washing | $3 | $5 |
| Ironing | $4 | $6 |
| Carpet | $9 | $12 |

## Express

Express washing takes 6 hours.

## Care

Curtains are washed by hand.
"""

ROOMS = """# Guesthouse

| Room | Guests | Weekday | Weekend |
|---|---|---|---|
| Small double | 2 | $45 | $60 |
| Large double | 2 | $55 | $75 |
| Family room | 4 | $80 | $105 |
| Dorm bed | 1 | $15 | $18 |
"""
REPAIRS = """# مركز النور لصيانة الجوالات

| الخدمة | آيفون | سامسونج |
|---|---|---|
| تغيير الشاشة | 450 ريال | 380 ريال |
| تغيير البطارية | 180 ريال | 150 ريال |
| تغيير الكاميرا | 300 ريال | 260 ريال |
"""


@pytest.fixture(scope="module")
def chain(model: EmbeddedModel) -> Iterator[AnswerChain]:
    with opened(Shop(0, "en", (LAUNDRY,), ()), model) as shop:
        yield shop


def told(chain: AnswerChain, *said: str, language: str = "en") -> Answer:
    """The answer to the last of these messages."""
    history = [line for text in said[:-1] for line in (Utterance(Role.USER, text), Utterance(Role.ASSISTANT, "…"))]
    return chain.answer(Question((said[-1],), tuple(history), frozenset({"public"}), language))


def test_a_sentence_that_points_back_stands_behind_what_it_points_at(chain: AnswerChain) -> None:
    text = told(chain, "are you open on Sunday?").text
    assert text.startswith("Branch Sawojajar: Jl. Toba 40, phone 555-222. This branch also opens on Sunday")


@pytest.mark.parametrize(
    ("document", "said", "line"),
    [
        (ROOMS, ["berapa harga kamar keluarga?", "kalau weekend?"], "Room: Family room"),
        (REPAIRS, ["كم تغيير شاشة الايفون؟", "والسامسونج؟", "والبطارية؟"], "الخدمة: تغيير البطارية"),
    ],
)
def test_the_one_row_is_shown(document: str, said: list[str], line: str, model: EmbeddedModel) -> None:
    """Words that name columns name no row, and of two things the one that was named last is meant."""
    language = "ar" if document is REPAIRS else "id"
    with opened(Shop(0, language, (document,), ()), model) as shop:
        assert told(shop, *said, language=language).text.splitlines()[0] == line


def test_a_word_from_before_that_stands_in_no_place_of_its_own_words_is_left_out() -> None:
    branches = Passage(
        1, 1, "Cabang", "", 1, "Cabang Dinoyo: Jl. Haryono 12.\nCabang Sawojajar: Jl. Toba 40.", 0, 1, 1, 0, 0
    )
    asked = Asked("kalau dinoyo?", "kalau dinoyo alamatnya cabang sawojajar")
    assert without_replaced(asked, quotes(branches), "id").search == "kalau dinoyo alamatnya cabang"
    unknown = Asked("kalau Blitar?", "kalau Blitar alamatnya cabang sawojajar")
    assert without_replaced(unknown, quotes(branches), "id") == unknown


def test_how_long_is_answered_with_a_span_of_time_alone(chain: AnswerChain) -> None:
    assert "6 hours" in told(chain, "do you have express washing?", "how long does it take?").text
    assert told(chain, "do you have a branch in Dinoyo?", "how long does it take?").abstained
