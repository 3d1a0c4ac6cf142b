"""Each job by itself, through RQ: put into the queue by hand, seen failing, tried again, done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import redis
import rq
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas import worker
from balas.adapters.rq_queue import QUEUE_NAME
from balas.bootstrap import open_runtime
from balas.conversations import chats, inbox, outbox
from balas.database.claims import update_where
from balas.database.session import reading, transaction
from balas.failpoints import arm
from balas.models import InboxMessage, InboxState, OutboxMessage, OutboxState, Turn, TurnState
from balas.ports import JobName
from balas.runtime import Runtime
from balas.settings import load_settings
from balas.simulator.app import create_simulator
from balas.simulator.phones import Phones
from tests.lines.system import wait_until
from tests.unit.conversations.writing import ALICE, join, letter, message
from tests.unit.simulator.serving import serving

pytestmark = pytest.mark.redis

KEY, HMAC_KEY = "waha-key-of-the-test", "k" * 48


class Line(NamedTuple):
    runtime: Runtime
    phones: Phones
    queue: rq.Queue


@pytest.fixture
def line(tmp_path: Path, redis_url: str) -> Iterator[Line]:
    """A worker that is a thread here, and nothing that sweeps."""
    simulator, phones = create_simulator(api_key=KEY, webhook_url=None, hmac_key=None)
    stopped = threading.Event()
    with ExitStack() as stack:
        settings = load_settings(
            {
                "BALAS_DATA_DIR": str(tmp_path),
                "BALAS_PACE": "fast",
                "BALAS_BURST_SECONDS": "0.1",
                "REDIS_URL": redis_url,
                "WAHA_API_KEY": KEY,
                "WAHA_BASE_URL": stack.enter_context(serving(simulator)),
                "WHATSAPP_HOOK_HMAC_KEY": HMAC_KEY,
            },
            env_file=None,
        )
        runtime = stack.enter_context(open_runtime(settings))
        connection = stack.enter_context(redis.Redis.from_url(redis_url))
        thread = threading.Thread(target=worker.work, args=(runtime, 4, stopped))
        thread.start()
        stack.callback(thread.join, 30)
        stack.callback(stopped.set)
        stack.callback(arm, None)
        yield Line(runtime, phones, rq.Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer))


def stored_letter(session: Session, now: datetime) -> int:
    return inbox.store(session, [letter(message("halo", sent_at=now), now)])[0].row_id


def due_turn(session: Session, now: datetime) -> int:
    return join(session, message("halo", sent_at=now), quiet_seconds=0.0, now=now)[0].id


def queued_bubble(session: Session, now: datetime) -> int:
    chat = chats.open_conversation(session, "default", message("halo", sent_at=now), now)
    outbox.enqueue(session, chat.id, "default", ALICE, ["Halo!"], "notice", now)
    return session.scalars(select(OutboxMessage.id)).one()


class Case(NamedTuple):
    unfinished: Callable[[Session, datetime], int]
    breaks_at: str
    before: object
    after: object


CASES = {
    JobName.PROCESS_MESSAGE: Case(stored_letter, "after_take", InboxState.RECEIVED, InboxState.ANSWERED),
    JobName.GENERATE_RESPONSE: Case(due_turn, "after_turn_claimed", TurnState.GENERATING, TurnState.ANSWERED),
    JobName.SEND_TO_WAHA: Case(queued_bubble, "before_begin_send", OutboxState.QUEUED, OutboxState.SENT),
}
ROWS = {
    JobName.PROCESS_MESSAGE: InboxMessage,
    JobName.GENERATE_RESPONSE: Turn,
    JobName.SEND_TO_WAHA: OutboxMessage,
}


@pytest.mark.parametrize("job", CASES)
def test_enqueued_watched_and_retried_alone(line: Line, job: JobName) -> None:
    case, failed = CASES[job], line.queue.failed_job_registry
    with transaction(line.runtime.database) as session:
        row_id = case.unfinished(session, datetime.now(UTC))
    arm(f"{case.breaks_at}:error")
    put = line.queue.enqueue(f"balas.worker.{job}", row_id, failure_ttl=60)
    wait_until(lambda: put.id in failed or None, 20)
    assert f"{job} {row_id}: FailpointStruck" in str(put.latest_result().exc_string)
    assert (state(line, job, row_id), replies(line)) == (case.before, [])
    if job is JobName.GENERATE_RESPONSE:  # as 20 seconds do
        with transaction(line.runtime.database) as session:
            update_where(session, Turn, Turn.id == row_id, lease_until=datetime.now(UTC))
    failed.requeue(put.id)
    wait_until(lambda: state(line, job, row_id) == case.after or None, 30)
    assert len(wait_until(lambda: replies(line) or None, 20)) == 1
    again = line.queue.enqueue(f"balas.worker.{job}", row_id)
    wait_until(
        lambda: None if Job.exists(again.id, line.queue.connection) else True, 10
    )  # none is kept that ended well
    assert (len(replies(line)), failed.count) == (1, 0)


def state(line: Line, job: JobName, row_id: int) -> object:
    with reading(line.runtime.database) as session:
        return session.get_one(ROWS[job], row_id).state


def replies(line: Line) -> list[str]:
    return [shown.text for shown in line.phones.shown(ALICE) if shown.from_me]
