"""Brings the schema to a revision. `balas.migrations` travels inside the package, so no checkout is needed."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from balas.database.engine import Database
from balas.database.session import describe
from balas.errors import DatabaseUnavailable


def migrate(database: Database, revision: str = "head") -> None:
    """Run the missing migrations; down to an older `revision` drops what came after it."""
    config = _config()
    try:
        with database.writer.connect() as connection:
            config.attributes["connection"] = connection
            if revision == "head":
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            connection.commit()
    except OperationalError as error:
        raise DatabaseUnavailable(describe(error)) from error


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
