"""What counts as holding the expected answer, and the shares drawn from it."""

from __future__ import annotations

import pytest

from balas.rag.measuring.answer_figures import AnswerFigures, holds_any


@pytest.mark.parametrize(
    ("text", "answer", "held"),
    [
        ("It gave up 308 points.", "308", True), ("It has 15 doors.", "5", False), ("Tyndale's Bible", "Tyndale", True),
        ("KOPI Gayo, Rp85.000", "kopi gayo", True), ("ร้านเปิดทุกวันจันทร์", "วันจันทร์", True), ("It is open.", "?", False),
    ],
)  # fmt: skip
def test_an_answer_is_held_as_whole_words_in_their_order(text, answer, held):
    assert holds_any(text, [answer]) is held


def test_shares_are_of_all_questions_with_an_answer():
    figures = AnswerFigures()
    figures.add("In 1946. And more.", ["1946"])
    figures.add("They also won. In 1946, that is.", ["1946"])
    figures.add("Nothing of the kind.", ["1946"])
    figures.add(None, ["1946"])
    figures.add_unanswerable("Rp85.000")
    figures.add_unanswerable(None)
    told = figures.as_dict()
    assert (told["answer_contained"], told["in_first_sentence"], told["refused"]) == (0.5, 0.25, 0.25)
    assert told["contained_where_answered"] == pytest.approx(2 / 3)
    assert told["answered_unanswerable"] == 0.5


def test_a_set_without_answers_has_no_shares():
    assert AnswerFigures().as_dict()["answer_contained"] is None
