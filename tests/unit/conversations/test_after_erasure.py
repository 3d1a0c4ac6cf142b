"""What WAHA tells about a person an hour after they were erased: no event writes down again who it was."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import String, literal, or_, select
from sqlalchemy import cast as as_type

from balas.conversations import erasure, inbox, letters, outbox, outcomes, policy
from balas.conversations.policy import Rules
from balas.database import clock
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import process_message
from balas.models import Base, InboxMessage, InboxState, Message
from balas.runtime import Runtime
from balas.waha.events import dedupe_key, parse_event
from tests.unit.conversations.test_outbox import SENT, answer, peek
from tests.unit.conversations.writing import ALICE, NOON, later

KEYS = (b"k" * 32,)
NUMBER = ALICE.partition("@")[0]
HOUR = 3600.0
RULES = Rules(frozenset({"default"}), timedelta(hours=6))
WORD = "kenanga7731"
FORGOTTEN = process_message.AHEAD_OF_MESSAGE.total_seconds()


def told(name: str, *, own: bool = False, **payload: Any) -> tuple[str, dict[str, Any]]:
    about = f"{str(own).lower()}_{ALICE}_"
    sides = {"from": ALICE, "to": ALICE if own else "12025550100@c.us", "fromMe": own}
    return name, {"id": f"{about}{'OUT1' if own else '3EB001'}", **sides, **payload}


EVENTS = {
    "ack": told("message.ack", own=True, ack=3, ackName="READ"),
    "ack of a group": told("message.ack.group", own=True, ack=3, ackName="READ"),
    "reaction": told("message.reaction", reaction={"text": "\N{DROPLET}", "messageId": f"true_{ALICE}_OUT1"}),
    "our reaction": told("message.reaction", own=True, reaction={"text": "x", "messageId": f"false_{ALICE}_3EB001"}),
    "edited": told("message.edited", editedMessageId="3EB001", body=WORD),
    "our edit": told("message.edited", own=True, editedMessageId="OUT1", body=WORD),
    "revoked": told("message.revoked", revokedMessageId="3EB001", before=told("x", body=WORD)[1]),
    "our revocation": told("message.revoked", own=True, before=told("x", own=True)[1]),
    "presence": (
        "presence.update",
        {"id": ALICE, "presences": [{"participant": ALICE, "lastKnownPresence": "typing"}]},
    ),
    "an event that nobody reads": ("call.received", {"id": "x", "from": ALICE}),
}


def runtime(database: Database) -> Runtime:
    settings, secrets = SimpleNamespace(balas_burst_seconds=None), SimpleNamespace(hmac_keys=KEYS)
    return cast(Runtime, SimpleNamespace(database=database, settings=settings, secrets=secrets))


def arrives(database: Database, name: str, payload: dict[str, Any], seconds: float = HOUR) -> int:
    """As webhook and worker take it in."""
    at = int(later(seconds).timestamp() * 1000)
    body = {"id": f"{name}{seconds}", "timestamp": at, "event": name, "session": "default", "payload": payload}
    raw = json.dumps(body).encode()
    event, now = parse_event(raw), later(seconds)
    with transaction(database) as session:
        row = letters.of_event(event, policy.screen(event, RULES, now), dedupe_key(event, raw), now)
        (stored,) = inbox.store(session, [row])
    process_message.run(runtime(database), stored.row_id)
    return stored.row_id


def holding(database: Database, *words: str) -> list[str]:
    """Tables that hold one of the words in any column."""
    with reading(database) as session:
        return [
            table.name
            for table in Base.metadata.sorted_tables
            for held in [[as_type(column, String).contains(word) for column in table.columns for word in words]]
            if session.execute(select(literal(1)).select_from(table).where(or_(*held)).limit(1)).first()
        ]


def erase(database: Database) -> None:
    with transaction(database) as session:
        person = erasure.find(session, phone=NUMBER)
        assert person is not None
        erasure.erase(session, person, KEYS, later(10))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The database's clock stands where a test puts it."""

    def put(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda _session: later(seconds))

    put(HOUR)
    return put


def answered(database: Database) -> None:
    with transaction(database) as session:
        _, outbox_id = answer(session, ["Jam 8."])
        token = outbox.begin_send(session, peek(session, outbox_id, 3), "OUT1", later(3))
        assert token is not None
        outcomes.mark_sent(session, outbox_id, token, SENT, later(3))


def test_no_event_brings_a_person_back(database: Database, at: Any) -> None:
    answered(database)
    assert "inbox" in holding(database, NUMBER)
    erase(database)
    told = {arrives(database, *what, HOUR + n): kind for n, (kind, what) in enumerate(EVENTS.items())}
    at(HOUR + len(EVENTS) + FORGOTTEN)
    for row_id in told:
        process_message.run(runtime(database), row_id)
    with reading(database) as session:
        rows = session.scalars(select(InboxMessage).where(InboxMessage.id.in_(told))).all()
    assert [told[row.id] for row in rows if row.chat_id or NUMBER in (row.content or "")] == []
    assert {(row.state, row.pending, row.counted) for row in rows} == {(InboxState.IGNORED, False, False)}
    assert holding(database, NUMBER, WORD, "\N{DROPLET}") == []


def test_every_kind_of_event_is_looked_at() -> None:
    kinds = set()
    for name, payload in EVENTS.values():
        raw = json.dumps({"event": name, "session": "default", "payload": payload}).encode()
        event = parse_event(raw)
        kinds.add(letters.of_event(event, policy.screen(event, RULES, NOON), "", NOON)["kind"])
    assert kinds >= letters.KINDS.keys() - {"message", "session_status"}


@pytest.mark.parametrize("kind", ["edited", "revoked"])
def test_what_was_changed_before_the_erasure_goes_at_once(database: Database, at: Any, kind: str) -> None:
    answered(database)
    erase(database)
    at(11)
    arrives(database, *EVENTS[kind], seconds=9)
    assert holding(database, NUMBER, WORD) == []


def test_they_do_what_they_did_while_the_person_is_known(database: Database, at: Any) -> None:
    answered(database)
    at(20)
    for kind in ("ack", "reaction"):
        arrives(database, *EVENTS[kind], seconds=20)
    with reading(database) as session:
        row = session.scalars(select(Message).where(Message.outbox_id.is_not(None))).one()
        assert (row.ack, row.reaction) == (3, "\N{DROPLET}")
    arrives(database, *EVENTS["edited"], seconds=21)
    with reading(database) as session:
        assert WORD in session.scalars(select(Message.text)).all()
    arrives(database, *EVENTS["revoked"], seconds=22)
    with reading(database) as session:
        assert WORD not in session.scalars(select(Message.text)).all()
    erase(database)
    assert holding(database, NUMBER, WORD, "\N{DROPLET}") == []


@pytest.mark.parametrize(("kind", "left"), [("edited", WORD), ("revoked", None)])
def test_a_change_that_overtakes_the_message_of_one_who_writes_anew_counts(
    database: Database, at: Any, kind: str, left: str | None
) -> None:
    answered(database)
    erase(database)
    name, payload = EVENTS[kind]
    target = {"editedMessageId": "3EB002", "revokedMessageId": "3EB002", "before": {}}
    arrives(database, name, payload | target)
    new = {"id": f"false_{ALICE}_3EB002", "from": ALICE, "fromMe": False, "body": "Jam berapa?"}
    at(HOUR + 60)
    arrives(database, "message", new | {"timestamp": int(later(HOUR + 59).timestamp())}, HOUR + 60)
    with reading(database) as session:
        row = session.scalars(
            select(InboxMessage).where(InboxMessage.kind == "message").order_by(InboxMessage.id)
        ).all()
        assert row[-1].text == left
