"""One MySQL or MariaDB database for many tests: making its thirty tables anew takes ten times as long as most tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, literal, select, text, union_all

from balas.models import Base

BLOCKED_SECONDS = 20  # by a transaction that a test left open
GIVEN = text("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND auto_increment > 1")


class KeptTables:
    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self._engine = engine

    def empty(self) -> None:
        """No rows, and ids from 1 on."""
        with self._engine.connect() as connection:
            connection.execute(text(f"SET lock_wait_timeout = {BLOCKED_SECONDS}, foreign_key_checks = 0"))
            for name in self._used():
                connection.execute(text(f"TRUNCATE TABLE {name}"))
            connection.execute(text("SET foreign_key_checks = 1"))

    def _used(self) -> list[str]:
        """Tables that hold rows or have given out an id."""
        held = union_all(
            *(select(literal(name)).where(select(table).exists()) for name, table in Base.metadata.tables.items())
        )
        with self._engine.connect() as connection:
            return sorted({*connection.scalars(held), *connection.scalars(GIVEN)})


@contextmanager
def kept_tables(server: str) -> Iterator[KeptTables]:
    """`server`: its URL without a database."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    at_server = create_engine(server.replace("mysql://", "mysql+pymysql://"), isolation_level="AUTOCOMMIT")
    with at_server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    url = f"mysql+pymysql://{server.removeprefix('mysql://')}{name}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    Base.metadata.create_all(engine)
    yield KeptTables(url, engine)
    engine.dispose()
    with at_server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    at_server.dispose()
