"""A letter that fails each time ends: it keeps neither its chat nor the sweep busy for ever."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import select

from balas.bootstrap import open_runtime
from balas.conversations import books, inbox
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.jobs import line
from balas.models import InboxMessage, InboxState
from balas.ports import JobName, Ring
from balas.settings import load_settings
from tests.unit.conversations.writing import letter, message


def test_a_letter_that_fails_each_time_is_a_dead_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_runtime(load_settings({"BALAS_DATA_DIR": str(tmp_path)}, env_file=None)) as runtime:
        with transaction(runtime.database) as session:
            broken, sound = inbox.store(session, [{**letter(message()), "content": "{"}, letter(message(bare_id="B"))])
        ring = Ring(JobName.PROCESS_MESSAGE, broken.row_id)
        for _ in range(2):
            assert line.perform_stage(runtime, ring) is None
        assert states(runtime.database) == [InboxState.RECEIVED, InboxState.RECEIVED]
        behind = Ring(JobName.PROCESS_MESSAGE, sound.row_id)
        assert line.perform_stage(runtime, behind) is None  # it waits for the other

        monkeypatch.setattr(line, "GIVE_UP_SECONDS", 0.0)
        assert line.perform_stage(runtime, behind) is None
        assert states(runtime.database) == [InboxState.RECEIVED, InboxState.RECEIVED], "nothing is wrong with this one"
        assert line.perform_stage(runtime, ring) is None
        assert states(runtime.database) == [InboxState.DEAD, InboxState.RECEIVED]
        assert line.perform_stage(runtime, behind) is not None
        with reading(runtime.database) as session:
            found = books.balance(session)
            assert (found.received, found.dead, found.open) == (2, 1, 1)


def states(database: Database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(InboxMessage.state).order_by(InboxMessage.id)))


def test_a_failure_long_ago_does_not_count_with_a_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In between another process has done the letter."""
    with open_runtime(load_settings({"BALAS_DATA_DIR": str(tmp_path)}, env_file=None)) as runtime:
        with transaction(runtime.database) as session:
            (broken,) = inbox.store(session, [{**letter(message()), "content": "{"}])
        ring = Ring(JobName.PROCESS_MESSAGE, broken.row_id)
        line.perform_stage(runtime, ring)
        monkeypatch.setattr(line, "FORGOTTEN_SECONDS", 0.0)
        monkeypatch.setattr(line, "GIVE_UP_SECONDS", 0.001)
        time.sleep(0.01)
        line.perform_stage(runtime, ring)
        assert states(runtime.database) == [InboxState.RECEIVED]
        monkeypatch.setattr(line, "FORGOTTEN_SECONDS", 60.0)
        time.sleep(0.01)
        line.perform_stage(runtime, ring)
        assert states(runtime.database) == [InboxState.DEAD]
