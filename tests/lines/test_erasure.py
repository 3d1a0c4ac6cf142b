"""A person is forgotten: nothing of them is left anywhere, the books balance, and nothing brings it back."""

from __future__ import annotations

import gc
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import String, cast, func, or_, select

from balas.database.session import reading, transaction
from balas.models import (
    Base,
    GapQuestion,
    InboxMessage,
    InboxState,
    Message,
    ModelSpend,
    Tombstone,
    Turn,
    UnreadChat,
    User,
)
from balas.simulator.faults import Chance, Faults
from tests.lines.system import ALICE, BOB, System, started, wait_until
from tests.lines.test_catch_up import DEAF, read
from tests.lines.test_change_gate import BAD, GOOD, put
from tests.lines.test_document_line import balas

NUMBER = "628119994477"
PERSON = f"{NUMBER}@c.us"
WORD = "kenanga7731"


def user_id(system: System, phone: str = NUMBER) -> int:
    with reading(system.runtime.database) as session:
        return session.scalars(select(User.id).where(User.phone == phone)).one()


def hits(folder: Path, *words: str) -> list[str]:
    """Files of the data folder that hold one of the words, in any of the usual spellings."""
    spelled = [form for word in words for form in (word.encode(), word.encode("utf-16-le"))]
    return [
        f"{path.name}: {word!r}"
        for path in folder.rglob("*")
        if path.is_file()
        for word in spelled
        if word in path.read_bytes()
    ]


def plant(system: System) -> None:
    """The word and the number in every store there is."""
    system.says(PERSON, f"Jam buka {WORD}?", push_name=f"Nama {WORD}")
    system.wait_for_replies(PERSON)
    bubble = system.phones.shown(PERSON)[-1]
    system.phones.reacts(PERSON, bubble.bare_id, "👍")
    system.phones.owner_types(PERSON, f"Saya bantu, {WORD}")
    system.says("120363000000000009@g.us", f"grup {WORD}", sender=PERSON)
    system.says(PERSON, f"kemarin {WORD}", at=datetime.now(UTC) - timedelta(hours=9))
    said = system.says(PERSON, f"halo {WORD}")
    system.phones.edits(PERSON, said.bare_id, f"ongkos kirim ke Jakarta {WORD}?")
    system.wait_for_replies(PERSON, 3)
    system.wait_until_settled()
    plant_checks(system)
    with transaction(system.runtime.database) as session:
        now = datetime.now(UTC)
        session.add(ModelSpend(day=now.date(), spender=PERSON, calls=3, cost=0.1))
        times = {"since": now, "until": now, "next_attempt_at": now + timedelta(hours=1)}
        session.add(UnreadChat(waha_session="default", chat_id=PERSON, **times))
        dead = session.scalars(select(InboxMessage).limit(1)).one()
        dead.raw = f'{{"from": "{PERSON}", "body": "{WORD}"'


def plant_checks(system: System) -> None:
    """A question without an answer, an audience, and a golden question drafted from the chat, approved and fallen."""
    put(system, GOOD)
    system.says(PERSON, f"Berapa tarif parkir mobil {WORD}?")
    system.wait_for_replies(PERSON, 4)
    system.says(PERSON, f"Apakah ada vaksin rabies untuk kucing {WORD}?")
    system.wait_for_replies(PERSON, 5)
    system.wait_until_settled()
    system.client.post("/api/audiences/staff", json={"phones": [NUMBER]}).raise_for_status()
    drafted = system.client.post("/api/golden/draft", json={"chats": True}).raise_for_status().json()["items"]
    assert any(WORD in one["question"] for one in drafted)
    for one in drafted:
        system.client.post(f"/api/golden/{one['id']}/approve").raise_for_status()
    assert put(system, BAD)["gate"]["state"] == "warned"
    assert WORD in system.client.get("/api/golden/reports").text
    with reading(system.runtime.database) as session:
        assert any(WORD in text for text in session.scalars(select(GapQuestion.text)))


def test_nothing_is_left_anywhere(system: System, data_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plant(system)
    system.says(BOB, "jam buka?")
    system.wait_for_replies(BOB)
    before = system.wait_until_settled()
    assert hits(data_dir, WORD, NUMBER)
    answer = system.client.delete(f"/api/users/{user_id(system)}")
    assert answer.status_code == 202
    erased = answer.json()["erased"]
    assert [table for table, count in erased.items() if count == 0] == []
    assert len(answer.json()["receipt_id"]) == 32
    assert hits(data_dir, WORD, NUMBER) == []
    books = system.books()
    assert books["received"] == before["received"]
    assert books["received"] == sum(books[state] for state in ("answered", "ignored", "dead", "open"))
    printed = capfd.readouterr()
    assert WORD not in printed.out + printed.err
    assert NUMBER not in printed.out + printed.err
    with reading(system.runtime.database) as session:  # others keep theirs
        assert session.scalars(select(User.phone)).all() == [BOB.partition("@")[0]]
        assert session.scalars(select(func.count(Message.id))).one() == 2
    falls = [fall for one in reports(system) for fall in one["falls"]]
    assert any(fall["golden_id"] and not fall["question"] + fall["before"] for fall in falls)
    gc.collect()
    assert system.client.get(f"/api/messages?phone={NUMBER}").json()["items"] == []


def reports(system: System) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.client.get("/api/golden/reports").raise_for_status().json()["items"]
    return found


@pytest.mark.mysql
def test_nothing_is_left_in_a_mysql_database(tmp_path: Path, empty_mysql_url: str) -> None:
    url = empty_mysql_url.replace("mysql+pymysql://", "mysql://")
    with started(tmp_path / "data", DATABASE_URL=url) as system:
        plant(system)
        assert "gate_reports" in holding(system, WORD, NUMBER)
        assert system.client.delete(f"/api/users/{user_id(system)}").status_code == 202
        assert holding(system, WORD, NUMBER) == []


def holding(system: System, *words: str) -> list[str]:
    """Tables of the database that hold one of the words in any column."""
    found = []
    with reading(system.runtime.database) as session:
        for table in Base.metadata.sorted_tables:
            held = [cast(column, String).contains(word) for column in table.columns for word in words]
            if session.execute(select(func.count()).select_from(table).where(or_(*held))).scalar_one():
                found.append(table.name)
    return found


def test_a_second_time_there_is_nobody(system: System) -> None:
    system.says(ALICE, "jam buka?")
    system.wait_for_replies(ALICE)
    system.wait_until_settled()
    erased = user_id(system, ALICE.partition("@")[0])
    assert system.client.delete(f"/api/users/{erased}").status_code == 202
    assert system.client.delete(f"/api/users/{erased}").status_code == 404
    assert system.client.delete("/api/users/999999").status_code == 404


def test_catching_up_brings_nothing_back_and_a_new_message_begins_anew(system: System, data_dir: Path) -> None:
    read(system)
    system.says(PERSON, "jam buka?")
    system.wait_for_replies(PERSON)
    system.wait_until_settled()
    system.simulator.set_faults(DEAF)
    system.says(PERSON, f"tidak terdengar {WORD}")
    system.phones.owner_types(PERSON, f"juga tidak {WORD}")
    assert system.client.delete(f"/api/users/{user_id(system)}").status_code == 202
    assert read(system) == 0
    system.simulator.set_faults(Faults())
    with reading(system.runtime.database) as session:
        assert session.scalars(select(User)).all() == []
        assert session.scalars(select(func.count(Tombstone.id))).one() >= 1
    assert hits(data_dir, WORD, NUMBER) == []
    time.sleep(1.1)  # WAHA tells whole seconds
    system.says(PERSON, "ongkos kirim ke Jakarta?")
    assert "12.000" in system.wait_for_replies(PERSON, 3)[-1]
    assert user_id(system)


def test_a_webhook_that_comes_late_is_refused(system: System) -> None:
    system.says(PERSON, "jam buka?")
    system.wait_for_replies(PERSON)
    system.wait_until_settled()
    system.client.delete(f"/api/users/{user_id(system)}")
    system.says(PERSON, f"terlambat {WORD}", at=datetime.now(UTC) - timedelta(minutes=2))

    def refused() -> bool | None:
        with reading(system.runtime.database) as session:
            row = session.scalars(select(InboxMessage).order_by(InboxMessage.id.desc()).limit(1)).one()
            return True if (row.state, row.reason, row.text, row.phone) == ("ignored", "erased", None, None) else None

    wait_until(refused)
    with reading(system.runtime.database) as session:
        assert session.scalars(select(User)).all() == []


def test_what_waits_is_cancelled(data_dir: Path) -> None:
    with started(data_dir, BALAS_BURST_SECONDS="3") as system:
        system.says(PERSON, f"jam buka {WORD}?")
        wait_until(lambda: True if system.books()["open"] and people(system) else None)
        system.client.delete(f"/api/users/{user_id(system)}")
        books = system.wait_until_settled()
        assert (books["received"], books["ignored"]) == (1, 1)
        time.sleep(3.5)
        assert system.replies(PERSON) == []
        with reading(system.runtime.database) as session:
            assert session.scalars(select(Turn)).all() == []
            assert session.scalars(select(InboxMessage.state)).all() == [InboxState.IGNORED]


def people(system: System) -> int:
    with reading(system.runtime.database) as session:
        return len(session.scalars(select(Turn.id)).all())


def test_a_send_under_way_does_not_bring_the_person_back(system: System) -> None:
    system.simulator.set_faults(Faults(hang_after=Chance(count=1, seconds=2.0)))
    system.says(PERSON, "jam buka?")
    system.wait_for_replies(PERSON)  # shown; WAHA's answer is still to come
    system.client.delete(f"/api/users/{user_id(system)}")
    time.sleep(3.0)
    system.wait_until_settled()
    with reading(system.runtime.database) as session:
        assert session.scalars(select(User)).all() == []
        assert session.scalars(select(Message)).all() == []


def test_the_command_erases_and_asks_first(system: System, data_dir: Path) -> None:
    system.says(PERSON, f"jam buka {WORD}?", as_lid=True)
    system.wait_until_settled()
    assert hits(data_dir, WORD)
    refused = balas(data_dir, "erase", "--json", f"+{NUMBER}")
    assert refused.returncode == 2
    done = balas(data_dir, "erase", "--yes", "--json", f"+{NUMBER}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["erased"]["users"] == 1
    assert hits(data_dir, WORD, NUMBER) == []
    assert balas(data_dir, "erase", "--yes", f"+{NUMBER}").returncode == 1
    written = system.client.get("/api/audit").raise_for_status().json()["items"]
    receipt = json.loads(done.stdout)["receipt_id"]
    assert [(one["action"], one["who"], one["target"]) for one in written] == [("person.erased", "command", receipt)]
