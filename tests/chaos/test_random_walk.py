"""The message line under a random mixture of all that may happen, against a simple oracle: each letter is answered once
in its chat, or has one recorded reason. In one thread and by a clock that is set by hand, so a walk can be repeated:

    WALK=17 pytest tests/chaos/test_random_walk.py

`make chaos` walks for long.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from sqlalchemy import event

from balas.database.engine import Database
from balas.models import Base
from tests.chaos import oracle, walk
from tests.chaos.said import Person
from tests.chaos.town import Faults, Town, standing
from tests.chaos.walk import Walk

pytestmark = pytest.mark.chaos
PEOPLE = [
    Person("12025550101", None),
    Person("12025550102", "900000000102@lid"),
    Person("12025550103", "900000000103@lid"),
]


def town_of(seed: int, database: Database) -> Town:
    dice = random.Random(seed)
    random.seed(seed)  # of the product's own pauses
    faults = Faults(
        kill=dice.choice([0.0, 0.01, 0.04]),
        database=dice.choice([0.0, 0.0, 0.03]),
        waha=dice.choice([0.0, 0.02, 0.1]),
        model=dice.choice([0.0, 0.1]),
        meanwhile=dice.choice([0.0, 0.1, 0.3]),
    )
    return Town(database, dice, has_ids=dice.random() < 0.6, faults=faults)


def walks(seed: int, database: Database, steps: int) -> None:
    with standing(town_of(seed, database)) as town:
        going = Walk(town, PEOPLE)
        try:
            for _ in range(steps):
                going.anything()
            going.settle()
            going.dead_letters_are_retried()
            going.settle()
            oracle.check(going)
        except BaseException:
            print("\n".join(" ".join(entry) for entry in going.journal))  # noqa: T201 the way that led there
            raise


@pytest.fixture
def quick(sqlite: Database) -> Database:
    """Nothing here is about the disk."""
    event.listen(sqlite.writer, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    sqlite.writer.dispose()
    return sqlite


SEEDS = [int(os.environ["WALK"])] if "WALK" in os.environ else [3, 25]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_letter_is_answered_once_or_has_its_reason(quick: Database, seed: int) -> None:
    walks(seed, quick, 50)


def test_the_oracle_finds_a_mistake(quick: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message that is told twice is two."""
    count = iter(range(1_000_000))
    monkeypatch.setattr(walk, "dedupe_key", lambda *_: f"{next(count):064d}")
    with pytest.raises(AssertionError, match="was answered"):
        walks(1, quick, 50)


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_long_walks(tmp_path: Path) -> None:
    for seed in range(1_000, 1_300):
        database = Database(f"sqlite:///{tmp_path}/{seed}.sqlite3")
        Base.metadata.create_all(database.writer)
        walks(seed, database, 100)
        database.close()
