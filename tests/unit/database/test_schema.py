"""Migrations go up and down on both databases, and lead to what the models say."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from balas.database import schema
from balas.database.engine import Database
from balas.models import Base

NEW_USER = text("INSERT INTO users (user_key, created_at) VALUES (:user_key, '2026-03-02')")
NEW_CHAT = text(
    "INSERT INTO conversations (waha_session, chat_key, chat_id, user_id, created_at, last_message_at) "
    "VALUES ('default', 'key ' || :user_id, 'chat', :user_id, '2026-03-02', '2026-03-02')"
)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("mysql", marks=pytest.mark.mysql),
        pytest.param("oracle", marks=pytest.mark.oracle),
    ]
)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/empty.sqlite3"
    if request.param != "sqlite":
        url = request.getfixturevalue(f"empty_{request.param}_url")
    database = Database(url, pool_size=3)
    yield database
    database.close()


def test_up_leads_to_the_models(empty: Database) -> None:
    schema.migrate(empty)
    assert schema.current(empty) == schema.head()
    with empty.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_down_leaves_nothing_and_up_again_works(empty: Database) -> None:
    schema.migrate(empty)
    schema.migrate(empty, "base")
    assert set(inspect(empty.reader).get_table_names()) == {"alembic_version"}
    assert schema.current(empty) is None
    schema.migrate(empty)
    assert schema.current(empty) == schema.head()


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    schema.migrate(empty)
    schema.migrate(empty)
    assert schema.current(empty) == schema.head()


@pytest.mark.mysql
def test_a_migration_needs_no_pool_and_may_take_its_time(empty_mysql_url: str) -> None:
    """The lock is held by a connection of its own, and to copy a large table takes longer than any request."""
    database = Database(empty_mysql_url, pool_size=1, answer_seconds=1)
    try:
        schema.migrate(database)
        with schema._patient(database) as patient, patient.writer.connect() as connection:
            assert connection.execute(text("SELECT SLEEP(1.5)")).scalar() == 0
        with pytest.raises(OperationalError), database.writer.connect() as connection:
            connection.execute(text("SELECT SLEEP(1.5)"))
    finally:
        database.close()


def test_what_was_for_few_on_a_website_counts_as_set_by_hand(empty: Database) -> None:
    schema.migrate(empty)
    schema.migrate(empty, "0015")
    stamp = {"created_at": "2026-03-02", "updated_at": "2026-03-02"}
    site = {"address": "https://example.org/", "site": "example.org", "status": "crawled", "round": 1, "requests": 1}
    site |= {"audience": "parents", "max_pages": 9, "max_depth": 1, "every_hours": 0, "size": 0, "failures": 0}
    kept = {"source": "url", "name": "n", "title": "t", "size": 1, "status": "indexed", "progress": 1, "chunk_count": 0}
    kept |= {"uploaded_version": 1, "knowledge_version": 1, "attempts": 0} | stamp
    page = {"website_id": 1, "kind": "page", "shape": "s", "depth": 0, "place": 0, "hops": 0, "state": "read"}
    with empty.writer.connect() as connection:
        _insert(connection, "websites", {"id": 1, "address_key": "k", "attempts": 0} | site | stamp)
        for number, audience in enumerate(("parents", "staff", "public"), 1):
            given = {"id": number, "source_key": f"{number}", "audience": audience, "given_audience": audience}
            _insert(connection, "documents", given | kept)
            where = {"address": f"/{number}", "address_key": f"{number}", "document_id": number, "attempts": 0}
            _insert(connection, "website_pages", where | page)
        connection.commit()
    for _ in range(2):
        schema.migrate(empty)
        with empty.writer.connect() as connection:
            found = connection.execute(text("SELECT audience FROM website_pages ORDER BY id")).scalars().all()
        assert found == [None, "staff", None]
        schema.migrate(empty, "0015")


def _insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 names of ours


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/file.sqlite3")
    yield database
    database.close()


def counting(database: Database) -> set[str]:
    """Tables that never give an id twice."""
    with database.reader.connect() as connection:
        tables = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all()
    return {name for name, sql in tables if re.search(r"\bAUTOINCREMENT\b", sql)}


def test_sqlite_gives_no_id_twice(sqlite: Database, file: Database) -> None:
    schema.migrate(file)
    numbered = {name for name, table in Base.metadata.tables.items() if table.primary_key.columns.keys() == ["id"]}
    assert counting(file) == counting(sqlite) == numbered


def test_ids_are_counted_on_from_the_highest_that_there_was(file: Database) -> None:
    schema.migrate(file)
    newest = shape_of(file)
    schema.migrate(file, "0010")
    with file.writer.connect() as connection:
        for user_id in range(1, 4):
            connection.execute(NEW_USER, {"user_key": f"{user_id}@c.us"})
            connection.execute(NEW_CHAT, {"user_id": user_id})
        connection.commit()
        before = shape(connection)
    schema.migrate(file)
    assert shape_of(file) == newest
    with file.writer.connect() as connection:
        assert connection.execute(text("SELECT id FROM conversations ORDER BY id")).scalars().all() == [1, 2, 3]
        with pytest.raises(IntegrityError):
            connection.execute(text("DELETE FROM users WHERE id = 3"))
        connection.execute(text("DELETE FROM conversations WHERE id = 3"))
        connection.execute(text("DELETE FROM users WHERE id = 3"))
        connection.execute(NEW_USER, {"user_key": "new@c.us"})
        assert connection.execute(text("SELECT MAX(id) FROM users")).scalar_one() == 4
        with pytest.raises(IntegrityError):
            connection.execute(NEW_USER, {"user_key": "new@c.us"})
        connection.commit()
        assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    schema.migrate(file, "0010")
    assert counting(file) == set()
    with file.writer.connect() as connection:
        assert shape(connection) == before
        connection.execute(text("DELETE FROM users WHERE id = 4"))
        connection.execute(NEW_USER, {"user_key": "more@c.us"})
        assert connection.execute(text("SELECT MAX(id) FROM users")).scalar_one() == 3
        connection.commit()
    schema.migrate(file)
    assert counting(file) >= {"users", "outbox", "documents"}


def shape_of(database: Database) -> dict[str, list[Any]]:
    with database.reader.connect() as connection:
        return shape(connection)


def shape(connection: Connection) -> dict[str, list[Any]]:
    """Columns, foreign keys and indexes of every table."""
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    told = ("table_info", "foreign_key_list", "index_list")
    return {
        f"{name} {one}": [tuple(row) for row in connection.execute(text(f"PRAGMA {one}({name})"))]
        for name in names
        if not name.startswith("sqlite_")
        for one in told
    }


@pytest.mark.mysql
def test_mysql_gets_the_types_that_lose_nothing(empty_mysql_url: str) -> None:
    database = Database(empty_mysql_url, pool_size=2)
    schema.migrate(database)
    with database.reader.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT column_name, data_type, collation_name, datetime_precision FROM information_schema.columns "
                "WHERE table_schema = DATABASE() AND table_name = 'inbox'"
            )
        ).all()
    database.close()
    columns: dict[str, Any] = {row[0]: row for row in rows}
    assert columns["dedupe_key"][2] == "utf8mb4_bin"
    assert columns["chat_id"][2] == "utf8mb4_bin"
    assert columns["received_at"][3] == 6
    assert columns["text"][1] == "mediumtext"


def test_processes_that_start_together_migrate_once(empty: Database) -> None:
    """Each with its own connections, as separate processes have."""
    others = [Database(empty.url.render_as_string(hide_password=False), pool_size=3) for _ in range(3)]
    errors: list[Exception] = []

    def start(database: Database) -> None:
        try:
            schema.migrate(database)
        except Exception as error:  # noqa: BLE001 shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=start, args=(database,)) for database in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in others:
        database.close()
    assert errors == []
    assert schema.current(empty) == schema.head()
