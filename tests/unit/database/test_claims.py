from __future__ import annotations

import pytest
from sqlalchemy import select

from balas.database.claims import change, claim, insert_once, renew
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import LeaseLost
from balas.models import ModelSpend, Turn
from tests.unit.conversations.writing import NOON, join, later, message


def test_only_new_rows_are_inserted(database: Database) -> None:
    rows = [{"day": NOON.date(), "spender": name, "calls": 0, "cost": 0.0} for name in ("alice", "bob", "alice")]
    with transaction(database) as session:
        insert_once(session, ModelSpend, rows)
        insert_once(session, ModelSpend, rows)
        assert sorted(session.scalars(select(ModelSpend.spender))) == ["alice", "bob"]


def test_a_lease_is_taken_renewed_and_runs_out(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        first = claim(session, Turn, turn.id, NOON)
        assert first is not None
        assert claim(session, Turn, turn.id, later(19)) is None
        renew(session, Turn, turn.id, first, later(15))
        assert claim(session, Turn, turn.id, later(34)) is None
        second = claim(session, Turn, turn.id, later(36))
        assert second is not None
        assert second != first
    with pytest.raises(LeaseLost), transaction(database) as session:
        change(session, Turn, turn.id, first, reason="too late")


def test_a_condition_that_does_not_hold_is_not_claimed(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        assert claim(session, Turn, turn.id, NOON, Turn.state == "dead") is None
