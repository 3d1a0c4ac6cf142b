"""Words typed without their vowels are searched as the documents write them."""

from __future__ import annotations

import pytest

from balas.rag.words.shortened import written_out
from balas.values import Passage

DOCUMENT = (
    "Sewa kamar per bulan Rp 900.000, rumah Rp 2.000.000. Opening an account is free. Taxa: 3 quartos (82 m²). "
    "Consultation 50, sopa 12. Barang elektronik dan barang pecah belah. Bedding."
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sewa kmr 1 bln brp", "sewa kamar 1 bulan brp"),
        ("how do I open an acct?", "how do I open an account?"),
        ("taxa do ap de 3 qtos", "taxa do ap de 3 quartos"),
        ("titip brg bisa?", "titip barang bisa?"),
        ("do you have a spa", "do you have a spa"),  # no "sopa"
        ("how much is a haircut", "how much is a haircut"),
        ("old dry bed", "old dry bed"),  # whole words
        ("ada mri?", "ada mri?"),  # stands nowhere
        ("สวัสดี kmr", "สวัสดี kamar"),
    ],
)
def test_a_word_without_its_vowels(typed: str, meant: str) -> None:
    found = [Passage(1, 1, "Info", "", None, DOCUMENT, 0, 1.0, 0.9, 0.5, 0.5)]
    assert written_out(typed, lambda: found) == meant


def test_a_word_that_may_be_two_stays() -> None:
    found = [Passage(1, 1, "Info", "", None, "Kamar mandi, komputer.", 0, 1.0, 0.9, 0.5, 0.5)]
    assert written_out("ada kmr?", lambda: found) == "ada kmr?"
