from __future__ import annotations

import pytest

from balas.rag.measuring.golden import Golden, Result, fallen, figures_of, judged, says
from balas.values import Answer, ChunkKind, Passage, Source

RETURNS = Golden(1, "How long can I return a jacket?", "en", document_id=4, expected="30 days")


def passage(text: str, document_id: int = 4, kind: ChunkKind = ChunkKind.TEXT) -> Passage:
    return Passage(1, document_id, "Returns", "", None, text, 0, 4.0, 0.9, 0.5, 0.5, kind)


def answer(text: str, document_id: int = 4) -> Answer:
    return Answer(text, False, "en", (Source(document_id, "Returns", None, text),))


SILENCE = Answer("I didn't find that.", True, "en")


@pytest.mark.parametrize(
    ("text", "expected", "said"),
    [
        ("Goods may be returned within **30 days** of delivery.", "30 days", True),
        ("Goods may be returned within 30 working days.", "30 days", False),
        ("Ongkir per kg: Rp 12.000; Tujuan: Jabodetabek", "Rp 12,000", False),
        ("Bungkus kado Rp15.000 per kotak, sudah termasuk kartu ucapan.", "Bungkus kado Rp 15.000 per kotak", True),
        ("A puncture is on us. Other damagee costs at most € 250.", "Other damage costs at most € 250", True),
        ("Other damage costs at most € 350.", "Other damage costs at most € 250", False),
        ("We ship to all of the world, from our Dago store.", "We only ship to Indonesia, from our Dago store.", False),
        ("营业时间：周一至周五，九点到十八点，周日休息。", "周日休息", True),
    ],
)
def test_what_counts_as_said(text: str, expected: str, said: bool) -> None:
    assert says(text, expected) is said


def test_a_question_holds_by_its_passage_and_its_source() -> None:
    good = judged(RETURNS, [passage("Return goods within 30 days.")], answer("Within 30 days."))
    assert (good.found, good.answered, good.said, good.passes) == (True, True, True, True)
    deep = judged(RETURNS, [passage("Nothing.")] * 4 + [passage("Return goods within 30 days.")], answer("30 days"))
    assert (deep.found, deep.answered, deep.passes) == (False, True, False)
    other = judged(RETURNS, [passage("Return goods within 30 days.", 9)], answer("30 days", 9))
    assert (other.found, other.answered, other.passes) == (False, True, False)
    elsewhere = judged(RETURNS, [passage("Return goods within 30 days.", 9)], answer("Within 3 weeks.", 9))
    assert elsewhere.answered is False
    assert not judged(RETURNS, [passage("Return goods within 30 days.")], SILENCE).passes


def test_silence_is_kept_or_broken() -> None:
    unknown = Golden(2, "Do you sell helicopters?", must_abstain=True)
    kept, broken = judged(unknown, [], SILENCE), judged(unknown, [], answer("Yes, for 30 days."))
    assert (kept.passes, broken.passes) == (True, False)
    fall = fallen(unknown, kept, broken)
    assert fall is not None
    assert "should not be" in fall.reason
    assert fallen(unknown, broken, kept) is None


def test_columns_that_were_swapped_do_not_hold() -> None:
    asked = Golden(1, "Toko Buah Batu Senin?", expected="Senin: Toko Buah Batu 09.00–20.00")
    right = passage("Hari: Senin; Toko Dago: 08.00–21.00; Toko Buah Batu: 09.00–20.00", kind=ChunkKind.TABLE)
    swapped = passage("Hari: Senin; Toko Dago: 09.00–20.00; Toko Buah Batu: 08.00–21.00", kind=ChunkKind.TABLE)
    assert judged(asked, [right], answer("x")).found
    assert not judged(asked, [swapped], answer("x")).found


def test_figures_of_two_rows_are_not_taken_together() -> None:
    asked = Golden(1, "Price of the tandem?", expected="Tandem per day: € 33 with lock")
    rows = passage("Bike: City; Per day: € 33\nBike: Tandem with lock; Per day: € 18", kind=ChunkKind.TABLE)
    assert not judged(asked, [rows], answer("x")).found


def test_another_figure_beside_the_expected_one_is_told() -> None:
    asked = Golden(1, "Deposit?", expected="We take a deposit of € 120 for each bike.")
    alone = passage("We take a deposit of € 120 for each bike.")
    doubled = passage("We take a deposit of € 120 for each bike. We take a deposit of € 200 for each bike.")
    before, after = judged(asked, [alone], answer("€ 120")), judged(asked, [doubled], answer("€ 120"))
    assert after.passes
    fall = fallen(asked, before, after)
    assert fall is not None
    assert "€ 200" in fall.reason
    more = passage("We take a deposit of € 120 for each bike. A tandem of 2 seats takes a deposit of € 200.")
    assert fallen(asked, before, judged(asked, [more], answer("€ 120"))) is None


def test_results_survive_being_kept_and_are_counted() -> None:
    good = judged(RETURNS, [passage("Return goods within 30 days.")], answer("Within 30 days."))
    assert Result.of(good.as_dict() | {"version": 3, "marks": {}}) == good
    quiet = judged(Golden(2, "x", must_abstain=True), [], SILENCE)
    assert figures_of([good, quiet]) == {
        "questions": 2, "passing": 2, "found": 1, "found_of": 1, "answered": 1, "answered_of": 1,
        "said": 1, "said_of": 1, "silent": 1, "silent_of": 1,
    }  # fmt: skip


def test_words_of_an_answer_count_only_where_a_model_wrote_them() -> None:
    kept = [passage("Return goods within 30 days.")]
    before, after = judged(RETURNS, kept, answer("Within 30 days.")), judged(RETURNS, kept, answer("Within a month."))
    assert fallen(RETURNS, before, after) is None
    fall = fallen(RETURNS, before, after, written=True)
    assert fall is not None
    assert "no longer says" in fall.reason
