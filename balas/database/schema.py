"""Brings the schema to a revision. `balas.migrations` travels inside the package, so no checkout is needed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from balas.database.engine import Database
from balas.database.session import describe
from balas.errors import DatabaseUnavailable

LOCK_SECONDS = 60


def migrate(database: Database, revision: str = "head") -> None:
    """Run the missing migrations; down to an older `revision` drops what came after it.

    Processes that start together wait for the first one: MySQL commits each table by itself, so two would collide.
    """
    config = _config()
    try:
        # Even the first look waits on SQLite: opening a new file switches its journal, and that waits for nobody.
        if not database.is_sqlite and revision == "head" and current(database) == head():
            return
        with _alone(database), database.writer.connect() as connection:
            if revision == "head" and MigrationContext.configure(connection).get_current_revision() == head():
                return
            config.attributes["connection"] = connection
            if revision == "head":
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            connection.commit()
    except OperationalError as error:
        raise DatabaseUnavailable(describe(error)) from error


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Nobody else migrates this database meanwhile; the lock ends with the process."""
    if database.is_sqlite:
        with Path(f"{database.url.database}.migrating").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with database.writer.connect() as connection:
        taken = connection.execute(text("SELECT GET_LOCK('balas migrations', :seconds)"), {"seconds": LOCK_SECONDS})
        if taken.scalar() != 1:
            raise DatabaseUnavailable("another process has been migrating the database for a minute; look at its log")
        yield
        connection.execute(text("SELECT RELEASE_LOCK('balas migrations')"))


def current(database: Database) -> str | None:
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 the package holds at least one
    return revision


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("balas").joinpath("migrations")))
    return config
