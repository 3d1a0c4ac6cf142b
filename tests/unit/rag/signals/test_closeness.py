from __future__ import annotations

from balas.rag.index import Terms
from balas.rag.signals.closeness import LONGEST, Closeness, reranked, windows
from balas.values import Passage


def even(terms: Terms) -> dict[int, float]:
    """Every token says the same."""
    total = sum(terms.values())
    return {term: count / total for term, count in terms.items()}


def passage(chunk_id: int, text: str, title: str = "", score: float = 3.0) -> Passage:
    return Passage(chunk_id, 1, title, "", None, text, 0, score, 0.8, 0.5, 0.5)


def test_one_sentence_that_says_it_all_beats_many_that_say_a_little() -> None:
    together = "We also sell hats. Refund of shipping costs: only for defective goods. Our shop is old."
    apart = (
        "A refund takes two weeks and is sent to the account that paid for the order, as the law of the country asks. "
        "For shipping we work with three companies, which are known for being careful with the boxes given to them. "
        "All costs are listed in the table at the end of this page, together with the conditions of each payment."
    )
    close = Closeness("refund of shipping costs", even)
    assert close.best_sentence(passage(1, together)) > 0.9 > close.best_sentence(passage(2, apart)) > 0.2
    order, best = reranked([passage(2, apart), passage(1, together)], close)
    assert [p.chunk_id for p in order] == [1, 2]
    assert best > 0.9


def test_title_and_sentence_count_together() -> None:
    close = Closeness("delivery Bandung", even)
    assert close.best_sentence(passage(1, "It takes one day.", "Delivery in Bandung")) > 0.95
    assert close.best_sentence(passage(1, "It takes one day.")) < 0.1


def test_what_is_not_looked_at_stays_below() -> None:
    found = [passage(n, "nothing of it", score=4 - n / 100) for n in range(30)]
    order, _ = reranked(found, Closeness("refund", even))
    assert [p.chunk_id for p in order] == list(range(30))
    assert [p.score for p in order] == sorted((p.score for p in order), reverse=True)


def test_questions_and_passages_without_words() -> None:
    assert reranked([], Closeness("refund", even)) == ([], 0.0)
    for question in ("", "???", "😀"):
        assert Closeness(question, lambda terms: even(terms) if terms else {}).best_sentence(passage(1, "text")) == 0.0
    assert Closeness("refund", even).best_sentence(passage(1, "")) == 0.0


def test_windows_hold_all_of_the_text() -> None:
    for text in (
        "Short. Also short.",
        "word " * 500,
        "x" * 1000,
        "ไม่มีจุด" * 100,
        "One sentence of a usual length. " * 40,
    ):
        parts = windows(text)
        assert "".join("".join(parts).split()) == "".join(text.split())
        assert all(len(part) <= LONGEST for part in parts)
