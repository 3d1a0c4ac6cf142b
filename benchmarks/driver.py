"""CPU time of PyMySQL against mysqlclient, a C driver that has to be compiled: `pip install mysqlclient` first."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

from balas.conversations import inbox, letters
from balas.conversations.policy import QUEUED
from balas.database.engine import Database
from balas.database.schema import migrate
from balas.waha.events import dedupe_key, parse_event
from benchmarks.databases import distributed
from benchmarks.events import Events
from benchmarks.figures import Figure, LeftOut, Options, Pairs, rounded
from tests.services import NotAvailable

GROUP = 32  # messages that share a commit


def run(options: Options) -> Iterator[Figure | LeftOut]:
    if importlib.util.find_spec("MySQLdb") is None:
        yield LeftOut("driver", "mysqlclient is not installed; it needs a compiler and libmariadb-dev")
        return
    times = int(options.pick(200, 2))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="balas-bench-")))
        try:
            url = make_url(stack.enter_context(distributed(folder))["DATABASE_URL"])
        except NotAvailable as error:
            yield LeftOut("driver", str(error))
            return
        database = Database(url.set(drivername="mysql+pymysql").render_as_string(hide_password=False))
        migrate(database)
        database.close()
        rows = Events(b"no key is needed")
        kinds = {"driver_row": (lambda session: _look(session), 1), "driver_group": (lambda s: _store(s, rows), GROUP)}
        for name, (work, size) in kinds.items():
            pairs = Pairs()
            for _ in range(options.times(5)):
                pairs.add(
                    *(cpu(url.set(drivername=f"mysql+{driver}"), work, times) for driver in ("pymysql", "mysqldb"))
                )
            of = "CPU time with PyMySQL / with mysqlclient: " + ("one row read" if size == 1 else "32 messages stored")
            more = {
                "us": rounded(median(pairs.ours) * 1e6 / size),
                "their_us": rounded(median(pairs.theirs) * 1e6 / size),
            }
            yield Figure(name, of, pairs.ratios, "to choose a driver by", more)


def cpu(url: object, work: Callable[[Session], None], times: int) -> float:
    """Seconds of this thread for one piece of work, the commit included."""
    engine = create_engine(url)  # type: ignore[call-overload]
    try:
        with Session(engine) as session:
            work(session)
            session.commit()
            begun = time.thread_time()
            for _ in range(times):
                work(session)
                session.commit()
            return (time.thread_time() - begun) / times
    finally:
        engine.dispose()


_numbers = count()


def _look(session: Session) -> None:
    inbox.take(session, 1)


def _store(session: Session, events: Events) -> None:
    now = datetime.now(UTC)
    rows = []
    for _ in range(GROUP):
        raw = events.body(next(_numbers))
        event = parse_event(raw)
        rows.append(letters.of_event(event, QUEUED, dedupe_key(event, raw), now))
    inbox.store(session, rows)
