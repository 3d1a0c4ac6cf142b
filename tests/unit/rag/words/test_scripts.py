"""Questions typed in Latin letters are searched in the script of the documents."""

from __future__ import annotations

import pytest

from balas.rag.words.scripts import latin, may_be, skeleton, written
from balas.values import Passage


def passage(text: str) -> Passage:
    return Passage(1, 1, "", "", None, text, 0, 0.5, 0.5, 0.0, 0.0)


HINDI = passage("जिम सोमवार से शनिवार सुबह 5:30 से रात 10:00 बजे तक खुला रहता है। डॉक्टर की फ़ीस ₹400 है।")
BENGALI = passage("ডাক্তার রবিবার সন্ধ্যায় বসেন। ফি ৫০০ টাকা।")
RUSSIAN = passage("Капучино стоит 220 рублей.")


@pytest.mark.parametrize(
    ("native", "typed"),
    [
        ("कितनी", "kitni"),
        ("डॉक्टर", "doctor"),
        ("बच्चों", "bachchon"),
        ("सैंपल", "sample"),
        ("বসেন", "bosen"),
        ("сколько", "skolko"),
    ],
)
def test_a_word_has_the_consonants_that_are_typed(native, typed):
    assert skeleton(latin(native)) == skeleton(typed)


@pytest.mark.parametrize(
    ("typed", "language", "found", "restored"),
    [
        ("gym kitne baje khulta hai", "hi", HINDI, "gym कितने बजे खुलता है"),
        ("doctor ki fees kitni hai?", "hi", HINDI, "डॉक्टर की फ़ीस कितनी है?"),
        ("daktar kobe bosen", "bn", BENGALI, "ডাক্তার কবে বসেন"),
        ("skolko stoit kapuchino", "ru", RUSSIAN, "сколько стоит капучино"),
    ],
)
def test_words_are_those_of_the_documents(typed, language, found, restored):
    assert may_be(typed, language)
    assert written(typed, language, [found]) == restored


@pytest.mark.parametrize(
    "english", ["how much is it per month", "do students get a discount", "is there a swimming pool"]
)
def test_english_stays_english(english):
    assert written(english, "hi", [HINDI]) == english


def test_a_language_of_latin_letters_has_no_other_script():
    assert not may_be("berapa harga kopi", "id")
    assert not may_be("what time do you open", "en")


def test_what_is_not_typed_in_latin_letters_is_left_alone():
    assert written("कितनी फ़ीस", "hi", [HINDI]) == "कितनी फ़ीस"
    assert written("", "hi", [HINDI]) == ""
