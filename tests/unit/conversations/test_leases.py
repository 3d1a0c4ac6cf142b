from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from balas.conversations import leases, outbox
from balas.conversations.leases import LeaseKeeper
from balas.database import clock
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import OutboxMessage, OutboxState
from tests.unit.conversations.test_outbox import answer
from tests.unit.conversations.writing import NOON


@pytest.fixture
def keeper(database: Database) -> Iterator[LeaseKeeper]:
    found = LeaseKeeper(database)
    yield found
    found.close()


def sending(database: Database, **changes: object) -> int:
    """A bubble under way, held by the token `mine`."""
    with transaction(database) as session:
        _, outbox_id = answer(session, ["satu"])
        row = session.get_one(OutboxMessage, outbox_id)
        row.state, row.lease_token = OutboxState.SENDING, "mine"
        row.lease_until = clock.now(session) + timedelta(seconds=1)
        for name, value in changes.items():
            setattr(row, name, value)
        return outbox_id


def seconds_left(database: Database, outbox_id: int) -> float | None:
    with transaction(database) as session:
        until = session.get_one(OutboxMessage, outbox_id).lease_until
        return None if until is None else (until - clock.now(session)).total_seconds()


def test_what_is_held_lives_on(database: Database, keeper: LeaseKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_EVERY_SECONDS", 0.05)
    outbox_id = sending(database)
    with keeper.holding(OutboxMessage, outbox_id, "mine"):
        threading.Event().wait(0.6)
        left = seconds_left(database, outbox_id)
    assert left is not None
    assert left > leases.LEASE_SECONDS - 5


@pytest.mark.parametrize("kept", [outbox.SEND_LEASE_SECONDS, None], ids=["a send that began", "let go of"])
def test_a_late_renewal_neither_shortens_a_lease_nor_takes_one_back(
    database: Database, keeper: LeaseKeeper, kept: float | None
) -> None:
    """As of a keeper that looked at what is held, and got its turn in the database only afterwards."""
    with transaction(database) as session:
        until = clock.now(session) + timedelta(seconds=kept) if kept else None
    outbox_id = sending(database, lease_until=until)
    keeper._renew({(OutboxMessage, outbox_id): "mine"})
    left = seconds_left(database, outbox_id)
    assert (left is None) == (kept is None)
    if left is not None:
        assert left > outbox.SEND_LEASE_SECONDS - 5


def test_somebody_elses_lease_is_left_alone(database: Database, keeper: LeaseKeeper) -> None:
    outbox_id = sending(database, lease_until=NOON)
    keeper._renew({(OutboxMessage, outbox_id): "of another"})
    left = seconds_left(database, outbox_id)
    assert left is not None
    assert left < 0
