"""Balas as the chaos tests run it: it writes down when what was on disk and when each turn was begun, and takes short
waits where asked to.

usage: CHAOS_FOLDER=... [CHAOS_QUICK=yes] python -m tests.chaos.process up
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.orm import Session

from balas.conversations import inbox, turns
from balas.ports import uptime
from tests.chaos import quick
from tests.chaos.checker import WORD

BEGUN, ON_DISK = "turns-begun", "letters-on-disk"


def witness_commits(file: Path) -> None:
    """Each commit of letters becomes lines of `file`, one a word: when a letter came says nothing about when others
    could see it, since a commit may take any time."""
    store, stored = inbox.store, _Stored(file)

    def store_and_tell(session: Session, letters: Sequence[dict[str, Any]]) -> list[inbox.Stored]:
        words = [word for letter in letters for word in WORD.findall(letter["text"] or "")]
        stored.await_commit(session.connection(), words)
        return store(session, letters)

    inbox.store = store_and_tell


class _Stored:
    """Words whose transaction is open. SQLAlchemy's own event comes before the commit, so its dialects are followed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._followed: set[Dialect] = set()
        self._open: dict[int, list[str]] = {}  # by the driver's connection

    def await_commit(self, connection: Connection, words: Sequence[str]) -> None:
        if connection.dialect not in self._followed:
            self._follow(connection.dialect)
        self._open.setdefault(id(connection.connection.dbapi_connection), []).extend(words)

    def _follow(self, dialect: Any) -> None:
        self._followed.add(dialect)
        commit, rollback = dialect.do_commit, dialect.do_rollback

        def commit_and_tell(driver: Any) -> None:
            commit(driver)
            at, words = uptime(), self._open.pop(id(driver.dbapi_connection), [])
            with self._file.open("a") as lines:
                lines.write("".join(f"{word} {at}\n" for word in words))

        def roll_back(driver: Any) -> None:
            self._open.pop(id(driver.dbapi_connection), None)
            rollback(driver)

        dialect.do_commit, dialect.do_rollback = commit_and_tell, roll_back


def witness_turns(file: Path) -> None:
    """Each claim of a turn becomes a line of `file`: only what arrives later than that may be answered after it."""
    claim_work = turns.claim_work

    def claim_and_tell(
        session: Session, turn_id: int, now: datetime, most_turns: int
    ) -> turns.Work | turns.Overtaken | None:
        at, work = uptime(), claim_work(session, turn_id, now, most_turns)
        if isinstance(work, turns.Work):
            with file.open("a") as lines:
                lines.write(f"{turn_id} {at}\n")
        return work

    turns.claim_work = claim_and_tell


def begun(folder: Path) -> dict[int, float]:
    """When each turn was begun for the first time, as `uptime`."""
    return {int(turn_id): at for turn_id, at in _first(folder / BEGUN).items()}


def on_disk(folder: Path) -> dict[str, float]:
    """By word, when its message could be seen by every process at the latest, as `uptime`."""
    return _first(folder / ON_DISK)


def _first(file: Path) -> dict[str, float]:
    first: dict[str, float] = {}
    for line in file.read_text().splitlines() if file.exists() else []:
        name, at = line.split()
        first[name] = min(float(at), first.get(name, float("inf")))
    return first


def pause(seconds: float) -> None:
    select.select([], [], [], seconds)


if __name__ == "__main__":
    from balas.__main__ import main

    if "FAKETIME" in os.environ:  # whose clock_nanosleep does not know steady clocks
        time.sleep = pause
    witness_commits(Path(os.environ["CHAOS_FOLDER"]) / ON_DISK)
    witness_turns(Path(os.environ["CHAOS_FOLDER"]) / BEGUN)
    if "CHAOS_QUICK" in os.environ:
        quick.shorten()
    main()
