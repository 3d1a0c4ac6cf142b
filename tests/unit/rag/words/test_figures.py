"""Numbers, times and addresses in every spelling."""

from __future__ import annotations

import pytest

from balas.rag.words.figures import collected, figures, holds, holds_number, links, phones

HELD = collected(
    "Harga Kopi Gayo Rp85.000, grosir Rp1,5 juta. Buka pukul 09.00–17.00 sejak 12 Maret 2026, kirim tiga hari. "
    "WA 0812-3456-7890, https://www.Tokokopi.id/pesan"
)


@pytest.mark.parametrize(
    "said",
    [
        "85.000", "85,000", "85000", "Rp85rb", "85 ribu", "85k", "८५,०००", "٨٥٬٠٠٠", "85 000", "Rp85.000,00", "8,5万",
        "1.500.000", "1.5 million", "Rp1,5jt", "15 lakh", "9 AM", "5 pm", "5 PM", "09:00", "17.00", "17:00",
        "jam 5 sore",
        "12/03/2026", "March 12, 2026", "3 days", "+62 812 3456 7890", "081234567890",
    ],
)  # fmt: skip
def test_a_figure_is_found_in_any_spelling(said):
    found = figures(said, "en")
    assert found
    assert all(holds(HELD, figure) for figure in found), found


@pytest.mark.parametrize(
    "said", ["86.000", "85", "850.000", "8.500", "Rp85jt", "6 pm", "9 pm", "09:30", "2025", "four", "0812 3456 7891"]
)
def test_another_figure_is_not(said):
    assert not all(holds(HELD, figure) for figure in figures(said, "en"))


def test_number_words_count_in_their_own_language_only():
    assert figures("once a day", "en") == []
    assert figures("once", "es")


def test_prices_dates_and_hours_are_no_phone_numbers():
    assert phones("Rp1.250.000.000 pada 2026-11-23 atau 12/03/2026, 09.00–17.00, 85.000-95.000, 2024-2025") == []
    assert phones("WA +62 812-3456-7890") == ["+62 812-3456-7890"]


def test_a_number_with_its_country_prefix_is_the_same_number():
    assert holds_number(HELD, "+62 812 3456 7890")
    assert not holds_number(HELD, "+62 812 3456 7899")


def test_links_have_one_spelling():
    assert links("Lihat HTTPS://WWW.tokokopi.id/pesan.") == {"tokokopi.id/pesan"}
    assert links("Buka jam 9.Kami tutup. e.g. Node.js v1.2") == set()
