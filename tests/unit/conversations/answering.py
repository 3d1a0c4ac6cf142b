"""The job that answers a turn, on a real database, with a library of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any

from balas.conversations.leases import LeaseKeeper
from balas.crew import Crew
from balas.database.engine import Database
from balas.runtime import Runtime
from balas.settings import Settings
from balas.telemetry import Metrics


@contextmanager
def answering(database: Database, library: object, **settings: Any) -> Iterator[Any]:
    runtime: Any = SimpleNamespace(
        database=database,
        settings=Settings(**settings),
        leases=LeaseKeeper(database),
        presence=SimpleNamespace(seen=lambda *_: None, typing=lambda *_: nullcontext()),
        library=library,
        metrics=Metrics(),
        transcriber=None,
        model_returned=Event(),
        crew=Crew(),
        warmed_up=Event(),
    )
    runtime.warmed_up.set()
    runtime.settle = partial(Runtime.settle, runtime)
    yield runtime
    runtime.leases.close()
