"""Migrations go up and down on both databases, and lead to what the models say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from balas.database import schema
from balas.database.engine import Database
from balas.models import Base


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
