"""Old texts are blanked and the books stay; what is younger or still open keeps its words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from balas.database.session import transaction
from balas.jobs import retention
from balas.models import AuditEntry, GapQuestion, InboxMessage, InboxState, Message, OutboxMessage, Turn
from tests.lines.system import ALICE, BOB, System, started
from tests.lines.test_erasure import WORD, hits


def age(system: System, days: int) -> None:
    """As if everything so far had happened then."""
    then = datetime.now(UTC) - timedelta(days=days)
    with transaction(system.runtime.database) as session:
        session.execute(update(InboxMessage).values(received_at=then))
        for model in (Message, Turn, OutboxMessage):
            session.execute(update(model).values(created_at=then))
        session.execute(update(GapQuestion).values(asked_at=then))


def test_old_texts_are_blanked_and_the_books_balance(data_dir: Path) -> None:
    with started(data_dir, BALAS_RETENTION_DAYS="30") as system:
        system.says(ALICE, f"jam buka {WORD}?")
        system.wait_for_replies(ALICE)
        before = system.wait_until_settled()
        age(system, 31)
        system.says(BOB, "jam buka?")
        system.wait_for_replies(BOB)
        system.wait_until_settled()
        while retention.run(system.runtime):
            pass
        system.runtime.database.truncate_log()
        assert hits(data_dir, WORD) == []
        books = system.books()
        assert books["answered"] == before["answered"] + 1
        assert books["received"] == sum(books[state] for state in ("answered", "ignored", "dead", "open"))
        texts = {item["text"] for item in system.client.get("/api/messages").json()["items"]}
        assert "jam buka?" in texts
        assert "" in texts


def test_what_is_open_keeps_its_words(data_dir: Path) -> None:
    with started(data_dir, BALAS_RETENTION_DAYS="30") as system:
        system.says(ALICE, f"jam buka {WORD}?")
        system.wait_for_replies(ALICE)
        system.wait_until_settled()
        age(system, 31)
        with transaction(system.runtime.database) as session:
            session.execute(update(InboxMessage).values(state=InboxState.QUEUED))
        while retention.run(system.runtime):
            pass
        with transaction(system.runtime.database) as session:
            assert WORD in (session.get_one(InboxMessage, 1).text or "")


def test_unset_means_for_ever(system: System) -> None:
    system.says(ALICE, "jam buka?")
    system.wait_for_replies(ALICE)
    system.wait_until_settled()
    age(system, 10_000)
    assert retention.run(system.runtime) == 0


def test_what_operators_did_goes_by_a_setting_of_its_own(data_dir: Path) -> None:
    with started(data_dir, BALAS_AUDIT_DAYS="30") as system:
        for name in ("parents", "staff"):
            system.client.post(f"/api/audiences/{name}", json={"phones": ["628115550101"]}).raise_for_status()
        then = datetime.now(UTC) - timedelta(days=31)
        with transaction(system.runtime.database) as session:
            session.execute(update(AuditEntry).where(AuditEntry.id == 1).values(done_at=then))
        while retention.run(system.runtime):
            pass
        assert [one["id"] for one in system.client.get("/api/audit").json()["items"]] == [2]
