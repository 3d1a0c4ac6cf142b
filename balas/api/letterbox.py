"""Commits letters in groups and rings the doorbell behind each commit."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from balas.api.problems import RETRY_AFTER_SECONDS
from balas.conversations import inbox
from balas.conversations.inbox import Stored
from balas.database.group_commit import GroupCommit
from balas.database.session import transaction
from balas.errors import DatabaseUnavailable
from balas.failpoints import failpoint
from balas.ports import JobName, Ring
from balas.runtime import Runtime
from balas.telemetry import logger

log = logger("letterbox")
Letter = dict[str, Any]
# While we were away WAHA kept older messages, and repeats them every 2 s by default: what comes right after the start
# is not answered before they had their chance. With longer pauses between its tries the order of arrival counts.
CATCHING_UP = timedelta(seconds=3)
# Likewise while the database was away; WAHA then waits as long as our answer said.
CATCHING_UP_AFTER_REFUSAL = timedelta(seconds=RETRY_AFTER_SECONDS + 1)


class Letterbox:
    """One for each web process; its loop's only writer of inbox rows."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._caught_up_at = time.monotonic() + CATCHING_UP.total_seconds()  # a wall clock may be set at any time
        self._commits: GroupCommit[Letter, Stored] = GroupCommit(self._store)

    async def post(self, letter: Letter) -> Stored:
        """Return once the letter is on disk; raise `DatabaseUnavailable` when it could not be put there."""
        return await self._commits.add(letter)

    def _store(self, letters: Sequence[Letter]) -> Sequence[Stored | Exception]:
        stored: Sequence[Stored | Exception]
        try:
            stored = self._write(letters)
        except DatabaseUnavailable:
            # A deadlock, or a commit whose answer was lost: the unique key makes a second try safe.
            stored = self._write_again(letters)
        except Exception:
            log.exception("letters_stored_one_by_one", letters=len(letters))
            stored = [self._store_alone(letter) for letter in letters]
        failpoint("after_letter_committed")
        self._ring(letters, stored)
        return stored

    def _write_again(self, letters: Sequence[Letter]) -> list[Stored]:
        try:
            return self._write(letters)
        except DatabaseUnavailable:
            # Said here and not where the caller hears of it: by then the next group may be written already.
            self._caught_up_at = time.monotonic() + CATCHING_UP_AFTER_REFUSAL.total_seconds()
            raise

    def _store_alone(self, letter: Letter) -> Stored | Exception:
        try:
            return self._write([letter])[0]
        except Exception as error:
            # One bad row must not fail its neighbours; its own request gets the error.
            log.exception("letter_not_stored")
            return error

    def _write(self, letters: Sequence[Letter]) -> list[Stored]:
        if (left := self._caught_up_at - time.monotonic()) > 0:
            caught_up_at = datetime.now(UTC) + timedelta(seconds=left)
            for letter in letters:
                letter["hold_until"] = caught_up_at
        with transaction(self._runtime.database) as session:
            stored = inbox.store(session, letters)
            failpoint("before_letter_committed")
            return stored

    def _ring(self, letters: Sequence[Letter], stored: Sequence[Stored | Exception]) -> None:
        rings = [
            Ring(JobName.PROCESS_MESSAGE, kept.row_id)
            for letter, kept in zip(letters, stored, strict=True)
            if letter["pending"] and isinstance(kept, Stored) and kept.is_new
        ]
        if rings:
            self._runtime.queue.ring(*rings)

    def close(self) -> None:
        self._commits.close()
