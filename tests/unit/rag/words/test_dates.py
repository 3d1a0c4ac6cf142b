"""Dates and spans of dates in a text, and the holiday that a quote speaks of."""

from __future__ import annotations

import pytest

from balas.rag.quoting.fitness import of_the_holiday
from balas.rag.words.dates import covers, dates

CHRISTMAS = frozenset({(11, 25)})


@pytest.mark.parametrize(
    "text",
    [
        "vom 23. Dezember bis zum 6. Januar bleibt unser Büro geschlossen",
        "25 de dezembro e 1º de janeiro: fechado",
        "Cerramos del 8 al 23 de agosto y del 24 de diciembre al 1 de enero.",
        "closed from December 20 to January 3",
    ],
)
def test_a_day_is_named_or_lies_in_a_span(text):
    assert covers(text, CHRISTMAS)


@pytest.mark.parametrize(
    "text", ["from 2 December to 5 December", "15 May to 2 June 2028", "1 December. Rent is due on 3 January.", "25:00"]
)
def test_other_days_are_not(text):
    assert not covers(text, CHRISTMAS)


def test_a_month_without_a_day_is_no_date():
    assert dates("July: 14 h") == set()
    assert dates("December 25") == {(11, 25)}


HOURS = ("Hours", "Monday to Friday 8 am to 9 pm.")
NATAL = ("Hari libur", "Hari: Hari Natal (25 Desember); Toko: tutup")
NEW_YEAR = ("Hari libur", "Hari: Tahun Baru; Toko: tutup")
OTHERS = ("Jam buka", "Hari libur nasional tutup.")


@pytest.mark.parametrize(
    ("question", "may"),
    [
        ("Are you open on Christmas?", [False, True, False, False]),
        ("tahun baru buka?", [False, False, True, False]),
        ("are you open on easter?", [False, True, True, True]),  # under a heading of holidays: nothing says more
        ("jam buka?", [True, True, True, True]),
    ],
)
def test_of_holidays_the_one_that_is_asked_about(question, may):
    assert of_the_holiday(question, [HOURS, NATAL, NEW_YEAR, OTHERS]) == may
