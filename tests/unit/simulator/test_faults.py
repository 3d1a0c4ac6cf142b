from __future__ import annotations

import pytest

from balas.simulator.faults import Chance, Dice, Faults


def test_a_count_strikes_that_often() -> None:
    dice = Dice(Faults(error_before=Chance(count=2)))
    assert [bool(dice.strikes("error_before")) for _ in range(4)] == [True, True, False, False]
    assert dice.strikes("lose_response") is None


def test_a_probability_strikes_about_that_often() -> None:
    dice = Dice(Faults(lose_response=Chance(0.1)))
    assert 60 < sum(bool(dice.strikes("lose_response")) for _ in range(1000)) < 140
    assert Dice(Faults(lose_response=Chance(1.0))).strikes("lose_response")


def test_a_probability_with_a_count_ends() -> None:
    dice = Dice(Faults(lose_response=Chance(0.5, count=3)))
    assert sum(bool(dice.strikes("lose_response")) for _ in range(1000)) == 3


def test_the_same_seed_strikes_the_same_and_faults_do_not_disturb_each_other() -> None:
    both = Faults(lose_response=Chance(0.3), error_after=Chance(0.3), seed=5)
    one, other = Dice(both), Dice(both)
    alone = [bool(one.strikes("lose_response")) for _ in range(50)]
    mixed = []
    for _ in range(50):
        other.strikes("error_after")
        mixed.append(bool(other.strikes("lose_response")))
    assert alone == mixed
    changed = Dice(Faults(lose_response=Chance(0.3), seed=6))
    assert alone != [bool(changed.strikes("lose_response")) for _ in range(50)]


def test_faults_are_read_as_probability_count_or_object() -> None:
    faults = Faults.read(
        {
            "lose_response": 0.1,
            "error_after": {"count": 2, "status": 502},
            "too_many": 3,
            "no_id": True,
            "paths": ["sendSeen", "sendText"],
            "store_off": True,
            "seed": 9,
        }
    )
    assert faults.lose_response == Chance(0.1)
    assert faults.error_after == Chance(count=2, status=502)
    assert faults.too_many == Chance(count=3)
    assert faults.no_id == Chance(1.0)
    assert (faults.paths, faults.store_off, faults.seed) == (("sendSeen", "sendText"), True, 9)


@pytest.mark.parametrize("wrong", [{"loose_response": 1}, {"lose_response": {"often": 1}}, {"paths": 5}, {"seed": "x"}])
def test_refuses_what_it_does_not_know(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Faults.read(wrong)


def test_faults_strike_the_wanted_paths() -> None:
    dice = Dice(Faults())
    assert dice.hits_path("/api/sendText")
    assert not dice.hits_path("/api/sendSeen")
    assert Dice(Faults(paths=("*",))).hits_path("/api/anything")
