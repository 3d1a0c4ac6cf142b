from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from balas.conversations import endings, turns
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import LeaseLost
from balas.models import InboxMessage, InboxState, Turn, TurnState
from balas.values import Role
from tests.unit.conversations.writing import NOON, join, later, message


def test_a_burst_is_one_turn_in_the_order_it_was_written(database: Database) -> None:
    with transaction(database) as session:
        for bare_id, text, sent in (("B", "mau tanya", 2), ("A", "halo", 1), ("C", "berapa harga kopi?", 3)):
            turn, _ = join(session, message(text, bare_id, sent_at=later(-10 + sent)))
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(Turn)) == 1
        work = turns.claim_work(session, turn.id, later(2))
    assert work is not None
    assert [m.text for m in work.messages] == ["halo", "mau tanya", "berapa harga kopi?"]


def test_each_message_puts_the_turn_off_but_not_for_ever(database: Database) -> None:
    with transaction(database) as session:
        due = [join(session, message(bare_id=str(n)), 1.5, later(n))[0].due_at for n in range(20)]
    assert due[1] == later(2.5)
    assert due[-1] == later(12)


def test_a_turn_is_not_claimed_before_it_is_due(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        assert turns.claim_work(session, turn.id, later(0.9)) is None
        assert turns.claim_work(session, turn.id, later(1.0)) is not None


def test_one_worker_has_the_turn_until_its_lease_ends(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        first = turns.claim_work(session, turn.id, later(1))
    with transaction(database) as session:
        assert turns.claim_work(session, turn.id, later(15)) is None
    with transaction(database) as session:
        second = turns.claim_work(session, turn.id, later(22))
    assert first is not None
    assert second is not None
    with pytest.raises(LeaseLost), transaction(database) as session:
        endings.finish(session, turn.id, TurnState.ANSWERED, later(23), token=first.token)
    with transaction(database) as session:
        endings.finish(session, turn.id, TurnState.ANSWERED, later(23), token=second.token)
        assert session.scalars(select(InboxMessage.state)).all() == [InboxState.ANSWERED]


def test_the_reason_of_a_dead_letter_ends_with_a_word(database: Database) -> None:
    reason = "WAHA answered 404: the session was not found. Create or start it in WAHA, then retry."
    with transaction(database) as session:
        turn, _ = join(session, message())
        endings.finish(session, turn.id, TurnState.DEAD, later(2), reason)
        shown = session.scalars(select(InboxMessage.reason)).one()
        assert shown == "WAHA answered 404: the session was not found. Create or start…"
        assert session.scalars(select(Turn.reason)).one() == reason


def test_a_message_after_the_claim_begins_the_next_turn_which_waits(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message(bare_id="1"))
        work = turns.claim_work(session, turn.id, later(1))
        following, _ = join(session, message("dan hari Minggu?", "2"), 1.0, later(2))
    assert work is not None
    assert following.id != turn.id
    with transaction(database) as session:
        assert turns.claim_work(session, following.id, later(10)) is None
        endings.finish(session, turn.id, TurnState.ANSWERED, later(4), token=work.token)
        assert turns.claim_work(session, following.id, later(10)) is not None


def test_chats_do_not_wait_for_each_other(database: Database) -> None:
    with transaction(database) as session:
        slow, _ = join(session, message(bare_id="1"))
        quick, _ = join(session, message(bare_id="2", chat_id="12025550102@c.us"))
        assert turns.claim_work(session, slow.id, later(1)) is not None
        assert turns.claim_work(session, quick.id, later(1)) is not None


def test_two_workers_racing_for_a_turn_get_it_once(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
    got: list[turns.Work] = []
    start = threading.Barrier(4)

    def race() -> None:
        start.wait()
        with transaction(database) as session:
            work = turns.claim_work(session, turn.id, later(5))
        if work is not None:
            got.append(work)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def test_messages_of_one_chat_arriving_at_once_are_one_turn(database: Database) -> None:
    start = threading.Barrier(4)

    def arrive(n: int) -> None:
        start.wait()
        with transaction(database) as session:
            join(session, message(f"pesan {n}", f"ID{n}"))

    threads = [threading.Thread(target=arrive, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(database) as session:
        assert session.scalar(select(func.count()).select_from(Turn)) == 1
        assert session.scalar(select(func.count()).where(InboxMessage.turn_id.is_not(None))) == 4


def test_a_parked_turn_waits_longer_each_time(database: Database) -> None:
    with transaction(database) as session:
        turn, _ = join(session, message())
        work = turns.claim_work(session, turn.id, later(1))
        assert work is not None
        at = turns.park(session, work, "the model is away", later(1), None)
        assert timedelta(seconds=1.5) <= at - later(1) <= timedelta(seconds=2.5)
        assert turns.claim_work(session, turn.id, at - timedelta(seconds=0.1)) is None
        again = turns.claim_work(session, turn.id, at)
        assert again is not None
        assert again.attempts == 2


def test_put_off_turns_are_tried_at_once_when_what_they_wait_for_is_back(database: Database) -> None:
    with transaction(database) as session:
        parked, _ = join(session, message("jam buka?", "1"))
        work = turns.claim_work(session, parked.id, later(1))
        assert work is not None
        turns.park(session, work, "the model is away", later(1), 600.0)
        held, _ = join(session, message("ada COD?", "2", chat_id="12025550199@c.us"))
        other = turns.claim_work(session, held.id, later(1))
        assert other is not None
    with transaction(database) as session:
        assert turns.unfinished(session, later(2), 10) == []
        turns.resume(session, later(2))
        assert turns.unfinished(session, later(2), 10) == [parked.id]
        assert turns.claim_work(session, held.id, later(2)) is None


def test_what_waits_behind_an_earlier_turn_does_not_fill_the_sweep(database: Database) -> None:
    with transaction(database) as session:
        first, _ = join(session, message("satu", "1"))
        assert turns.claim_work(session, first.id, later(2)) is not None
        session.get_one(Turn, first.id, populate_existing=True).state = TurnState.SENDING  # its number is away
        session.flush()
        join(session, message("dua", "2"), now=later(3))
        other, _ = join(session, message("tolong", "3", chat_id="12025550199@c.us"), now=later(4))
        assert turns.unfinished(session, later(60), 1) == [other.id]


def test_history_holds_what_was_said_before_and_nothing_of_others(database: Database) -> None:
    with transaction(database) as session:
        first, _ = join(session, message("buka jam berapa?", "1"))
        endings.finish(session, first.id, TurnState.ANSWERED, NOON)
        join(session, message("rahasia orang lain", "9", chat_id="12025550199@c.us"))
        second, _ = join(session, message("dan hari Minggu?", "2"), now=later(60))
        work = turns.claim_work(session, second.id, later(70))
    assert work is not None
    assert [(u.role, u.text) for u in work.history] == [(Role.USER, "buka jam berapa?")]
