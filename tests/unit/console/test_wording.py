from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from balas.console.wording import LocalTime, age, count, duration, file_size, phone

NOW = datetime(2026, 3, 1, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("digits", "shown"),
    [
        ("6281234567890", "+62 812-3456-7890"),
        ("12025550100", "+1 202-555-0100"),
        ("628125550101", "+62 812-5550-101"),
        ("2348031110004", "+234 803-1110-004"),
        ("351912345678", "+351 912-345678"),
        ("5581987654321", "+55 819-8765-4321"),
        ("79161234567", "+7 916-1234-567"),
        ("", ""),
        (None, ""),
        ("abc<b>", "abc<b>"),
    ],
)
def test_numbers_are_shown_in_groups(digits: str | None, shown: str) -> None:
    assert phone(digits) == shown


def test_days_are_those_of_the_readers_clock() -> None:
    here, jakarta = LocalTime(0), LocalTime(7 * 60)
    assert here.day(NOW, NOW) == "Today"
    assert jakarta.clock(NOW) == "03:30"
    assert jakarta.day(NOW - timedelta(hours=4), NOW) == "Yesterday"  # 23:30 of the day before, there
    assert here.day(NOW - timedelta(days=3), NOW) == "Thursday"
    assert here.day(NOW - timedelta(days=9), NOW) == "20 February 2026"
    assert here.brief(NOW, NOW) == "20:30"


def test_sizes_times_and_counts_read_as_people_say_them() -> None:
    assert [file_size(n) for n in (12, 48_213, 3_482_113)] == ["12 bytes", "48 KB", "3.5 MB"]
    assert [duration(n) for n in (0.2, 58.4, 1240, 90_000)] == ["<1 ms", "58 ms", "1.2 s", "2 min"]
    assert [age(n) for n in (5, 90, 7200, 400_000)] == ["5 s", "2 min", "2 h", "5 days"]
    assert count(1, "passage") == "1 passage"
    assert count(2000, "match", "matches") == "2,000 matches"
