"""What is quoted, and what is refused, of small documents: one case for each cause of a wrong answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from balas.rag import topics
from balas.rag.accents import restored
from balas.rag.answer_kinds import MONEY
from balas.rag.embedded_model import EmbeddedModel
from balas.rag.extractive import Extractor
from balas.rag.question import Asked
from balas.rag.weekdays import weekdays
from balas.values import ChunkKind, Passage, Retrieval


@pytest.fixture(scope="module")
def embedder():
    return EmbeddedModel()


@pytest.fixture(scope="module")
def extracted(embedder):
    def found(question: str, *passages: Passage) -> str | None:
        extract = Extractor(embedder).extract(Asked(question, question), Retrieval(question, "en", passages, 0.9))
        return extract and extract.text

    return found


def passage(text: str, heading: str = "", kind: ChunkKind = ChunkKind.TEXT, number: int = 1) -> Passage:
    return Passage(number, 1, "Shop", heading, 1, text, number, 4.0, 0.9, 0.5, 0.5, kind)


def test_a_sentence_speaks_of_the_topics_of_its_heading_too(extracted):
    breakfast = passage("الأطفال دون السادسة مجاناً. للشخص 65 ريالاً.", "الإفطار")
    internet = passage("الواي فاي مجاني في جميع أنحاء الفندق.", "الإنترنت", number=2)
    assert extracted("الفطور مجاني؟", breakfast, internet).startswith("الأطفال دون السادسة مجاناً.")


@pytest.mark.parametrize(
    "text",
    [
        "habersiz 400 TL", "Sh 2,000", "KES 300", "Sh2,000", "65 ريالاً", "RM 12", "RM12.50", "50 AED", "20 zł", "300 kr", "CHF 40", "₦5,000",
        "5,000 naira", "R1,200", "R 450.00", "150 rand", "500 руб.", "Rp15.000", "15rb", "¥500", "500円", "500元", "5만원", "$5",
        "Fiyat (TL): 18000", "Bei (Sh): 4500", "Легковой, руб.: 1800", "السعر (ريال): 420", "Home fee per year (£): 7200",
    ],
)  # fmt: skip
def test_money_is_known_by_any_currency_and_by_its_column(text):
    assert MONEY.search(text)


@pytest.mark.parametrize(
    "text", ["R17, 50 min", "this brand is new", "Seans: 2", "5 shirts", "3 kroons", "A4 250 g", "9am", "2 metres"]
)
def test_other_numbers_are_no_money(text):
    assert not MONEY.search(text)


def test_a_word_typed_without_its_accents_is_the_same_word():
    assert {"hours"} in topics.heard("pazar acik misiniz").topics
    assert weekdays("carsamba gunu") == {2}
    assert weekdays("chu nhat co lam viec ko") == {6}


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("hoc phi bao nhieu", "học phí bao nhieu"),
        ("bao luu may thang", "bảo lưu may tháng"),
        ("do you have a class today", "do you have a class today"),
        ("học phí", "học phí"),
    ],
)
def test_vietnamese_without_tones_gets_those_of_the_documents(typed, searched):
    fees = passage("Học phí đóng một lần, đồ uống miễn phí. Được bảo lưu tối đa 6 tháng.")
    assert restored(typed, [replace(fees, language="vi")]) == searched
    assert restored(typed, [replace(fees, language="en")]) == typed
