"""What operators did is written with what they did, by one module, and changed by nobody."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action, Operator, Result
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.errors import NotFound
from balas.models import AuditEntry

BALAS = Path(audit.__file__).parent
CONSOLE = Operator("console", "0123456789abcdef")


def entries(database: Database) -> list[AuditEntry]:
    with reading(database) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def recorded(database: Database, *targets: int) -> None:
    with audit.acting(CONSOLE), transaction(database) as session:
        for target in targets:
            audit.record(session, Action.DOCUMENT_DELETED, target)


def test_who_did_what_to_what_and_when(database: Database) -> None:
    before = datetime.now(UTC)
    with audit.acting(CONSOLE), transaction(database) as session:
        audit.record(session, Action.AUDIENCE_GIVEN, number=214)
        audit.record(session, Action.DOCUMENT_DELETED, 12, result=Result.REFUSED)
    given, deleted = entries(database)
    assert (given.who, given.address) == ("console", "0123456789abcdef")
    assert (given.action, given.target, given.number, given.result) == ("audience.given", None, 214, "done")
    assert (deleted.action, deleted.target, deleted.number, deleted.result) == ("document.deleted", "12", 1, "refused")
    assert abs(given.done_at - before) < timedelta(seconds=60)


def deleted_and_not_there(session: Session) -> None:
    audit.record(session, Action.DOCUMENT_DELETED, 12)
    raise NotFound("No such document.")


def test_it_stands_or_falls_with_the_change(database: Database) -> None:
    with pytest.raises(NotFound), audit.acting(CONSOLE), transaction(database) as session:
        deleted_and_not_there(session)
    assert entries(database) == []


def test_what_jobs_do_is_nobodys_act(database: Database) -> None:
    with audit.acting(CONSOLE):
        pass
    with transaction(database) as session:
        audit.record(session, Action.DOCUMENT_DELETED, 12)
    assert entries(database) == []


def test_the_oldest_go_by_their_age_a_batch_at_a_time(database: Database) -> None:
    recorded(database, 1, 2, 3)
    long_ago = datetime.now(UTC) - timedelta(days=400)
    with transaction(database) as session:  # as no code of ours can
        session.execute(
            text("UPDATE audit_entries SET done_at = :at WHERE id < 3"), {"at": long_ago.replace(tzinfo=None)}
        )
    year_ago = datetime.now(UTC) - timedelta(days=365)
    with transaction(database) as session:
        assert audit.forget(session, year_ago, 1) == 1
        assert audit.forget(session, year_ago, 500) == 1
        assert audit.forget(session, year_ago, 500) == 0
    assert [entry.target for entry in entries(database)] == ["3"]


def test_pages_by_action_and_object(database: Database) -> None:
    recorded(database, 1, 2, 1)
    with reading(database) as session:
        first, second = audit.page(session, limit=2)
        assert [first.target, second.target] == ["1", "2"]
        assert [one.target for one in audit.page(session, limit=2, before_id=second.id)] == ["1"]
        assert len(audit.page(session, limit=9, action=Action.DOCUMENT_DELETED, target="1")) == 2
        assert audit.page(session, limit=9, action=Action.DOCUMENT_REPLACED) == []


def test_nothing_else_writes_to_it() -> None:
    """Elsewhere its rows are named for reading alone, and here they are inserted and, when old, deleted."""
    users = {}
    for path in BALAS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        given = [
            getattr(call.func, "id", getattr(call.func, "attr", ""))
            for call in calls
            if any(isinstance(argument, ast.Name) and argument.id == "AuditEntry" for argument in call.args)
            or getattr(call.func, "id", "") == "AuditEntry"
        ]
        named = any("audit_entries" in str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant))
        if given or named:
            users[path.relative_to(BALAS).as_posix()] = sorted(given)
    assert users == {
        "audit.py": ["delete", "insert", "select"],
        "models/audit.py": [],
        "migrations/versions/0012_audit_entries.py": [],
    }
