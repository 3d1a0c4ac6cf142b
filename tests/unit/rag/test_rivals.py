"""An approved answer is not given to a question that asks the same of something else."""

from __future__ import annotations

import pytest

from balas.rag.rivals import rivals
from balas.rag.vectors.embedded_model import EmbeddedModel
from tests.unit.rag.test_approved import PAIRS, approved

OTHERS = [
    ("en", "Do you sell bicycles?", "do you sell tractors?"),
    ("en", "Is there parking?", "is there wifi?"),
    ("en", "School fee for grade 3?", "school fee for grade 4?"),
    ("id", "Apakah jual sepeda?", "apakah jual traktor?"),
    ("id", "Berapa ongkos kirim ke Surabaya?", "berapa ongkos kirim ke bali"),
    ("es", "¿Hacen envíos a Perú?", "hacen envíos a Chile?"),
    ("pt", "Vocês aceitam Pix?", "vocês aceitam cheque?"),
    ("hi", "क्या आप दिल्ली में डिलीवरी करते हैं?", "क्या आप मुंबई में डिलीवरी करते हैं?"),
    ("ar", "هل يوجد توصيل إلى جدة؟", "هل يوجد توصيل إلى الرياض؟"),
]
SAME = [
    ("en", "Do you sell bicycles?", "do you sell bikes?"),
    ("en", "What are your opening hours?", "what are your opening times?"),
    ("en", "How long is the warranty?", "how long is the guarantee?"),
    ("en", "Are pets allowed?", "can I bring my dog?"),
]


@pytest.mark.parametrize(("language", "asked", "other"), OTHERS)
def test_another_thing_in_its_place_makes_it_another_question(language, asked, other, model: EmbeddedModel) -> None:
    assert rivals(other, [approved(1, asked, document=7)], language, model) == {7}


@pytest.mark.parametrize(("language", "asked", "same"), SAME)
def test_another_word_for_the_thing_does_not(language, asked, same, model: EmbeddedModel) -> None:
    assert not rivals(same, [approved(1, asked)], language, model)


def test_what_the_answer_speaks_of_is_left(model: EmbeddedModel) -> None:
    passage = approved(1, "Do you sell bicycles?")
    told = passage.text.replace("As written", "Bicycles no, tractors yes")
    assert rivals("do you sell tractors?", [passage], "en", model)
    assert not rivals("do you sell tractors?", [type(passage)(**{**_fields(passage), "text": told})], "en", model)


def test_no_rewording_is_taken_for_another_question(model: EmbeddedModel) -> None:
    for pair in PAIRS:
        for text in pair["same"]:
            assert not rivals(text, [approved(1, pair["asked"])], pair["language"], model), text


def _fields(passage: object) -> dict[str, object]:
    return {name: getattr(passage, name) for name in type(passage).__dataclass_fields__}  # type: ignore[attr-defined]
