from __future__ import annotations

import threading
import time

import pytest
import redis

from balas.adapters import rq_worker
from balas.adapters.rq_queue import QUEUE_NAME
from balas.adapters.rq_worker import ConcurrentWorker, Watchdog


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
    for _ in range(5 * rq_worker.MOST_FORGOTTEN):
        watchdog.forget(watchdog.watch(6 * 3_600, TookTooLong))
    assert len(watchdog._heap) <= rq_worker.MOST_FORGOTTEN + 3
    watchdog.forget(first)


@pytest.mark.redis
def test_a_redis_that_fell_silent_is_noticed_within_a_minute(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        worker = ConcurrentWorker([QUEUE_NAME], threading.Event(), connection=connection, concurrency=1)
        assert worker.connection_timeout < 60
        assert connection.connection_pool.connection_kwargs["socket_timeout"] < 60
