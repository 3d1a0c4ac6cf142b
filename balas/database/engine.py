"""Engines for SQLite and MySQL that behave alike."""

from __future__ import annotations

import inspect
import os
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from balas.errors import ConfigurationRefused, DatabaseUnavailable

SQLITE_READERS = 8
BUSY_TIMEOUT_SECONDS = 30
PING_AFTER_SECONDS = 1.0
PAGE_BYTES = 4096
ANSWER_SECONDS = 60  # for a statement; a server that is frozen is given up then


class Database:
    """A writer and a reader engine, each with connections of its own."""

    def __init__(self, url: str | URL, pool_size: int = 30, answer_seconds: int = ANSWER_SECONDS) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            # One write connection makes the pool a fair lock: threads queue for it instead of sleeping
            # in SQLite's busy handler. Other processes are waited for by the busy timeout.
            self.writer = _sqlite_engine(url, 1, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(url, SQLITE_READERS, begin="BEGIN")
        else:
            readers = pool_size // 3
            self.writer = _mysql_engine(url, pool_size - readers, answer_seconds)
            self.reader = _mysql_engine(url, readers, answer_seconds, reads_only=True) if readers else self.writer

    def check_disk(self) -> None:
        """Raises DatabaseUnavailable where SQLite's folder takes not even a page more.

        A page is claimed and let go of: what is free by the numbers may be kept for root, or by a quota."""
        if not self.is_sqlite or not self.url.database:
            return
        try:
            with tempfile.TemporaryFile(dir=Path(self.url.database).absolute().parent) as probe:
                os.posix_fallocate(probe.fileno(), 0, PAGE_BYTES)
        except OSError as error:
            raise DatabaseUnavailable(f"the data folder takes no writes ({error.strerror}): make room") from error

    def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, which still holds what was just removed; False while readers are in it."""
        if not self.is_sqlite:
            return True
        connection = self.writer.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            outcome = cursor.fetchone()
            return outcome is not None and outcome[0] == 0
        finally:
            connection.close()

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def _sqlite_engine(url: str | URL, pool_size: int, begin: str) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        hide_parameters=True,  # what people wrote stays out of error texts
        connect_args={"timeout": 0},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: Any) -> None:
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 narrows the type
        connection.isolation_level = None  # we begin ourselves: the driver would begin deferred, and too late
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            # 16 MB: a page that many letters change, as of an index, is copied into the file once for all of them
            "wal_autocheckpoint=4000",
            "secure_delete=ON",  # what is erased must not lie in free pages
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _mysql_engine(url: str | URL, pool_size: int, answer_seconds: int, *, reads_only: bool = False) -> Engine:
    _check_address(make_url(url))
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        pool_reset_on_return=None,  # a transaction here ends by commit or rollback: one more would be a round trip each
        hide_parameters=True,
        # READ COMMITTED: claims are single-row conditional updates, and gap locks would only add deadlocks. Who only
        # reads sees as much without a transaction, and saves the round trip that would end it.
        isolation_level="AUTOCOMMIT" if reads_only else "READ COMMITTED",
        skip_autocommit_rollback=True,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "read_timeout": answer_seconds,
            "write_timeout": answer_seconds,
            "init_command": "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
        },
    )
    _ping_after_idleness(engine)
    if reads_only:
        _refuse_writes(engine)
    if engine.driver == "pymysql":
        _spare_the_driver(engine)
    return engine


def _check_address(url: URL) -> None:
    """Raises `ConfigurationRefused` for what no server is to blame for. An option of another driver is not passed over:
    it may ask for TLS."""
    if not url.database:
        raise ConfigurationRefused("DATABASE_URL: names no database: mysql://user:password@host:3306/balas")
    dialect = url.get_dialect()()
    try:
        options = dialect.create_connect_args(url)[1]
    except ValueError as error:
        raise ConfigurationRefused("DATABASE_URL: the value of an option after the ? is none") from error
    known = inspect.signature(dialect.import_dbapi().connect).parameters
    if unknown := sorted(options.keys() - known.keys()):
        raise ConfigurationRefused(
            f"DATABASE_URL: unknown option {unknown[0]}; for TLS say ?ssl_ca= and the authority's certificate file"
        )
    for name in ("ca", "cert", "key"):
        path = options.get("ssl", {}).get(name)
        if path is not None and not Path(path).is_file():
            raise ConfigurationRefused(f"DATABASE_URL: there is no file {path} for ssl_{name}")


def _refuse_writes(engine: Engine) -> None:
    """Nothing would be rolled back there."""

    @event.listens_for(engine, "connect")
    def _refuse(connection: DBAPIConnection, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.close()


def _spare_the_driver(engine: Engine) -> None:
    from balas.database.driver import SparingConnection  # noqa: PLC0415 only with MySQL

    known: dict[bytes, Any] = {}

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, given: list[Any], options: dict[str, Any]) -> Any:
        return SparingConnection(*given, known=known, **options)


def _ping_after_idleness(engine: Engine) -> None:
    """SQLAlchemy's own pre-ping would be a round trip for each transaction, also of a connection used just before."""

    @event.listens_for(engine, "checkin")
    def _note(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("used_at", time.monotonic()) < PING_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
