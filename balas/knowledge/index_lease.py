"""Who may change the shared search index: one process at a time, by a lease in the database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from balas.database import claims, clock
from balas.database.engine import Database
from balas.database.insertions import insert_once
from balas.database.session import transaction
from balas.errors import DatabaseUnavailable, LeaseLost
from balas.models import IndexLease

RENEW_EVERY_SECONDS = claims.LEASE_SECONDS / 4


class HeldLease:
    """Renewed by a thread of its own: embedding passages takes longer than a lease."""

    def __init__(self, database: Database, lease_id: int, token: str) -> None:
        self._database = database
        self._lease_id = lease_id
        self._token = token
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index-lease", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raises `LeaseLost` when another process has taken over."""
        with transaction(self._database) as session:
            claims.renew(session, IndexLease, self._lease_id, self._token, clock.now(session))

    def release(self) -> None:
        self._stopped.set()
        self._thread.join()
        ours = (IndexLease.id == self._lease_id, IndexLease.lease_token == self._token)
        with transaction(self._database) as session:
            claims.update_where(session, IndexLease, *ours, lease_token=None, lease_until=None)

    def _run(self) -> None:
        while not self._stopped.wait(RENEW_EVERY_SECONDS):
            try:
                self.check()
            except LeaseLost:
                return  # whoever works under the lease notices at its next write
            except DatabaseUnavailable:
                continue


@contextmanager
def lease(database: Database, lease_id: int) -> Iterator[HeldLease | None]:
    """None: another process has it."""
    with transaction(database) as session:
        insert_once(session, IndexLease, [{"id": lease_id, "attempts": 0}])
        token = claims.claim(session, IndexLease, lease_id, clock.now(session))
    if token is None:
        yield None
        return
    held = HeldLease(database, lease_id, token)
    try:
        yield held
    finally:
        held.release()
