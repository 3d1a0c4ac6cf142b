from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from balas.conversations import leases, outbox, turns
from balas.conversations.leases import LeaseKeeper
from balas.database import clock
from balas.database.claims import update_where
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import OutboxMessage, OutboxState, Turn
from tests.unit.conversations.test_outbox import answer
from tests.unit.conversations.writing import ALICE, NOON, join, message


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


@pytest.mark.mysql
def test_a_row_that_somebody_locks_for_long_keeps_no_other_from_its_renewal(mysql: Database) -> None:
    """As an erasure does, or a burst that is being put off."""
    keeper = LeaseKeeper(mysql)
    with transaction(mysql) as session:
        now = clock.now(session)
        begun = [
            join(session, message(bare_id=chat, chat_id=chat), 0.0, now)[0].id for chat in (ALICE, "12025550102@c.us")
        ]
        work = [turns.claim_work(session, turn_id, now) for turn_id in begun]
        update_where(session, Turn, Turn.id.in_(begun), lease_until=now)
    held = {(Turn, one.turn_id): one.token for one in work if isinstance(one, turns.Work)}
    locked, free = begun
    with transaction(mysql) as session:
        update_where(session, Turn, Turn.id == locked, reason="locked")
        renewal = threading.Thread(target=keeper._renew, args=(held,))
        renewal.start()
        renewal.join(5)
        assert not renewal.is_alive()
        assert lease_of(mysql, free) > now
    assert lease_of(mysql, locked) == now
    keeper._renew(held)
    assert lease_of(mysql, locked) > now


def lease_of(database: Database, turn_id: int) -> datetime:
    with transaction(database) as session:
        until = session.get_one(Turn, turn_id).lease_until
    assert until is not None
    return until
