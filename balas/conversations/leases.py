"""Keeps the leases of running work alive: one thread per process, however many turns wait for a model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from balas.database.claims import LEASE_SECONDS, update_where
from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import transaction
from balas.errors import DatabaseUnavailable
from balas.telemetry import logger

RENEW_EVERY_SECONDS = LEASE_SECONDS / 4

log = logger("leases")


class LeaseKeeper:
    """A lease that cannot be renewed runs out, and another worker goes on: the fencing token keeps us from harm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[tuple[type[Any], int], str] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, model: type[Any], row_id: int, token: str) -> Iterator[None]:
        with self._lock:
            self._held[model, row_id] = token
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                if self._held.get((model, row_id)) == token:  # else we lost it, and another here holds it
                    del self._held[model, row_id]

    def close(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(RENEW_EVERY_SECONDS):
            with self._lock:
                held = dict(self._held)
            if not held:
                continue
            try:
                self._renew(held)
            except DatabaseUnavailable:
                log.warning("leases_not_renewed", held=len(held))
            except Exception:
                # The thread's edge: without it every lease of this process would run out, for good.
                log.exception("leases_not_renewed", held=len(held))

    def _renew(self, held: dict[tuple[type[Any], int], str]) -> None:
        with transaction(self._database) as session:
            until = now(session) + timedelta(seconds=LEASE_SECONDS)
            for model in {model for model, _ in held}:
                # A token is one row's: ids and tokens need no pairing. Never shorter: a send that began since we
                # looked at `held` has a longer lease.
                of_model = {row_id: token for (held_model, row_id), token in held.items() if held_model is model}
                ours = (model.id.in_(of_model), model.lease_token.in_(of_model.values()), model.lease_until < until)
                # One row that somebody holds for long must not keep us from the others: its turn comes with the next
                # round, well before the lease is over. SQLite locks no rows.
                free = select(model.id).where(*ours).order_by(model.id).with_for_update(skip_locked=True)
                if found := session.scalars(free).all():
                    update_where(session, model, model.id.in_(found), lease_until=until)
