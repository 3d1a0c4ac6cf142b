"""Asked for one of a series that is not listed: the others are not quoted."""

from __future__ import annotations

import pytest

from balas.rag.words.series import is_left_out
from balas.values import ChunkKind, Passage

ROWS = (
    "Item: Screen iPhone 11 / XR; Price: 129,00\nItem: Screen iPhone 13; Price: 189,00; Note: original 249,00\n"
    "Item: Clean the socket; Price: 15,00\nItem: Laptop screen 15,6 inch; Price: 159,00\nItem: Grade 7-9; Price: 1200\n"
    "Item: Grade 10; Price: 1450\nItem: Grade 11; Price: 1500\nItem: Tyre 13; Price: 20"
)


def listed(text: str = ROWS, kind: ChunkKind = ChunkKind.TABLE) -> list[Passage]:
    return [Passage(1, 1, "Prices", "", None, text, 0, 1.0, 1.0, 1.0, 1.0, kind)]


@pytest.mark.parametrize("question", ["price of screen iphone 15", "iPhone-14?", "grade 12 fee"])
def test_one_that_is_not_listed(question: str) -> None:
    assert is_left_out(question, listed())


@pytest.mark.parametrize(
    "question",
    [
        "price of screen iphone 13",
        "iphone 11 screen",
        "grade 8 fee",
        "tyre 14",  # one alone is no series
        "screen for 15 people",
        "is the iphone 30 dollars",
        "delivery 15 km",
        "galaxy 21",
    ],
)
def test_what_is_listed_or_no_series(question: str) -> None:
    assert not is_left_out(question, listed())


def test_what_a_sentence_says_of_it_counts() -> None:
    said = listed("We do not mend the iPhone 15.", ChunkKind.TEXT)
    assert not is_left_out("screen iphone 15", [*listed(), *said])
    assert is_left_out(
        "class 8 fee", listed("Course: class 9; Time: 4:00-8:00 pm; Fee: 8,000\nCourse: class 10; Time: 8.30")
    )
    assert not is_left_out("opens at 8", listed("Item: at 9; Price: 1\nItem: at 17; Price: 2"))
