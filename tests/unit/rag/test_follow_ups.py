"""The conversations of `evals/follow_ups`: what was said before helps where it is needed, and nowhere else."""

from __future__ import annotations

import pytest

from balas.rag.phrasings import OWN_DISCOUNT, search_phrasings
from balas.rag.question import Asked, asked
from balas.values import Passage, Retrieval
from evals.follow_ups import cases, documents, rank


def test_questions_that_change_the_subject_are_searched_as_they_are():
    completed = [(case.question.lines, one.search) for case in cases() if case.is_fresh
                 for one in asked(case.question, {case.language}) if one.is_completed]  # fmt: skip
    assert completed == []


@pytest.mark.parametrize("language", ["id", "en", "es", "pt", "hi", "ar"])
def test_each_language_has_follow_ups_and_most_are_completed(language):
    found = [case for case in cases() if case.language == language and not case.is_fresh]
    completed = [case for case in found if asked(case.question, {language})[-1].is_completed]
    assert len(found) >= 8
    assert len(completed) >= 0.75 * len(found)


def test_history_finds_what_the_follow_ups_own_words_do_not(model):
    first = {True: 0, False: 0}
    follow_ups = [case for case in cases() if not case.is_fresh]
    with documents(model) as retriever:
        for case in follow_ups:
            own = case.question.lines[0]
            first[True] += rank(retriever, asked(case.question, {case.language})[-1], case) == 1
            first[False] += rank(retriever, Asked(own, own), case) == 1
    assert first[True] >= 0.85 * len(follow_ups)
    assert first[True] > 1.3 * first[False]


def passage(number: int, score: float) -> Passage:
    return Passage(number, number, "T", "", None, f"text {number}", 0, score, 0.9, 0.5, 0.5)


def test_own_words_are_searched_too_and_count_less():
    found = {
        "and on sunday open": Retrieval("a", "en", (passage(1, 3.9), passage(2, 3.5)), 0.3),
        "and on sunday?": Retrieval("b", "en", (passage(3, 4.0), passage(2, 3.9)), 0.6),
    }
    both = Asked("and on sunday?", "and on sunday open", ("and on sunday?",))
    merged = search_phrasings(both, found.__getitem__, 8)
    assert [(one.chunk_id, round(one.score, 2)) for one in merged.passages] == [(1, 3.9), (3, 3.8), (2, 3.7)]
    assert merged.answerable == 0.6
    assert OWN_DISCOUNT > 0
