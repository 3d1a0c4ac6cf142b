"""Brings the schema to a revision. `balas.migrations` travels inside the package, so no checkout is needed."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TextIO

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from balas.database.engine import Database
from balas.database.session import describe, is_unusable
from balas.errors import ConfigurationRefused, Conflict, DatabaseUnavailable

LOCK_SECONDS = 60
STATEMENT_SECONDS = 6 * 3600


def migrate(database: Database, revision: str = "head") -> None:
    """Run the missing migrations; down to an older `revision` drops what came after it.

    Processes that start together wait for the first one: MySQL commits each table by itself, so two would collide.
    """
    config = _config()
    try:
        # Even the first look waits on SQLite: opening a new file switches its journal, and that waits for nobody.
        if not database.is_sqlite and revision == "head" and current(database) == head():
            return
        with _patient(database) as patient, _alone(patient), patient.writer.connect() as connection:
            if revision == "head" and MigrationContext.configure(connection).get_current_revision() == head():
                return
            connection.rollback()  # the look has begun a transaction
            config.attributes["connection"] = connection
            with _tables_may_be_copied(connection):
                if revision == "head":
                    command.upgrade(config, revision)
                else:
                    command.downgrade(config, revision)
                connection.commit()
    except DBAPIError as error:
        if isinstance(error, OperationalError) or is_unusable(error):
            raise DatabaseUnavailable(describe(error)) from error
        raise
    except CommandError as error:
        raise Conflict(
            f"the database does not go from its revision to {revision} ({error}); "
            "where a newer Balas has migrated it, run that one"
        ) from error


@contextmanager
def _patient(database: Database) -> Iterator[Database]:
    """A large table takes longer to change than a statement may take otherwise. Two connections, however small the
    pool: the lock is held by one of its own."""
    if database.is_sqlite:
        yield database
        return
    patient = Database(database.url, 2, STATEMENT_SECONDS)
    try:
        yield patient
    finally:
        patient.close()


@contextmanager
def _tables_may_be_copied(connection: Connection) -> Iterator[None]:
    """On SQLite a table is changed by a copy that takes its place; no foreign key may look while it is gone.

    Between transactions alone can that be said.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 narrows the type
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute("PRAGMA temp_store=FILE")  # what a dropped table leaves to be cleared is as large as it was
    try:
        yield
    finally:
        driver.rollback()  # what failed; else the next line would do nothing
        driver.execute("PRAGMA temp_store=MEMORY")
        driver.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Nobody else migrates this database meanwhile; the lock ends with the process."""
    if database.is_sqlite:
        with _lock_file(Path(f"{database.url.database}.migrating")) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with database.writer.connect() as connection:
        taken = connection.execute(text("SELECT GET_LOCK('balas migrations', :seconds)"), {"seconds": LOCK_SECONDS})
        if taken.scalar() != 1:
            raise DatabaseUnavailable("another process has been migrating the database for a minute; look at its log")
        yield
        connection.execute(text("SELECT RELEASE_LOCK('balas migrations')"))


def _lock_file(path: Path) -> TextIO:
    try:
        return path.open("w")
    except OSError as error:
        raise ConfigurationRefused(
            f"DATABASE_URL: {path.parent} cannot be written ({error.strerror}); make it, and give it to this user"
        ) from error


def current(database: Database) -> str | None:
    with database.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether a migration of this version, or `head` or `base`, is meant."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return revision in {"head", "base", *(script.revision for script in scripts)}


def head() -> str:
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 the package holds at least one
    return revision


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("balas").joinpath("migrations")))
    return config
