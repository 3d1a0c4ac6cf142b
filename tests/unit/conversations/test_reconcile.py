"""What became of a send whose answer was lost: the decisions, as a table."""

from __future__ import annotations

import pytest

from balas.conversations.outbox import Errand, Parcel
from balas.conversations.reconcile import Sighting, Verdict, decide
from balas.ports import SentMessage
from tests.unit.conversations.writing import ALICE, NOON


def parcel(bare_id: str | None = "OUT1", sends: int = 1, looks: int = 0) -> Parcel:
    return Parcel(7, Errand.RECONCILE, "default", ALICE, "satu", None, bare_id, 1, sends, looks, "IN1", NOON)


def seen(*bare_ids: str) -> tuple[SentMessage, ...]:
    return tuple(SentMessage(f"true_{ALICE}_{bare_id}", bare_id) for bare_id in bare_ids)


@pytest.mark.parametrize(
    ("given", "sighting", "verdict"),
    [
        (parcel(), Sighting(seen("OUT1"), readable=True, working=True), Verdict.SENT),
        (parcel(), Sighting((), readable=True, working=True), Verdict.LOOK_AGAIN),
        (parcel(looks=1), Sighting((), readable=True, working=True), Verdict.SEND_AGAIN),
        (parcel(looks=1, sends=2), Sighting((), readable=True, working=True), Verdict.SEND_AGAIN),
        (parcel(looks=1, sends=3), Sighting((), readable=True, working=True), Verdict.UNKNOWN),
        (parcel(looks=9), Sighting((), readable=True, working=False), Verdict.LOOK_AGAIN),
        (parcel(), Sighting((), readable=False, working=True), Verdict.LOOK_AGAIN),
        (parcel(looks=2), Sighting((), readable=False, working=True), Verdict.UNKNOWN),
        (parcel(None), Sighting(seen("X"), readable=True, working=True), Verdict.SENT),
        (parcel(None, looks=1), Sighting((), readable=True, working=True), Verdict.SEND_AGAIN),
        (parcel(None, looks=1, sends=2), Sighting((), readable=True, working=True), Verdict.UNKNOWN),
        (parcel(None, looks=2), Sighting((), readable=False, working=True), Verdict.UNKNOWN),
    ],
)
def test_what_is_seen_in_waha_decides(given: Parcel, sighting: Sighting, verdict: Verdict) -> None:
    assert decide(given, sighting, set())[0] is verdict


def test_an_equal_text_that_belongs_to_another_bubble_is_not_ours() -> None:
    sighting = Sighting(seen("OTHER"), readable=True, working=True)
    assert decide(parcel(None), sighting, {"OTHER"})[0] is Verdict.LOOK_AGAIN


def test_of_two_equal_texts_the_older_unowned_one_is_taken() -> None:
    verdict, sent = decide(parcel(None), Sighting(seen("NEW", "OLD"), readable=True, working=True), set())
    assert verdict is Verdict.SENT
    assert sent is not None
    assert sent.bare_id == "OLD"
