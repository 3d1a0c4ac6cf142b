from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from balas.conversations import inbox, letters, policy, turns, unheard
from balas.conversations.turns import Overtaken, Work
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import UnusableEvent
from balas.models import InboxMessage, InboxState
from balas.values import MessageAck
from balas.waha.events import dedupe_key
from tests.unit.conversations.writing import NOON, event, join, later, letter, message, receive

BOB = "12025550102@c.us"


def test_a_repeat_is_told_the_row_that_was_there_first(database: Database) -> None:
    with transaction(database) as session:
        first = inbox.store(session, [letter(message())])[0]
    with transaction(database) as session:
        again = inbox.store(session, [letter(message())])[0]
    assert (first.is_new, again.is_new) == (True, False)
    assert again.row_id == first.row_id


def test_repeats_within_one_group_are_one_row(database: Database) -> None:
    with transaction(database) as session:
        stored = inbox.store(session, [letter(message()), letter(message()), letter(message(bare_id="other"))])
    assert [item.is_new for item in stored] == [True, False, True]
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(InboxMessage)) == 2


def test_a_group_of_any_size_is_told_its_own_rows(database: Database) -> None:
    with transaction(database) as session:
        assert inbox.store(session, [letter(message(bare_id="BEFORE"))])[0].is_new
    for size in (1, 2, 31, 32, 33, 100):
        rows = [letter(message(bare_id=f"{size}-{number}")) for number in range(size)]
        with transaction(database) as session:
            stored = inbox.store(session, rows)
            found = dict(session.execute(select(InboxMessage.dedupe_key, InboxMessage.id)).all())
        assert [one.row_id for one in stored] == [found[row["dedupe_key"]] for row in rows]
        assert all(one.is_new for one in stored)


@pytest.mark.parametrize("others", [["3eb001", "3EB001 ", "3EB00\u00c4", "3EB00A"], ["3EB001\u200d", "3EB0011"]])
def test_ids_differ_by_case_accents_and_trailing_blanks(database: Database, others: list[str]) -> None:
    with transaction(database) as session:
        stored = inbox.store(session, [letter(message(bare_id=bare_id)) for bare_id in ["3EB001", *others]])
    assert all(item.is_new for item in stored)


def test_the_longest_text_survives(database: Database) -> None:
    text = "\U0001f600" * 65_536
    with transaction(database) as session:
        row = receive(session, message(text))
        assert row.text == text
        assert letters.unpack(row.kind, row.content) == message(text)


def test_times_keep_their_fractions(database: Database) -> None:
    at = NOON + timedelta(microseconds=123_456)
    with transaction(database) as session:
        row_id = inbox.store(session, [letter(message(sent_at=at), now=at)])[0].row_id
    with reading(database) as session:
        assert session.get_one(InboxMessage, row_id).sent_at == at


def test_a_letter_is_taken_once(database: Database) -> None:
    with transaction(database) as session:
        row_id = inbox.store(session, [letter(message())])[0].row_id
    with transaction(database) as session:
        assert inbox.take(session, row_id) is not None
    with transaction(database) as session:
        assert inbox.take(session, row_id) is None


def test_what_the_same_chat_wrote_before_is_taken_first(database: Database) -> None:
    """Its doorbell was lost: without this the later message would be answered first."""
    with transaction(database) as session:
        first, second, _, mine = inbox.store(
            session,
            [
                letter(message(bare_id="A1", sent_at=NOON)),
                letter(message(bare_id="A2", sent_at=NOON)),
                letter(message(bare_id="B1", chat_id="12025550102@c.us")),
                letter(message(bare_id="A3", sent_at=NOON)),
            ],
        )
    with transaction(database) as session:
        row = inbox.take(session, mine.row_id)
        assert row is not None
        assert [earlier.id for earlier in inbox.take_earlier(session, row)] == [first.row_id, second.row_id]
    with transaction(database) as session:
        assert inbox.take_earlier(session, row) == []


def test_a_backlog_of_an_outage_keeps_its_order_however_long(database: Database) -> None:
    """One letter of a chat among hundreds of others, from before, whose doorbell was lost."""
    with transaction(database) as session:
        first = letter(message(bare_id="A1", sent_at=later(-7_200)), received_at=later(-7_200))
        others = [letter(message(bare_id=f"B{n}", chat_id=f"1303555{n:04d}@c.us")) for n in range(300)]
        stored = inbox.store(session, [first, *others, letter(message(bare_id="A2"))])
        row = inbox.take(session, stored[-1].row_id)
        assert row is not None
        assert [earlier.id for earlier in inbox.take_earlier(session, row)] == [stored[0].row_id]


@pytest.mark.parametrize(("milliseconds", "kept"), [(0, 0), (250, 250), (999, 999), (1_000, 999.999), (-1, 0)])
def test_what_was_written_within_one_second_is_ordered_by_the_event(milliseconds: int, kept: float) -> None:
    happened = replace(event(message()), happened_at=NOON + timedelta(milliseconds=milliseconds))
    row = letters.of_event(happened, policy.QUEUED, dedupe_key(happened, b"{}"), NOON + timedelta(seconds=5))
    assert row["sent_at"] == NOON + timedelta(milliseconds=kept)


def test_an_event_told_in_the_next_second_does_not_go_before_an_older_one() -> None:
    """WhatsApp's whole seconds cut off what the events' milliseconds tell: 12:00:00 both, told at .498 and 1.002."""
    rows = []
    for milliseconds in (498, 1_002):
        happened = replace(event(message()), happened_at=NOON + timedelta(milliseconds=milliseconds))
        rows.append(letters.of_event(happened, policy.QUEUED, dedupe_key(happened, b"{}"), NOON + timedelta(seconds=5)))
    assert rows[0]["sent_at"] < rows[1]["sent_at"]


def test_an_event_without_use_keeps_no_content() -> None:
    verdict = policy.Verdict(policy.Status.IGNORED, "group")
    row = letters.of_event(event(message()), verdict, "key", NOON)
    assert row["content"] is None
    assert row["pending"] is False
    assert row["counted"] is True


def test_an_ack_is_not_part_of_the_books() -> None:
    verdict = policy.Verdict(policy.Status.IGNORED, "ack", follow_up=True)
    row = letters.of_event(event(MessageAck("a@c.us", "X", 3), "message.ack"), verdict, "key", NOON)
    assert row["counted"] is False
    assert row["pending"] is True


def test_a_message_from_the_future_counts_as_arriving_now() -> None:
    row = letters.of_event(event(message(sent_at=NOON + timedelta(hours=1))), policy.QUEUED, "key", NOON)
    assert row["sent_at"] == NOON


def test_a_dead_letter_can_be_revived_once_but_not_an_unparseable_one(database: Database) -> None:
    with transaction(database) as session:
        row = receive(session, message())
        inbox.close(session, InboxState.DEAD, "model", NOON, InboxMessage.id == row.id)
        bad = inbox.store(session, [letters.of_rubbish(UnusableEvent("unparseable"), b"\x00{", NOON)])[0]
    with transaction(database) as session:
        assert inbox.revive(session, row.id, NOON) is True
        assert inbox.revive(session, row.id, NOON) is False
        assert inbox.revive(session, bad.row_id, NOON) is False
        assert inbox.revive(session, 999_999, NOON) is None
        assert session.get_one(InboxMessage, bad.row_id).raw == "\ufffd{"


def test_a_lost_doorbell_is_found(database: Database) -> None:
    with transaction(database) as session:
        row_id = inbox.store(session, [letter(message())])[0].row_id
    with reading(database) as session:
        assert inbox.waiting(session, NOON, NOON, 10) == []
        assert inbox.waiting(session, NOON + timedelta(seconds=3), NOON + timedelta(seconds=6), 10) == [row_id]
        behind = NOON - timedelta(hours=1)  # the web process's clock was an hour ahead
        assert inbox.waiting(session, behind, behind, 10) == [row_id]


def test_an_older_letter_of_the_chat_that_nobody_took_comes_before_the_turn(database: Database) -> None:
    """Repeated by WAHA, on disk, and its doorbell lost: the newer one's turn waits for it."""
    with transaction(database) as session:
        turn, _ = join(session, message(bare_id="B", sent_at=later(-1)))
        assert turns.claim_work(session, turn.id, later(-60)) is None, "nothing to wait for, and not due"
        others = [message(bare_id="C", sent_at=NOON), message(bare_id="D", chat_id=BOB, sent_at=later(-5))]
        inbox.store(session, [letter(other) for other in others])
        assert turns.claim_work(session, turn.id, later(-60)) is None, "newer ones and other chats' make nobody wait"
        older = inbox.store(session, [letter(message(bare_id="A", sent_at=later(-2)))])[0].row_id
        assert turns.claim_work(session, turn.id, later(59)) == Overtaken(older)
        assert turns.claim_work(session, turn.id, later(600)) == Overtaken(older)
        inbox.take(session, older)
        assert isinstance(turns.claim_work(session, turn.id, later(600)), Work)


# What each message and each turn asks, and what is asked for each send in doubt.
ASKED = (inbox._LETTER, turns._TURN, unheard._UNDER_CHAT_ID, unheard._UNDER_PHONE)
NEWEST = "SELECT bare_id FROM inbox WHERE waha_session=? AND chat_id=? AND pending=0 AND from_me=0 AND kind=?"


def test_the_letters_of_a_person_are_found_without_those_of_others(sqlite: Database) -> None:
    """At a million letters a scan takes a second."""
    spelled = {"dialect": sqlite.writer.dialect, "compile_kwargs": {"render_postcompile": True}}
    named = {"row_id": 1, "turn_id": 1, "waha_session": "x", "address": "x", "most_turns": 60, "turns_between": 59}
    queries = [str(asked.params(named).compile(**spelled)) for asked in ASKED]
    with reading(sqlite) as session:
        for query in (*queries, f"{NEWEST} ORDER BY id DESC LIMIT 1"):
            given = ("x",) * query.count("?")
            plan = [row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", given)]
            assert any("SEARCH" in step for step in plan), plan
            scans = [step for step in plan if step.startswith("SCAN")]
            assert set(scans) <= {"SCAN audience_numbers", "SCAN tombstones"}, plan  # whether there is a single one
            for step in plan:  # each look at waiting letters is for one address, or of those of a turn
                assert "pending=?)" not in step, plan


@pytest.mark.mysql
def test_nor_does_mysql_read_the_letters_of_others(mysql: Database) -> None:
    """`pending IS true` says the same as `pending = true`, and MySQL knows an index for the second alone."""
    with transaction(mysql) as session:
        others = [letter(message(bare_id=f"B{n}", chat_id=f"1303555{n:04d}@c.us")) for n in range(1_000)]
        inbox.store(session, others)
        turn, _ = join(session, message(bare_id="A0", sent_at=later(-1)))
        asking = inbox.store(session, [letter(message(bare_id="A1")), letter(message(bare_id="A2"))])[-1]
    with mysql.writer.connect() as connection:
        connection.exec_driver_sql("ANALYZE TABLE inbox")
    with transaction(mysql) as session:
        connection = session.connection()
        connection.exec_driver_sql("FLUSH STATUS")
        row = inbox.take(session, asking.row_id)
        assert row is not None
        assert len(inbox.take_earlier(session, row)) == 1
        assert isinstance(turns.claim_work(session, turn.id, later(600)), Work)
        counts = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Handler_read%%'").all()
        read = sum(int(count) for name, count in counts if name != "Handler_read_key")
        assert read < 100, counts


def test_a_letter_that_somebody_made_a_turn_of_is_not_given_up(database: Database) -> None:
    """It failed here each time, and then did not elsewhere."""
    with transaction(database) as session:
        join(session, message())
        row = session.scalars(select(InboxMessage)).one()
        inbox.give_up(session, row.id, later(1))
    with reading(database) as session:
        kept = session.scalars(select(InboxMessage)).one()
        assert (kept.state, kept.reason, kept.pending) == (InboxState.QUEUED, None, False)
