from __future__ import annotations

import pytest

from balas.rag.words.language import detect, is_typed_in_latin, small_words
from tests.unit.rag.shops import FACTS


@pytest.mark.parametrize("language", FACTS)
def test_a_sentence_tells_its_language(language: str) -> None:
    told = [detect(fact) for fact in FACTS[language]]
    assert told.count(language) >= 3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("สวัสดี", "th"),
        ("안녕하세요", "ko"),
        ("営業時間は？", "ja"),
        ("你好", "zh"),
        ("γεια σας", "el"),
        ("שלום", "he"),
        ("தமிழ்", "ta"),
        ("Bei gani za viatu hivi, na mnapeleka hadi Mombasa?", "sw"),
        ("Nawa ne farashin takalman nan, kuma kuna kawowa har gida?", "ha"),
    ],
)
def test_scripts_and_small_languages(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["ok", "10.000", "???", "", "👍", "size 42"])
def test_the_conversation_decides_what_is_too_short_to_tell(text: str) -> None:
    assert detect(text, "id") == "id"


def test_a_change_of_language_is_heard() -> None:
    assert detect("How much does delivery to the city centre cost?", "id") == "en"
    assert detect("ราคาเท่าไหร่", "en") == "th"


def test_the_documents_languages_help_when_nothing_else_does() -> None:
    assert detect("ok", None, ["pt"]) == "pt"
    assert detect("!!") == "en"


def test_the_documents_languages_outweigh_a_borrowed_word() -> None:
    assert detect("jual mesin espresso bekas?", None, ["id", "en"]) == "id"
    assert detect("vcs abrem no domingo?", None, ["id", "en"]) == "pt"
    assert detect("quanto costa un espresso?", None, ["id", "en"]) == "it"


@pytest.mark.parametrize(
    ("text", "is_typed"),
    [
        ("fees kitni h", True),
        ("jodhpur me branch hai kya", True),
        ("late fees lagti hai kya bhai", True),
        ("hai kak, ada promo?", False),
        ("qual o valor do ap de 3 quartos", False),
        ("how much is the fee", False),
        ("the main hall is 14 h to 18 h", False),
    ],
)
def test_hindi_typed_in_latin_letters(text: str, is_typed: bool) -> None:
    assert is_typed_in_latin(text) is is_typed
    assert ("rehta" in small_words("en", text)) is is_typed


def test_hindi_in_latin_letters_is_no_language_that_looks_like_it() -> None:
    asked = "naya batch kab se start ho rha"
    assert [detect(asked), detect(asked, None, ["hi", "en"]), detect(asked, None, ["en"])] == ["hi", "hi", "en"]
    assert detect(asked, "hi", ["en"]) == "hi"
