"""What a failing job works on reaches no log: neither its local variables nor what the errors quote."""

from __future__ import annotations

import importlib
import inspect
import json
import logging
import threading
import traceback
from types import SimpleNamespace
from typing import Any

import pymysql
import pytest
from rq.logutils import setup_loghandlers
from sqlalchemy.exc import IntegrityError

from balas import worker
from balas.cli import app, golden, key
from balas.conversations import chats, inbox
from balas.crew import Crew
from balas.database.claims import update_where
from balas.database.engine import Database
from balas.database.session import transaction
from balas.jobs import line
from balas.models import InboxMessage
from balas.ports import JobName, Ring
from balas.security.tracebacks import traceback_of
from balas.telemetry import Metrics, configure_logging
from tests.unit.conversations.writing import NOON, letter, message

PHONE = "12025550177"
HIDDEN = "777000111000111@lid"
WITHOUT_A_LOG = {"init", "password"}


def stored(database: Database, content: Any) -> int:
    with transaction(database) as session:
        return inbox.store(session, [letter(content)])[0].row_id


def working_on(database: Database) -> Any:
    return SimpleNamespace(
        database=database,
        crew=Crew(),
        metrics=Metrics(),
        failing={},
        secrets=SimpleNamespace(hmac_keys=(b"k" * 32,)),
        settings=SimpleNamespace(balas_burst_seconds=None),
    )


def processed(database: Database, row_id: int) -> Ring | None:
    return line.perform_stage(working_on(database), Ring(JobName.PROCESS_MESSAGE, row_id))


def stored_broken(database: Database) -> int:
    row_id = stored(database, message("kata-kenari"))
    with transaction(database) as session:
        cut = InboxMessage.content + ', "kata-kenari'
        update_where(session, InboxMessage, InboxMessage.id == row_id, content=cut)
    return row_id


@pytest.mark.parametrize("human", [True, False])
def test_a_failing_jobs_letter_is_not_in_its_traceback(
    sqlite: Database, capsys: pytest.CaptureFixture[str], human: bool
) -> None:
    configure_logging("DEBUG", human=human)
    assert processed(sqlite, stored_broken(sqlite)) is None
    said = capsys.readouterr()
    assert "job_failed" in said.err
    assert "in unpack" in said.err
    assert "DecodeError" in said.err
    assert "kata-kenari" not in said.out + said.err
    assert "locals" not in said.err


def test_rq_is_told_that_a_job_failed_and_not_of_what(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    row_id = stored_broken(sqlite)
    monkeypatch.setattr(worker, "_runtime", working_on(sqlite))
    with pytest.raises(worker.JobFailed, match=f"process_message {row_id}: .*DecodeError") as failed:
        worker.process_message(row_id)
    assert "kata-kenari" not in "".join(traceback.format_exception(failed.value))


def duplicate() -> IntegrityError:
    told = pymysql.err.IntegrityError(1062, f"Duplicate entry 'default-{PHONE}@c.us' for key 'users.user_key'")
    return IntegrityError("INSERT …", None, told)


def test_of_a_drivers_error_its_kind_and_code_are_told() -> None:
    try:
        try:
            raise duplicate() from duplicate().orig
        except IntegrityError as error:
            raise RuntimeError("the row was not written") from error
    except RuntimeError as error:
        told = traceback_of(error)
    assert PHONE not in told
    assert "pymysql.err.IntegrityError: 1062" in told
    assert "sqlalchemy.exc.IntegrityError: 1062" in told
    assert told.endswith("RuntimeError: the row was not written")


@pytest.mark.parametrize("error", [KeyError(PHONE), KeyError(int(PHONE)), ValueError(PHONE), duplicate()], ids=repr)
def test_no_value_is_told_in_groups_and_contexts_and_by_libraries_either(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    for name in ("uvicorn", "uvicorn.error"):  # a server of another test may have set them up as it likes
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    configure_logging("INFO", human=False)
    try:
        try:
            raise error
        except Exception:  # noqa: BLE001 whatever it was
            raise ExceptionGroup("two at once", [error, duplicate()])  # noqa: B904 without a cause
    except ExceptionGroup:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    said = capsys.readouterr().err
    assert "two at once" in said
    assert type(error).__name__ in said
    assert PHONE not in said


def test_what_libraries_log_are_json_lines_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = logging.getLogger("rq.worker")
    monkeypatch.setattr(ours, "handlers", [])
    monkeypatch.setattr(ours, "propagate", True)
    configure_logging("INFO", human=False)
    setup_loghandlers("WARNING")  # as a worker of RQ does when it begins
    ours.warning("Worker %s: no Redis", "w1")
    try:
        raise KeyError(PHONE)
    except KeyError:
        ours.exception("broke\noff")
    said = capsys.readouterr()
    warned, broke = (json.loads(line) for line in said.err.splitlines())
    assert said.out == ""
    assert warned.pop("timestamp")
    assert warned == {"event": "Worker w1: no Redis", "component": "rq.worker", "level": "warning"}
    assert broke["exception"].endswith("KeyError")
    assert PHONE not in said.err


def test_every_command_that_can_log_says_how() -> None:
    """As long as nobody did, the library prints boxes with all local variables."""
    commands = [*app.registered_commands, *golden.app.registered_commands, *key.app.registered_commands]
    said = {one.callback.__name__: _source(one.callback.__module__) for one in commands if one.callback}
    silent = {
        name for name, source in said.items() if "configure_logging(" not in source and "operating()" not in source
    }
    assert silent == WITHOUT_A_LOG
    assert "configure_logging(" in _source("balas.cli.operating")


def _source(module: str) -> str:
    return inspect.getsource(importlib.import_module(module))


@pytest.mark.mysql
def test_who_loses_the_race_for_a_number_comes_again_soon_and_names_it_nowhere(
    mysql: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("DEBUG", human=False)
    assert processed(mysql, stored(mysql, message("halo", "A1", HIDDEN)))
    tells_both = stored(mysql, message("saya", "A3", HIDDEN, phone=PHONE))
    begun, held = threading.Event(), threading.Event()

    def begin() -> None:
        with transaction(mysql) as session:
            chats.open_conversation(session, "default", message("halo", "A2", f"{PHONE}@c.us"), NOON)
            begun.set()
            held.wait(1.5)  # by then the other one waits for our row

    neighbour = threading.Thread(target=begin)
    neighbour.start()
    begun.wait(10)
    ring = processed(mysql, tells_both)
    neighbour.join()
    assert ring == Ring(JobName.PROCESS_MESSAGE, tells_both, delay_seconds=line.AGAIN_AFTER_SECONDS)
    said = capsys.readouterr().err
    assert "job_put_off" in said
    assert "job_failed" not in said
    assert PHONE not in said
    assert processed(mysql, tells_both) is not None
