from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from balas.rag.words.lexical import (
    character_tokens,
    folded,
    grams_of,
    length_in_words,
    plain_words,
    stemmed,
    term_frequencies,
    token_number,
    word_grams,
    word_tokens,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Wi-Fi 5 GHz, it's FREE!", ["wi", "fi", "5", "ghz", "it", "s", "free"]),
        ("ठंडा पानी हिन्दी", ["ठंडा", "पानी", "हिन्दी"]),  # vowel signs belong to their word
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("বাংলা ভাষা", ["বাংলা", "ভাষা"]),
        ("営業時間", ["営業", "業時", "時間", "営", "業", "時", "間"]),
        ("开门", ["开门", "开", "门"]),
        ("ร้านเปิด", ["ร้า", "้าน", "าน\u0e40", "น\u0e40ป", "\u0e40ปิ", "ปิด"]),
        ("كِتَابٌ إلى", ["كتاب", "الي"]),
        ("کتاب یک", ["كتاب", "يك"]),  # the Persian keyboard's letters
        ("Ёлка ёж", ["елка", "еж"]),
        ("ΟΔΟΣ", ["οδοσ"]),
        ("٢٠٢٤ १२", ["2024", "12"]),
        ("ﬁne Ｗｉｄｅ", ["fine", "wide"]),
        ("price_list-2024.pdf", ["price", "list", "2024", "pdf"]),
        ("می\u200cروم", ["ميروم"]),
        ("😀 ...", []),
        ("", []),
    ],
)
def test_words_of_any_script(text: str, words: list[str]) -> None:
    assert plain_words(text) == words


@pytest.mark.parametrize(
    ("text", "language", "flat"),
    [
        ("500g, 9AM, 2XL, 5x5", None, "500 g, 9 am, 2 xl, 5x5"),
        ("Price_List `24`", None, "price list '24'"),
        ("I ISPARTA 3KM", "tr", "ı ısparta 3 km"),
        ("İZMİR", "tr", "izmir"),
        ("5ｋｇ ５kg ²", None, "5 kg 5 kg 2"),
    ],
)
def test_one_spelling_for_the_same(text: str, language: str | None, flat: str) -> None:
    assert folded(text, language) == flat
    # Letters of another script beside them change nothing.
    assert folded(f"{text} я", language) == f"{flat} я"
    assert plain_words(f"{text} я", language) == [*plain_words(text, language), "я"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "deliveries", "delivery"),
        ("es", "envíos", "envio"),
        ("pt", "matrículas", "matricula"),
        ("de", "Öffnungszeiten", "öffnungszeit"),
        ("id", "ukurannya", "ukuran"),
        ("ru", "доставки", "доставку"),
        ("tr", "KARGOLAR", "kargo"),
        ("ar", "التوصيل", "توصيل"),
        ("hi", "लड़के", "लड़का"),
        ("el", "ΠΑΡΑΔΟΣΕΙΣ", "παράδοση"),
        ("el", "Προϊόντα", "προιοντα"),
    ],
)
def test_forms_of_a_word_meet(language: str, one: str, other: str) -> None:
    assert word_tokens(one, language) == word_tokens(other, language)


def test_turkish_dots() -> None:
    assert word_tokens("ISPARTA İZMİR", "tr") == word_tokens("ısparta izmir", "tr")
    assert word_tokens("İZMİR", "en") == ["izmir"]


def test_accents_left_out_still_meet_but_tones_are_letters() -> None:
    assert character_tokens("Açaí") == character_tokens("acai")
    assert word_tokens("café", None) == word_tokens("cafe", None)
    assert word_tokens("đường", "vi") != word_tokens("dương", "vi")
    assert word_tokens("ठंडा", "hi") != word_tokens("ठडा", "hi")


@pytest.mark.parametrize(
    ("joined", "apart"), [("500g", "500 g"), ("1kg", "1 kg"), ("9am", "9 am"), ("50rb", "50 rb"), ("٥٠٠غ", "500 غ")]
)
def test_a_number_and_its_unit_are_two_words(joined: str, apart: str) -> None:
    assert plain_words(joined) == plain_words(apart) != [joined]


def test_codes_stay_whole() -> None:
    assert plain_words("A4 GAY500 4x4 14h30 3dprint") == ["a4", "gay500", "4x4", "14h30", "3dprint"]


def test_characters_forgive_a_slip() -> None:
    right, slipped = set(character_tokens("delivery")), set(character_tokens("delivary"))
    assert len(right & slipped) >= 3
    assert character_tokens("cat") == ["_cat", "cat_"]


def test_length_counts_words_in_scripts_without_spaces() -> None:
    assert length_in_words("one two three") == 3
    assert 4 <= length_in_words("ร้านเปิดทุกวันจันทร์ถึงวันเสาร์") <= 9
    assert 4 <= length_in_words("我们接受银行转账") <= 7


def test_term_frequencies_grow_with_repetition_and_shrink_with_length() -> None:
    once = term_frequencies(["a", "b"], 130)
    twice = term_frequencies(["a", "a", "b"], 130)
    longer = term_frequencies(["a", "b"], 400)
    assert once.indices.dtype == np.uint32
    assert list(once.indices) == sorted(once.indices)
    at = list(once.indices).index(token_number("a"))
    assert longer.values[at] < once.values[at] < twice.values[at] < 1
    assert once.values[at] == pytest.approx(1 / 2.2)


def test_token_numbers_are_the_same_in_every_process() -> None:
    program = "from balas.rag.words.lexical import token_number; print(token_number('ongkir'))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert int(said) == token_number("ongkir")


def test_stemming_from_several_threads() -> None:
    words = [f"{stem}{ending}" for stem in ("walk", "talk", "jump", "play") for ending in ("ed", "ing", "s", "er")]
    expected = {word: stemmed.__wrapped__(word, "en") for word in words}
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(word for _ in range(100) for word in words if stemmed.__wrapped__(word, "en") != expected[word])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_hyphen_parts_no_word() -> None:
    assert set(word_grams("nonveg")) <= grams_of("Non-veg food is not served.")
    assert not set(word_grams("nonveg")) <= grams_of("Non veg food is not served.")
