"""Approved answers: given to the question they were written for, however it is put, and to no other."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from balas.rag.approved import Approvals, answer_of, has_same_words, with_approved
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.values import ChunkKind, Passage

PAIRS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("curated_pairs.toml").read_text("utf-8"))["pair"]


def approved(number: int, question: str, *, is_public: bool = True, document: int | None = None) -> Passage:
    return Passage(
        number, document or number, question, "", None, f"{question}\nAs written,\n*by us*.", 0, 3.0, 0.8, 0.1, 0.1,
        ChunkKind.CURATED, is_public,
    )  # fmt: skip


def of_language(language: str) -> list[dict[str, Any]]:
    return [pair for pair in PAIRS if pair["language"] == language]


@pytest.mark.parametrize("language", ["en", "id", "es", "pt", "hi", "ar"])
def test_no_other_question_gets_it_and_most_wordings_of_its_own_do(language: str, model: EmbeddedModel) -> None:
    approvals = Approvals(model)
    passages = [approved(number, pair["asked"]) for number, pair in enumerate(of_language(language))]
    right = wanted = 0
    for number, pair in enumerate(of_language(language)):
        for text in pair["other"]:
            assert approvals.chosen(text, passages, language) is None, text
        for text in [pair["asked"], *pair["same"]]:
            chosen = approvals.chosen(text, passages, language)
            assert chosen is None or chosen.chunk_id == number, text
            right, wanted = right + (chosen is not None), wanted + 1
    assert right / wanted > 0.65, (right, wanted)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("School fee for grade 3?", "School fee for grade 4?"),
        ("How much is the parking?", "When is the parking?"),
        ("Who is the president of the club?", "Who is the vicepresident of the club?"),
        ("Is parking free?", "Is parking free for members?"),
        ("Do you take cards?", "Why do you not take cards?"),
        ("Cancel my order", "My order is already cancelled"),
    ],
)
def test_words_that_differ_make_it_another_question(one: str, other: str) -> None:
    assert not has_same_words(one, other, "en")
    assert not has_same_words(other, one, "en")


def test_the_words_alone_do_not_decide(model: EmbeddedModel) -> None:
    asked, phrasing = "Quem é a secretária?", "Onde fica a secretaria?"
    assert has_same_words(asked, phrasing, "pt")
    assert Approvals(model).chosen(asked, [approved(1, phrasing)], "pt") is None


def test_ones_own_circle_goes_before_everybody(model: EmbeddedModel) -> None:
    both = [approved(1, "What is the fee?"), approved(2, "What is the fee?", is_public=False)]
    chosen = Approvals(model).chosen("what is the fee", both, "en")
    assert chosen is not None
    assert chosen.chunk_id == 2


def test_below_certainty_it_competes_with_a_bonus_and_once() -> None:
    text = Passage(5, 50, "Prices", "", None, "Parking costs 3.", 0, 3.1, 0.8, 0.1, 0.1)
    ranked = with_approved([text, approved(1, "Where to park?", document=9), approved(2, "Parking?", document=9)])
    assert [passage.chunk_id for passage in ranked] == [1, 5]
    assert with_approved([text]) == [text]


def test_the_answer_keeps_its_lines() -> None:
    assert answer_of(approved(1, "What is the fee?")) == "As written,\n*by us*."
