"""Real databases for every test that touches rows: SQLite always, MariaDB or MySQL when TEST_MYSQL_URL names one."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from sqlalchemy import create_engine, text

from balas.database.engine import Database
from balas.models import Base
from tests.kept_tables import KeptTables, kept_tables


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the developer's own shell must not decide a test."""
    for name in list(os.environ):
        if name.startswith(("BALAS_", "WAHA_", "WHATSAPP_", "OPENAI_", "QDRANT_")) or name in {
            "DATABASE_URL",
            "REDIS_URL",
        }:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _fresh_logging() -> Iterator[None]:
    """A command that a test ran in this process bound the logs to a stream that is closed by now."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def empty_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and no rows, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "balas.sqlite3"
    database = Database(f"sqlite:///{file}")
    Base.metadata.create_all(database.writer)
    database.close()
    return file


@pytest.fixture
def sqlite(tmp_path: Path, empty_sqlite_file: Path) -> Iterator[Database]:
    shutil.copyfile(empty_sqlite_file, tmp_path / "balas.sqlite3")
    database = Database(f"sqlite:///{tmp_path}/balas.sqlite3")
    yield database
    database.close()


@pytest.fixture
def empty_mysql_url() -> Iterator[str]:
    """The address of a MySQL or MariaDB database without tables, dropped afterwards."""
    server = os.environ.get("TEST_MYSQL_URL")
    if not server:
        pytest.skip("TEST_MYSQL_URL is not set: `make test` starts a server and runs this")
    yield from _empty(server)


def _empty(server: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server.replace("mysql://", "mysql+pymysql://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    yield f"mysql+pymysql://{server.removeprefix('mysql://')}{name}"
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()


@pytest.fixture
def empty_oracle_url() -> Iterator[str]:
    """The same on a real MySQL."""
    server = os.environ.get("TEST_ORACLE_MYSQL_URL")
    if not server:
        pytest.skip("TEST_ORACLE_MYSQL_URL is not set: `make test` gets a MySQL server where it can")
    yield from _empty(server)


@pytest.fixture(scope="session")
def kept_mysql() -> Iterator[KeptTables]:
    server = os.environ.get("TEST_MYSQL_URL")
    if not server:
        pytest.skip("TEST_MYSQL_URL is not set: `make test` starts a server and runs this")
    with kept_tables(server) as kept:
        yield kept


@pytest.fixture
def mysql(kept_mysql: KeptTables) -> Iterator[Database]:
    database = Database(kept_mysql.url, pool_size=10)
    yield database
    database.close()
    kept_mysql.empty()


@pytest.fixture(params=["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test on both."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An empty Redis database; one for each of pytest's processes."""
    url = os.environ.get("TEST_REDIS_URL")
    if not url:
        pytest.skip("TEST_REDIS_URL is not set: `make test` starts a server and runs this")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    mine = f"{url.rsplit('/', 1)[0]}/{int(worker) + 1}"
    client = redis.Redis.from_url(mine)
    client.flushdb()
    yield mine
    client.flushdb()
    client.close()
