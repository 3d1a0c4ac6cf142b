from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from balas.adapters import rq_queue
from balas.adapters.rq_queue import BESIDES_SECONDS, JOB_SECONDS, QUEUE_NAME, RqQueue, _Bell
from balas.ports import JobName, Ring
from tests.lines.system import wait_until


def test_rings_for_a_row_that_waits_are_one_at_the_earliest_moment() -> None:
    sent: list[Ring] = []
    bell = _Bell(sent.extend)
    begun = time.monotonic()
    for delay in (30.0, 0.3, 0.6, 0.9):
        bell.add(Ring(JobName.PROCESS_MESSAGE, 1, delay_seconds=delay))
    bell.add(Ring(JobName.SEND_TO_WAHA, 1, delay_seconds=0.3))
    wait_until(lambda: True if len(sent) == 2 else None, 5)
    assert time.monotonic() - begun >= 0.3
    time.sleep(1.0)
    assert sent == [Ring(JobName.PROCESS_MESSAGE, 1), Ring(JobName.SEND_TO_WAHA, 1)]
    bell.close()


def test_an_unforeseen_failure_does_not_end_the_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_queue, "PAUSE_SECONDS", 0.05)
    sent: list[Ring] = []

    def send(rings: Sequence[Ring]) -> None:
        if rings[0].row_id == 1:
            raise RuntimeError("unforeseen")
        sent.extend(rings)

    bell = _Bell(send)
    bell.add(Ring(JobName.PROCESS_MESSAGE, 1))
    time.sleep(0.2)
    bell.add(Ring(JobName.PROCESS_MESSAGE, 2))
    wait_until(lambda: True if sent else None, 5)
    assert sent == [Ring(JobName.PROCESS_MESSAGE, 2)]
    bell.close()


def test_what_waits_while_redis_hangs_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_queue, "MOST_WAITING", 3)
    sent: list[Ring] = []
    bell = _Bell(sent.extend)
    bell.add(*(Ring(JobName.PROCESS_MESSAGE, n, delay_seconds=0.3) for n in range(10)))
    wait_until(lambda: True if sent else None, 5)
    assert [ring.row_id for ring in sent] == [0, 1, 2]
    bell.close()


@pytest.mark.redis
def test_rq_reads_each_ring_as_a_job_of_its_own(redis_url: str) -> None:
    rung = [(JobName.PROCESS_MESSAGE, row_id) for row_id in range(1, 301)]  # more than are sent at once
    rung += [(JobName.INGEST_DOCUMENT, 1), (JobName.PROCESS_MESSAGE, 301)]
    queue = RqQueue(redis_url)
    queue.ring(*(Ring(*one) for one in rung[:-1]))
    wait_until(lambda: queue.depth() == len(rung) - 1 or None, 5)
    queue.connection.script_flush()  # Redis was restarted
    queue.ring(Ring(*rung[-1]))
    queue.close()
    with Redis.from_url(redis_url) as connection:
        assert [one.name for one in Queue.all(connection, serializer=JSONSerializer)] == [QUEUE_NAME]
        jobs = Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer).jobs
    assert len({job.id for job in jobs}) == len(jobs)
    told = [(job.func_name, job.args, job.kwargs, job.description, job.timeout, job.get_status()) for job in jobs]
    assert sorted(told, key=str) == sorted(
        (
            (
                f"balas.worker.{job}",
                [row_id],
                {},
                f"{job} {row_id}",
                BESIDES_SECONDS if job is JobName.INGEST_DOCUMENT else JOB_SECONDS,
                "queued",
            )
            for job, row_id in rung
        ),
        key=str,
    )
    of_messages = [job.args[0] for job in jobs if job.func_name == "balas.worker.process_message"]
    assert of_messages == list(range(1, 302))
    assert all(job.created_at and job.enqueued_at and job.origin == QUEUE_NAME for job in jobs)
