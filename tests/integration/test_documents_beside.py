"""Documents take few slots of an RQ worker, and none of their jobs goes on with the next document."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue
from rq.serializers import JSONSerializer

from balas import worker
from balas.adapters.rq_queue import QUEUE_NAME
from balas.adapters.rq_worker import ConcurrentWorker
from balas.bootstrap import open_runtime
from balas.jobs import line
from balas.ports import JobName, Ring
from balas.runtime import Runtime
from balas.settings import load_settings
from tests.lines.system import wait_until

pytestmark = pytest.mark.redis


@pytest.fixture
def runtime(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    settings = load_settings({"BALAS_DATA_DIR": str(tmp_path), "REDIS_URL": redis_url}, env_file=None)
    with open_runtime(settings) as opened:
        monkeypatch.setattr(worker, "_runtime", opened)
        yield opened


def ring(runtime: Runtime, *rings: Ring) -> None:
    before = runtime.queue.depth()
    runtime.queue.ring(*rings)
    wait_until(lambda: True if runtime.queue.depth() == before + len(rings) else None)


def work_off(redis_url: str) -> None:
    """All that waits, with a worker of three slots."""
    listeners = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with redis.Redis.from_url(redis_url) as connection:
            ConcurrentWorker(
                [QUEUE_NAME], threading.Event(), connection=connection, serializer=JSONSerializer, concurrency=3
            ).work(burst=True, logging_level="WARNING")
    finally:
        for number, listener in listeners.items():
            signal.signal(number, listener)


def test_documents_leave_the_slots_to_messages(
    runtime: Runtime, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    answered = threading.Event()

    def read(_runtime: Runtime, row_id: int) -> Ring | None:
        begun.append("next document" if row_id == 1000 else "document")
        following = Ring(JobName.INGEST_DOCUMENT, 1000) if len(begun) == 1 else None
        assert answered.wait(20)
        return following

    def process(_runtime: Runtime, _row_id: int) -> None:
        begun.append("message")
        answered.set()

    monkeypatch.setitem(line.STAGES, JobName.INGEST_DOCUMENT, read)
    monkeypatch.setitem(line.STAGES, JobName.PROCESS_MESSAGE, process)
    ring(runtime, *(Ring(JobName.INGEST_DOCUMENT, n) for n in range(50)))
    ring(runtime, Ring(JobName.PROCESS_MESSAGE, 7))
    begin = time.monotonic()
    while len(begun) < 4 and time.monotonic() - begin < 60:
        work_off(redis_url)
    # The next document has a job of its own, which finds a place free.
    assert begun == ["document", "document", "message", "next document"]


def test_a_document_may_take_hours_and_an_answer_minutes(runtime: Runtime, redis_url: str) -> None:
    ring(runtime, Ring(JobName.INGEST_DOCUMENT, 1), Ring(JobName.PROCESS_MESSAGE, 1))
    with redis.Redis.from_url(redis_url) as connection:
        jobs = Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer).jobs
    assert [job.timeout for job in jobs] == [6 * 3600, 600]
