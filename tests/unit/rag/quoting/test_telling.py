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
        ("SUNRISE CLASSES\nPHONES STAY AT HOME.", "are phones allowed?", 0, ["SUNRISE CLASSES", "PHONES STAY AT HOME."]),
    ],
)
def test_the_name_a_document_opens_with_answers_nothing_else(
    text: str, question: str, position: int, told: list[str]
) -> None:
    found = quotes(Passage(1, 1, "Info", "", None, text, position, 1.0, 0.9, 0.5, 0.5))
    assert [quote.text for quote in of_what_is_asked(found, question)] == told
