from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import rq
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.suspension import resume, suspend

from balas.adapters import rq_timeouts, rq_worker
from balas.adapters.rq_queue import FAILURE_TTL_SECONDS, QUEUE_NAME
from balas.adapters.rq_timeouts import Watchdog
from balas.adapters.rq_worker import ConcurrentWorker
from tests.lines.system import wait_until


class TookTooLong(Exception):
    pass


def test_a_job_that_takes_too_long_is_broken_off_and_the_others_are_not() -> None:
    watchdog = Watchdog()
    broken = threading.Event()

    def work() -> None:
        ticket = watchdog.watch(0.2, TookTooLong)
        try:
            for _ in range(500):
                time.sleep(0.01)
        except TookTooLong:
            broken.set()
        finally:
            watchdog.forget(ticket)

    mine = watchdog.watch(3_600, TookTooLong)
    threading.Thread(target=work, daemon=True).start()
    assert broken.wait(5)
    watchdog.forget(mine)


def test_jobs_that_ended_do_not_pile_up_until_they_would_be_due() -> None:
    watchdog = Watchdog()
    first = watchdog.watch(600, TookTooLong)  # stays on top
    for _ in range(5 * rq_timeouts.MOST_FORGOTTEN):
        watchdog.forget(watchdog.watch(6 * 3_600, TookTooLong))
    assert len(watchdog._heap) <= rq_timeouts.MOST_FORGOTTEN + 3
    watchdog.forget(first)


@pytest.fixture
def at_work(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[rq.Queue]:
    """The queue of a worker that is a thread here."""
    monkeypatch.setattr(rq_worker, "SAY_EVERY_SECONDS", 0.1)
    stopped = threading.Event()
    connection = redis.Redis.from_url(redis_url)

    def work() -> None:
        with redis.Redis.from_url(redis_url) as ours:
            worker = ConcurrentWorker([QUEUE_NAME], stopped, connection=ours, serializer=JSONSerializer, concurrency=4)
            worker.work(logging_level="CRITICAL")

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: idle(connection) or None, 10)
    yield rq.Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
    stopped.set()
    thread.join(30)
    connection.close()


def idle(connection: redis.Redis) -> list[rq.worker.BaseWorker]:
    return [worker for worker in rq.Worker.all(connection) if worker.get_state() == "idle"]


def shown(redis_url: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "rq.cli", *arguments, "--url", redis_url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.redis
def test_a_redis_that_was_flushed_shows_the_worker_again(at_work: rq.Queue, redis_url: str) -> None:
    at_work.connection.flushdb()
    found = wait_until(lambda: idle(at_work.connection) or None, 20)
    assert (found[0].queue_names(), found[0].pid) == ([QUEUE_NAME], os.getpid())
    assert "1 workers" in shown(redis_url, "info")


@pytest.mark.redis
def test_a_job_that_broke_is_shown_and_can_be_retried_alone(
    at_work: rq.Queue, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = at_work.enqueue("tests.unit.adapters.rq_jobs.breaks", 7, failure_ttl=FAILURE_TTL_SECONDS)
    failed = at_work.failed_job_registry
    wait_until(lambda: job.id in failed or None, 10)
    wait_until(lambda: idle(at_work.connection) or None, 5)
    assert 0 < at_work.connection.ttl(job.key) <= FAILURE_TTL_SECONDS
    shown(redis_url, "requeue", "--queue", QUEUE_NAME, "--all", "--serializer", "rq.serializers.JSONSerializer")
    tried = wait_until(lambda: runs if len(runs := job.results()) == 2 else None, 10)
    assert all("RuntimeError: row 7" in str(result.exc_string) for result in tried)
    monkeypatch.setattr(rq_worker, "MOST_FAILED", 3)
    for number in range(5):
        at_work.enqueue("tests.unit.adapters.rq_jobs.breaks", number, failure_ttl=60)

    def kept() -> list[int]:
        return [failed.count, *(len(at_work.connection.keys(f"rq:{kind}:*")) for kind in ("job", "results"))]

    wait_until(lambda: kept() == [3, 3, 3] or None, 20)


def exists(job: Job) -> bool:
    return Job.exists(job.id, job.connection)


@pytest.mark.redis
def test_a_job_beyond_its_time_is_a_failed_one_and_leaves_its_slot(at_work: rq.Queue) -> None:
    late = [at_work.enqueue("tests.unit.adapters.rq_jobs.takes", 60, job_timeout=1) for _ in range(4)]
    wait_until(lambda: at_work.failed_job_registry.count == 4 or None, 15)
    assert all("JobTimeoutException" in str(job.latest_result().exc_string) for job in late)
    quick = at_work.enqueue("tests.unit.adapters.rq_jobs.takes", 0)
    wait_until(lambda: None if exists(quick) else True, 10)
    assert not at_work.connection.keys("rq:execution*")


def books(connection: redis.Redis) -> list[bytes]:
    """What RQ keeps of jobs that wait or run."""
    kinds = ("job:", "execution:", "executions:", "wip:", "queue:", "worker:*:executions")
    return [key for kind in kinds for key in connection.keys(f"rq:{kind}*")]


@pytest.mark.redis
def test_jobs_taken_at_once_stand_in_rqs_books_until_they_end(at_work: rq.Queue) -> None:
    at_work.connection.rpush(at_work.key, "deleted-meanwhile")
    jobs = [at_work.enqueue("tests.unit.adapters.rq_jobs.takes", 2, job_timeout=60) for _ in range(6)]
    running = wait_until(lambda: found if len(found := at_work.started_job_registry.get_job_ids()) == 4 else None, 10)
    worker = rq.Worker.all(at_work.connection)[0]
    assert (at_work.count, at_work.intermediate_queue.get_job_ids(), worker.get_state()) == (2, [], "busy")
    assert {execution.job_id for execution in worker.get_current_executions()} == set(running)
    for job in [job for job in jobs if job.id in running]:
        job.refresh()
        assert (job.get_status(refresh=False), job.worker_name) == ("started", worker.name)
        assert job.started_at is not None
        assert at_work.connection.ttl(job.key) == -1
    wait_until(lambda: not books(at_work.connection) or None, 20)
    worker.refresh()
    assert (worker.successful_job_count, worker.get_state()) == (6, "idle")
    assert 12 <= worker.total_working_time < 30


@pytest.mark.redis
def test_a_suspension_is_heard_while_one_job_follows_the_other(at_work: rq.Queue) -> None:
    for _ in range(200):
        at_work.enqueue("tests.unit.adapters.rq_jobs.takes", 0.05)
    suspend(at_work.connection)
    wait_until(lambda: at_work.started_job_registry.count == 0 or None, 20)
    left = at_work.count
    assert left > 0
    time.sleep(0.5)
    assert (at_work.count, at_work.started_job_registry.count) == (left, 0)
    resume(at_work.connection)
    wait_until(lambda: not books(at_work.connection) or None, 20)


@pytest.mark.redis
def test_what_a_killed_worker_had_taken_is_found_by_rq(redis_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", "tests.unit.adapters.rq_jobs", redis_url])
    with process, redis.Redis.from_url(redis_url) as connection:
        queue = rq.Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
        jobs = {queue.enqueue("tests.unit.adapters.rq_jobs.takes", 60).id for _ in range(4)}
        wait_until(lambda: queue.started_job_registry.count == 4 or None, 20)
        process.kill()
        process.wait(5)
        assert queue.intermediate_queue.get_job_ids() == []
        queue.started_job_registry.cleanup(time.time() + rq_worker.HEARTBEAT_TTL + 1)
        assert set(queue.failed_job_registry.get_job_ids()) == jobs


@pytest.mark.redis
def test_a_second_signal_does_not_wait_for_what_runs(redis_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-m", "tests.unit.adapters.rq_jobs", redis_url])
    with process, redis.Redis.from_url(redis_url) as connection:
        queue = rq.Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
        job = queue.enqueue("tests.unit.adapters.rq_jobs.takes", 15)
        wait_until(lambda: job.get_status() == "started" or None, 20)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.5)
        assert process.poll() is None  # it waits
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert rq.Worker.all(connection) == []


@pytest.mark.redis
def test_a_redis_that_fell_silent_is_noticed_within_a_minute(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        worker = ConcurrentWorker([QUEUE_NAME], threading.Event(), connection=connection, concurrency=1)
        assert worker.connection_timeout < 60
        assert connection.connection_pool.connection_kwargs["socket_timeout"] < 60


@pytest.mark.redis
def test_a_signal_in_the_moment_of_handing_over_waits_for_the_job(redis_url: str) -> None:
    """The job runs already, and whoever handed it over does not know it yet."""

    def work() -> None:
        with redis.Redis.from_url(redis_url) as ours:
            worker = ConcurrentWorker(
                [QUEUE_NAME], threading.Event(), connection=ours, serializer=JSONSerializer, concurrency=2
            )
            submit = worker._pool.submit

            def submit_and_be_told(*arguments: Any) -> None:
                submit(*arguments)
                worker._shutdown()  # as the signal's handler does

            worker._pool.submit = submit_and_be_told  # type: ignore[method-assign,assignment]
            worker.work(logging_level="CRITICAL")

    with redis.Redis.from_url(redis_url) as connection:
        queue = rq.Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
        job = queue.enqueue("tests.unit.adapters.rq_jobs.takes", 1, result_ttl=0)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(30)
        assert not exists(job)  # it was done
