"""What of a draft is kept: figures to the letter, other languages by meaning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balas.rag.checks.marks import marks, unmarked
from balas.rag.grounding import ground
from balas.rag.quoting.closest import closest_quote
from balas.values import Passage


def passage(number: int, text: str, title: str = "Daftar harga") -> Passage:
    return Passage(number, number, title, "", 2, text, 0, 4.0, 0.9, 0.5, 0.5)


PASSAGES = [
    passage(1, "Nama: Kopi Gayo 250 g; Harga: Rp85.000; Stok: ada"),
    passage(
        2, "Kami buka Senin sampai Jumat pukul 09.00–17.00. Hubungi Siti Rahma, https://tokokopi.id/pesan.", "Jam buka"
    ),
    passage(3, "Pengembalian barang diterima dalam tujuh hari.", "Retur"),
]


@pytest.mark.parametrize(
    ("draft", "language", "kept", "cited"),
    [
        ("Harga Kopi Gayo 250 g Rp85.000 [1].", "id", "Harga Kopi Gayo 250 g Rp85.000.", (0,)),
        ("Gayo is 85,000. [1] We open 9 AM to 5 PM [2].", "en", "Gayo is 85,000. We open 9 AM to 5 PM.", (0, 1)),
        ("El café Gayo cuesta Rp85.000 [1].", "es", "El café Gayo cuesta Rp85.000.", (0,)),
        ("Returns are accepted within 7 days [3]!", "en", "Returns are accepted within 7 days!", (2,)),
        (
            "- Kopi Gayo: Rp85.000 [1]\n- Buka 09.00–17.00 [2]",
            "id",
            "- Kopi Gayo: Rp85.000\n- Buka 09.00–17.00",
            (0, 1),
        ),
        ("Pesan di https://tokokopi.id/pesan [2].", "id", "Pesan di https://tokokopi.id/pesan.", (1,)),
        ("Kopi Gayo Rp85rb, buka sampai 17.00 [1][2].", "id", "Kopi Gayo Rp85rb, buka sampai 17.00.", (0, 1)),
    ],
)
def test_what_the_passages_hold_is_kept_without_its_marks(draft, language, kept, cited):
    grounded = ground(draft, PASSAGES, "berapa harga kopi gayo?", language)
    assert (grounded.text, grounded.cited) == (kept, cited)
    assert grounded.removed == ()


def test_what_a_model_says_again_and_again_is_said_once():
    grounded = ground("Kopi Gayo Rp85.000 per bungkus [1].\n" * 2_000, PASSAGES, "berapa harga kopi gayo?", "id")
    assert grounded.text == "Kopi Gayo Rp85.000 per bungkus."
    assert ground("Stok: ada [1]. Stok: ada [1].", PASSAGES, "?", "id").text == "Stok: ada. Stok: ada."


def test_a_table_of_figures_without_words_is_no_answer():
    draft = "## Hours\n\n| a | b |\n|---|---|\n| 09.00 | 17.00 |"
    assert ground("|---|---|\n| 09.00 | 17.00 |\n| 1 | 2 |", PASSAGES, "jam buka?", "id").is_withheld
    assert "09.00" not in ground(draft, PASSAGES, "jam buka?", "id").text
    assert ground("09.00–17.00 [2]", PASSAGES, "jam buka?", "id").text == "09.00–17.00"


@pytest.mark.parametrize(
    "draft",
    [
        "Harga Kopi Gayo Rp95.000 [1].", "Kopi Gayo Rp85.000 dan ongkir 20.000 [1].", "Hubungi Budi Santoso [2].",
        "Pesan di https://evil.com/pesan [2].", "Returns are accepted within 14 days [3].",
        "Kami buka sampai 21.00 [2].",
        "Retur dalam delapan hari [3].", "Buka sejak 3 Mei [2].",
    ],
)  # fmt: skip
def test_a_wrong_figure_name_or_address_takes_the_sentence_out(draft):
    grounded = ground(draft, PASSAGES, "?", "id")
    assert grounded.is_withheld
    assert grounded.checks[0]["problem"]


def test_a_draft_without_marks_gets_its_sources_by_matching():
    grounded = ground("Harga Kopi Gayo 250 g adalah Rp85.000. Pengembalian diterima dalam tujuh hari.", PASSAGES)
    assert grounded.cited == (0, 2)
    assert grounded.removed == ()


def test_a_wrong_mark_is_put_right():
    assert ground("Harga Kopi Gayo Rp85.000 [3].", PASSAGES, "", "id").cited == (0,)


def test_only_the_unsupported_sentence_goes():
    grounded = ground("Harga Kopi Gayo Rp85.000 [1]. Ongkirnya gratis ke Papua Rp0.", PASSAGES, "", "id")
    assert grounded.text == "Harga Kopi Gayo Rp85.000."
    assert len(grounded.removed) == 1


def test_courtesy_is_kept_beside_an_answer_and_worthless_alone():
    assert ground("Harga Kopi Gayo Rp85.000 [1]. Silakan bertanya lagi!", PASSAGES, "", "id").text.endswith("lagi!")
    assert ground("Silakan bertanya lagi!", PASSAGES, "", "id").is_withheld


def test_a_wrong_premise_of_the_person_does_not_become_true():
    assert ground("Ya, harganya Rp95.000 [1].", PASSAGES, "harga kopi gayo Rp95.000 kan?", "id").is_withheld
    assert not ground(
        "Untuk 3 bungkus Kopi Gayo, satuannya Rp85.000 [1].", PASSAGES, "3 bungkus berapa?", "id"
    ).is_withheld


def test_an_echo_of_the_question_says_nothing_wrong():
    assert ground("zebra-4711", PASSAGES, "zebra-4711", "en").text == "zebra-4711"


def test_general_knowledge_is_withheld():
    assert ground("The capital of France is Paris.", PASSAGES, "kopi", "en").is_withheld


def test_other_languages_are_told_by_meaning():
    near = lambda texts: [[0.8, 0.8, 0.91 if "back" in text else 0.85] for text in texts]  # noqa: E731
    far = lambda texts: [[0.7, 0.7, 0.7] if "moon" in text else [0.85, 0.85, 0.85] for text in texts]  # noqa: E731
    assert ground("You may bring goods back.", PASSAGES, "returns?", "en", near).cited == (2,)
    assert ground("Cheese is from the moon [3].", PASSAGES, "returns?", "en", far).is_withheld


def test_german_nouns_are_not_names():
    assert not ground("Der Preis für Kopi Gayo ist Rp85.000 [1].", PASSAGES, "", "de").is_withheld


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("a [1]", (1,)),
        ("a [1][3]", (1, 3)),
        ("a [1, 2]", (1, 2)),
        ("a [2-4]", (2, 3, 4)),
        ("a 【2】", (2,)),
        ("a [x]", ()),
    ],
)
def test_citation_marks(sentence, numbers):
    assert marks(sentence) == numbers
    assert numbers == () or unmarked(sentence) == "a"


def test_marks_beyond_the_passages_are_ignored():
    assert ground("Harga Kopi Gayo Rp85.000 [9].", PASSAGES, "", "id").cited == (0,)


def test_the_closest_sentence_is_the_quote_of_a_source():
    assert closest_quote("Kami buka pukul 09.00", PASSAGES[1]).startswith("Kami buka Senin")


@given(st.text(max_size=200), st.text(max_size=60))
def test_any_draft_is_survived_and_nothing_is_invented(draft, question):
    grounded = ground(draft, PASSAGES, question, "en")
    assert all(0 <= place < len(PASSAGES) for place in grounded.cited)
    assert len(grounded.text) <= len(draft) + 1


@pytest.mark.parametrize("draft", ["Nomor Anda INV-2231.", "INV-2231", "ok: INV-2231 [1]", "[INV-2231] ok"])
def test_a_reference_of_the_person_may_be_said_back(draft: str):
    assert not ground(draft, PASSAGES, "pesanan INV-2231 bagaimana?", "id").is_withheld


@pytest.mark.parametrize(
    "draft", ["Pesanan INV-2231 tiba besok jam 09.30.", "INV-2231 senilai Rp95.000.", "Ya, Rp95.000.", "INV-9999"]
)
def test_a_claim_does_not_pass_as_an_echo(draft: str):
    assert ground(draft, PASSAGES, "pesanan INV-2231 Rp95.000 kan?", "id").is_withheld
