"""Which quotes answer what is asked at all."""

from __future__ import annotations

import pytest

from balas.rag.quoting.quotes import quotes
from balas.rag.quoting.telling import of_what_is_asked
from balas.values import Passage

LETTERHEAD = "SUNRISE CLASSES, HILL ROAD"


@pytest.mark.parametrize(
    ("text", "question", "position", "told"),
    [
        (LETTERHEAD, "are phones allowed in class?", 0, []),
        (LETTERHEAD, "what is your address?", 0, [LETTERHEAD]),
        (LETTERHEAD, "are phones allowed in class?", 3, [LETTERHEAD]),
        (f"{LETTERHEAD}\nPhones stay at home.", "are phones allowed?", 0, ["Phones stay at home."]),
        (
            "SUNRISE CLASSES\nPHONES STAY AT HOME.",
            "are phones allowed?",
            0,
            ["SUNRISE CLASSES", "PHONES STAY AT HOME."],
        ),
    ],
)
def test_the_name_a_document_opens_with_answers_nothing_else(
    text: str, question: str, position: int, told: list[str]
) -> None:
    found = quotes(Passage(1, 1, "Info", "", None, text, position, 1.0, 0.9, 0.5, 0.5))
    assert [quote.text for quote in of_what_is_asked(found, question)] == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "5. Late payment. It costs $15 a day. Cash is not taken.",
            ["Late payment. It costs $15 a day.", "Cash is not taken."],
        ),
        ("5. Late payment.", ["5. Late payment."]),
        ("5. We ask for a month's rent. It is given back.", ["5. We ask for a month's rent.", "It is given back."]),
        ("Late payment. It costs $15 a day.", ["Late payment.", "It costs $15 a day."]),
    ],
)
def test_the_name_of_a_numbered_clause_is_quoted_with_what_it_says(text: str, told: list[str]) -> None:
    assert [quote.text for quote in quotes(Passage(1, 1, "Info", "", None, text, 1, 1.0, 0.9, 0.5, 0.5))] == told
