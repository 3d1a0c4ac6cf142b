"""Messages whose webhook never comes are found in WAHA's own record and answered once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from balas.conversations import catching_up
from balas.database.session import reading, transaction
from balas.jobs.catch_up import Reader
from balas.models import CatchUp, InboxMessage, Message, UnreadChat, User
from balas.simulator.faults import Chance, Faults
from tests.lines.system import ALICE, BOB, System, started, wait_until

DEAF = Faults(drop_webhook=Chance(probability=1.0))
ROUNDS = 11
PEOPLE = [f"1202556{number:04d}@c.us" for number in range(4)]


@pytest.fixture
def caught_up(system: System) -> System:
    """It has read WAHA once, so that what is missed from now on is ours."""
    read(system)
    return system


def read(system: System, stopped: Callable[[], bool] = lambda: False) -> int:
    """A process that starts reads at once, whenever the last reading was. Returns the rings."""

    def free() -> bool | None:
        with reading(system.runtime.database) as session:
            row = session.scalars(select(CatchUp)).first()
            return True if row is None or row.lease_until is None else None

    wait_until(free)
    rings = Reader(system.runtime).run(stopped)
    if rings:
        system.runtime.queue.ring(*rings)
    return len(rings)


def read_until(system: System, moment: datetime) -> datetime:
    """As if the session had been read that far and no further."""
    with transaction(system.runtime.database) as session:
        row = session.scalars(select(CatchUp)).one()
        row.began_at = row.read_until = moment
    return moment


def states(system: System) -> list[tuple[str | None, str, str | None]]:
    with reading(system.runtime.database) as session:
        query = select(InboxMessage).where(InboxMessage.counted).order_by(InboxMessage.id)
        return [(row.text, row.state, row.reason) for row in session.scalars(query)]


@pytest.mark.parametrize("engine", ["NOWEB", "GOWS", "WEBJS"])
def test_what_no_webhook_told_is_answered_once(data_dir: Path, engine: str) -> None:
    with started(data_dir, engine=engine) as system:
        read(system)
        system.simulator.set_faults(DEAF)
        people = [f"1202556{number:04d}@c.us" for number in range(30)]
        for chat in people:
            system.says(chat, "jam buka?")
        assert read(system) == 30
        for chat in people:
            assert "08.00" in system.wait_for_replies(chat, seconds=40)[0]
        system.wait_until_settled()
        read(system)  # our replies, whose echoes were dropped too
        books = system.wait_until_settled()
        assert (books["answered"], books["dead"]) == (30, 0)
        assert all(len(system.replies(chat)) == 1 for chat in people)
        wait_until(lambda: True if {reason for _, _, reason in states(system)} == {None, "echo"} else None)
        assert read(system) == 0


def test_what_was_told_is_not_fetched_again(caught_up: System) -> None:
    for chat in (ALICE, BOB):
        caught_up.says(chat, "jam buka?")
        caught_up.wait_for_replies(chat)
    caught_up.wait_until_settled()
    assert read(caught_up) == 0
    assert len(caught_up.replies(ALICE)) == 1


def test_what_is_older_than_the_first_reading_is_not_ours(caught_up: System) -> None:
    caught_up.simulator.set_faults(DEAF)
    caught_up.says(ALICE, "jam buka?", at=datetime.now(UTC) - timedelta(minutes=5))
    assert read(caught_up) == 0
    assert states(caught_up) == []


def test_what_is_stale_is_kept_and_not_answered(caught_up: System) -> None:
    read_until(caught_up, datetime.now(UTC) - timedelta(days=1))
    caught_up.simulator.set_faults(DEAF)
    caught_up.says(ALICE, "jam buka?", at=datetime.now(UTC) - timedelta(hours=7))
    read(caught_up)
    wait_until(lambda: True if roles(caught_up) == ["user"] else None)
    assert states(caught_up) == [("jam buka?", "ignored", "stale")]
    assert caught_up.replies(ALICE) == []


def roles(system: System) -> list[str]:
    with reading(system.runtime.database) as session:
        return list(session.scalars(select(Message.role).order_by(Message.id)))


def unreadable(*paths: str, status: int = 503) -> Faults:
    refused = Chance(probability=1.0, status=status)
    return Faults(drop_webhook=DEAF.drop_webhook, paths=paths, error_before=refused)


@pytest.mark.parametrize(
    "faults",
    [
        unreadable("chats/overview"),  # WAHA is away
        unreadable("/messages"),
        unreadable("/messages", status=404),
        unreadable(*(f"{chat}/messages" for chat in PEOPLE[1:])),  # three in a row, or nearly
    ],
)
def test_what_was_said_while_waha_could_not_be_read_is_read_later(caught_up: System, faults: Faults) -> None:
    an_hour_ago = read_until(caught_up, datetime.now(UTC) - timedelta(hours=1))
    caught_up.simulator.set_faults(faults)
    for number, chat in enumerate(PEOPLE):  # the newest chat is listed first
        caught_up.says(chat, "jam buka?", at=an_hour_ago + timedelta(minutes=10 + number))
    for _ in range(ROUNDS):
        read(caught_up)
    caught_up.simulator.set_faults(DEAF)
    read(caught_up)
    for chat in PEOPLE:
        assert len(caught_up.wait_for_replies(chat)) == 1


def test_one_chat_that_cannot_be_read_holds_up_nobody_and_is_read_later(caught_up: System) -> None:
    """For thirty readings, and it says nothing more that would bring it into WAHA's list of active chats."""
    an_hour_ago = read_until(caught_up, datetime.now(UTC) - timedelta(hours=1))
    caught_up.simulator.set_faults(unreadable(f"{ALICE}/messages"))
    caught_up.says(ALICE, "jam buka?", at=an_hour_ago + timedelta(minutes=10))
    caught_up.says(BOB, "jam buka?", at=an_hour_ago + timedelta(minutes=20))
    for number, chat in enumerate(PEOPLE):
        read(caught_up)
        caught_up.says(chat, "jam buka?", at=an_hour_ago + timedelta(minutes=55, seconds=number))
    for _ in range(26):
        read(caught_up)
    for chat in (BOB, *PEOPLE):
        assert len(caught_up.wait_for_replies(chat)) == 1
    assert caught_up.replies(ALICE) == []
    with reading(caught_up.runtime.database) as session:
        assert session.scalars(select(CatchUp.read_until)).one() > an_hour_ago
    unread = "1 chat of session default cannot be read"
    wait_until(lambda: True if unread in str(caught_up.client.get("/readyz").json()["warnings"]) else None)
    assert 'balas_unread_chats{waha_session="default"} 1.0' in caught_up.client.get("/metrics").text
    caught_up.simulator.set_faults(DEAF)
    assert read(caught_up) == 1
    assert len(caught_up.wait_for_replies(ALICE)) == 1
    caught_up.wait_until_settled()
    read(caught_up)  # our replies, whose echoes were dropped too
    caught_up.wait_until_settled()
    assert all(len(caught_up.replies(chat)) == 1 for chat in (ALICE, BOB, *PEOPLE))
    # Beside it may stand that no webhook arrives, which is true, and told of whoever waited a few seconds.
    wait_until(
        lambda: True if "cannot be read" not in str(caught_up.client.get("/readyz").json()["warnings"]) else None
    )
    assert 'balas_unread_chats{waha_session="default"} 0.0' in caught_up.client.get("/metrics").text


def test_an_erased_persons_address_is_not_written_down_again(caught_up: System) -> None:
    """WAHA still lists the chat, and still does not show it."""
    read_until(caught_up, datetime.now(UTC) - timedelta(minutes=1))
    for chat in (ALICE, BOB):
        caught_up.says(chat, "jam buka?")
        caught_up.wait_for_replies(chat)
    caught_up.simulator.set_faults(unreadable(f"{ALICE}/messages"))
    read(caught_up)
    with reading(caught_up.runtime.database) as session:
        assert session.scalars(select(UnreadChat.chat_id)).all() == [ALICE]
    with reading(caught_up.runtime.database) as session:
        alice = session.scalars(select(User.id).where(User.phone == ALICE.partition("@")[0])).one()
    caught_up.client.delete(f"/api/users/{alice}").raise_for_status()
    read(caught_up)
    with reading(caught_up.runtime.database) as session:
        assert session.scalars(select(UnreadChat.chat_id)).all() == []


def test_a_reading_that_is_stopped_moves_nothing_however_often(caught_up: System) -> None:
    an_hour_ago = read_until(caught_up, datetime.now(UTC) - timedelta(hours=1))
    caught_up.simulator.set_faults(unreadable(f"{ALICE}/messages"))
    for chat in (BOB, ALICE, PEOPLE[0]):  # the newest is listed first
        caught_up.says(chat, "jam buka?")
    for _ in range(ROUNDS):
        read(caught_up, stopped=iter([False, False, False, True]).__next__)  # one is read, one is not, SIGTERM
    with reading(caught_up.runtime.database) as session:
        assert session.scalars(select(CatchUp.read_until)).one() == an_hour_ago


def test_an_operator_that_was_missed_is_recorded(caught_up: System) -> None:
    caught_up.simulator.set_faults(DEAF)
    caught_up.phones.owner_types(ALICE, "Saya bantu ya, Kak.")
    read(caught_up)
    wait_until(lambda: True if roles(caught_up) == ["operator"] else None)


def test_groups_and_channels_are_not_read(caught_up: System) -> None:
    caught_up.simulator.set_faults(DEAF)
    caught_up.says("120363000000000001@g.us", "jam buka?", sender=ALICE)
    assert read(caught_up) == 0
    assert states(caught_up) == []


def test_a_young_message_is_left_to_its_webhook(caught_up: System) -> None:
    reader = Reader(caught_up.runtime)
    reader.run()
    caught_up.simulator.set_faults(DEAF)
    caught_up.says(ALICE, "jam buka?")
    with transaction(caught_up.runtime.database) as session:
        session.scalars(select(CatchUp)).one().next_attempt_at = None
    assert reader.run() == []
    with reading(caught_up.runtime.database) as session:
        row = session.scalars(select(CatchUp)).one()
        assert row.next_attempt_at is not None
        assert row.next_attempt_at < datetime.now(UTC) + timedelta(seconds=catching_up.SOON_SECONDS + 1)


def test_one_process_reads_at_a_time(caught_up: System) -> None:
    with transaction(caught_up.runtime.database) as session:
        held = catching_up.begin(session, "default", datetime.now(UTC), at_once=True)
        assert held is not None
        assert catching_up.begin(session, "default", datetime.now(UTC), at_once=True) is None


def test_a_store_that_is_off_is_named_once(data_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with started(data_dir) as system:
        system.simulator.set_faults(Faults(store_off=True))
        time.sleep(0.2)
        reader = Reader(system.runtime)
        for _ in range(3):
            with transaction(system.runtime.database) as session:
                for row in session.scalars(select(CatchUp)):
                    row.next_attempt_at = row.lease_until = None
            assert reader.run() == []
        log = capfd.readouterr()
        lines = [line for line in (log.out + log.err).splitlines() if "catch_up_put_off" in line and "store" in line]
        assert len(lines) <= 2  # the system's own reader, and this one
        assert any("store.enabled" in line for line in lines)
        warnings = system.client.get("/readyz").json()["warnings"]
        assert isinstance(warnings, list)


def test_a_session_that_works_and_tells_nothing_is_named_until_it_speaks(caught_up: System) -> None:
    reader = Reader(caught_up.runtime)
    time.sleep(2.1)  # what was said before the process started was nobody's to tell it
    caught_up.simulator.set_faults(DEAF)
    caught_up.says(ALICE, "jam buka?")
    caught_up.runtime.queue.ring(*reader.run())
    deaf = "session default is WORKING but its webhooks do not arrive: check the hook URL"
    wait_until(
        lambda: True if deaf in caught_up.client.get("/health").json()["dependencies"]["waha"]["detail"] else None
    )
    assert any(deaf in warning for warning in caught_up.client.get("/readyz").json()["warnings"])
    assert 'balas_missed_webhooks_total{waha_session="default"} 1.0' in caught_up.client.get("/metrics").text
    caught_up.wait_for_replies(ALICE)
    caught_up.simulator.set_faults(Faults())
    caught_up.says(BOB, "jam buka?")
    wait_until(lambda: True if caught_up.client.get("/readyz").json()["warnings"] == [] else None)


def test_what_a_session_last_said_is_shown(system: System) -> None:
    system.phones.set_status("default", "SCAN_QR_CODE")

    def shown() -> bool | None:
        detail = system.client.get("/health").json()["dependencies"]["waha"]["detail"]
        return True if "session default is SCAN_QR_CODE, not WORKING since 20" in detail else None

    wait_until(shown)


def test_what_was_missed_within_one_second_stands_where_it_was_written(caught_up: System) -> None:
    """A list tells whole seconds and a webhook milliseconds; the order of the list counts."""
    time.sleep(1.02 - datetime.now(UTC).timestamp() % 1)  # three in one second
    caught_up.says(ALICE, "jam buka satu?")
    caught_up.simulator.set_faults(DEAF)
    time.sleep(0.01)  # nobody writes two messages within the millisecond a webhook tells
    caught_up.says(ALICE, "jam buka dua?")
    caught_up.simulator.set_faults(Faults())
    time.sleep(0.01)
    caught_up.says(ALICE, "jam buka tiga?")
    wait_until(lambda: True if len(states(caught_up)) >= 2 else None)
    assert read(caught_up) >= 1
    with reading(caught_up.runtime.database) as session:
        query = select(InboxMessage.text).where(InboxMessage.text.like("jam buka %"))
        found = session.scalars(query.order_by(InboxMessage.sent_at, InboxMessage.id)).all()
    assert found == ["jam buka satu?", "jam buka dua?", "jam buka tiga?"]
