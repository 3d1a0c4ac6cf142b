from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, object_session

from balas.database.engine import Database
from balas.database.session import persist, reading, transaction
from balas.database.statements import execute
from balas.errors import DatabaseUnavailable
from balas.models import Base, ModelSpend
from balas.ports import forbid_inside_transaction
from tests.unit.conversations.writing import NOON


def spend(spender: str) -> ModelSpend:
    return ModelSpend(day=NOON.date(), spender=spender, calls=1, cost=0.0)


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    def fail() -> None:
        with transaction(database) as session:
            session.add(spend("alice"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with reading(database) as session:
        assert session.scalars(select(ModelSpend)).all() == []


def test_what_is_read_is_not_written(database: Database) -> None:
    def written() -> None:
        with reading(database) as session:
            session.add(spend("alice"))
            session.flush()

    with nullcontext() if database.is_sqlite else pytest.raises(DatabaseUnavailable, match="READ ONLY"):
        written()
    with reading(database) as session:
        assert session.scalars(select(ModelSpend)).all() == []


def test_what_a_transaction_brought_stays_as_it_was(database: Database) -> None:
    """Also where its session ran nothing itself."""
    with transaction(database) as session:
        session.add(added := spend("alice"))
    with reading(database) as session:
        read = session.scalars(select(ModelSpend)).one()
        execute(session, select(ModelSpend.spender), {})
    with transaction(database) as unused:
        pass
    assert [object_session(one) for one in (added, read)] == [None, None]
    assert (added.calls, read.calls) == (1, 1)
    assert not unused.in_transaction()


def test_the_network_is_refused_inside_a_transaction(database: Database) -> None:
    forbid_inside_transaction("send")
    for opened in (transaction, reading):
        with opened(database), pytest.raises(RuntimeError, match="send called inside a database transaction"):
            forbid_inside_transaction("send")
    forbid_inside_transaction("send")


def test_writers_wait_for_each_other(sqlite: Database) -> None:
    running = 0
    most = 0

    def write(n: int) -> None:
        nonlocal running, most
        with transaction(sqlite) as session:
            session.add(spend(f"user {n}"))
            session.flush()
            running += 1
            most = max(most, running)
            time.sleep(0.02)
            running -= 1

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    with reading(sqlite) as session:
        assert len(session.scalars(select(ModelSpend)).all()) == 8


def test_readers_see_the_last_commit_while_a_writer_is_at_work(sqlite: Database) -> None:
    with transaction(sqlite) as session:
        session.add(spend("alice"))
        session.flush()
        with reading(sqlite) as other:
            assert other.scalars(select(ModelSpend)).all() == []


def test_every_commit_is_on_disk_before_it_returns(sqlite: Database) -> None:
    with sqlite.writer.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_a_committed_row_survives_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/k.sqlite3"
    database = Database(url)
    Base.metadata.create_all(database.writer)
    script = (
        "import os, signal\n"
        "from balas.database.engine import Database\n"
        "from balas.database.session import transaction\n"
        "from tests.unit.database.test_session import spend\n"
        f"with transaction(Database({url!r})) as session:\n    session.add(spend('alice'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -9
    with reading(database) as session:
        assert session.scalars(select(ModelSpend.spender)).all() == ["alice"]
    database.close()


def test_a_database_that_is_away_is_said_so_without_its_password(tmp_path: Path) -> None:
    database = Database("mysql+pymysql://user:geheim@127.0.0.1:1/balas", pool_size=1)
    with pytest.raises(DatabaseUnavailable) as raised, reading(database) as session:
        session.execute(text("SELECT 1"))
    assert "geheim" not in str(raised.value)
    database.close()


def test_what_was_done_already_is_written_however_often_the_database_fails(sqlite: Database) -> None:
    tries = 0

    def write(session: Session) -> str:
        nonlocal tries
        tries += 1
        session.add(spend(f"try {tries}"))
        session.flush()
        if tries < 3:
            raise OperationalError("deadlock", None, Exception())
        return "done"

    assert persist(sqlite, write) == "done"
    with reading(sqlite) as session:
        assert session.scalars(select(ModelSpend.spender)).all() == ["try 3"]
