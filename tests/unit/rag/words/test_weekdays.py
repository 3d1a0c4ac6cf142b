"""Days in a text, in the languages people and documents write."""

from __future__ import annotations

import pytest

from balas.rag.words.weekdays import meets, weekdays

WEEK = {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("On Mondays", {0}), ("Senin–Jumat 09.00", WEEK), ("lunes a viernes", WEEK), ("Mon-Fri 9-17", WEEK),
        ("senin sampai jumat, tutup Minggu", WEEK | {6}), ("de terça-feira a sábado", {1, 2, 3, 4, 5}),
        ("von Montag bis Samstag", {0, 1, 2, 3, 4, 5}), ("du lundi au vendredi", WEEK),
        ("Friday to Monday", {0, 4, 5, 6}),
        ("सोमवार से शनिवार", {0, 1, 2, 3, 4, 5}), ("من الاثنين إلى السبت", {0, 1, 2, 3, 4, 5}), ("ويوم الأحد", {6}),
        ("с понедельника по субботу", {0, 1, 2, 3, 4, 5}), ("周一至周五", WEEK), ("月曜日から金曜日", WEEK),
        ("월요일부터 금요일", WEEK), ("วันจันทร์ถึงวันศุกร์", WEEK), ("thứ hai đến thứ sáu", WEEK), ("pazartesi - cuma", WEEK),
        ("Sonn- und Feiertage", {6}), ("an Sonn- u. Feiertagen", {6}), ("segunda - feira", {0}),
        ("Sa 9:00–9:45", {5}), ("Fri 10-12 am, Sun 9:00-11:00", {4, 6}), ("do 18:00", set()),
        ("in mar 10-20 kg", set()),
        # no days: a second copy, two weeks, March and April
        ("segunda via", set()), ("dua minggu", set()), ("2 minggu", set()), ("in Mar - Apr", set()), ("", set()),
    ],
)  # fmt: skip
def test_days_and_ranges(text, days):
    assert weekdays(text) == days


def test_a_text_meets_the_day_asked_for_or_speaks_of_others():
    assert meets("Closed on Sundays", frozenset({6})) == 1.0
    assert meets("Monday to Friday", frozenset({6})) == -1.0
    assert meets("Rp85.000", frozenset({6})) == 0.0
    assert meets("Closed on Sundays", frozenset()) == 0.0
