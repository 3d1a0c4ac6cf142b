"""A worker whose Redis is away, or takes no writes: it ends when it is told to, and leaves nothing behind."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest
import redis
from rq.serializers import JSONSerializer

from balas.adapters.rq_queue import QUEUE_NAME
from balas.adapters.rq_worker import ConcurrentWorker
from tests.chaos.cluster import cluster
from tests.chaos.servers import redis_server
from tests.lines.system import wait_until

pytestmark = pytest.mark.redis
GONE_WITHIN_SECONDS = 25.0


@pytest.mark.parametrize("away", ["killed", "full"])
def test_a_signal_ends_a_worker_whose_redis_is_away(tmp_path: Path, away: str) -> None:
    with (
        redis_server(tmp_path) as server,
        redis.Redis(port=server.port) as client,
        cluster(tmp_path, REDIS_URL=f"redis://127.0.0.1:{server.port}/0") as running,
    ):
        running.start("worker", "worker")
        wait_until(lambda: client.smembers("rq:workers") or None, 60)
        time.sleep(1)  # RQ listens for signals from here on
        if away == "killed":
            server.kill()
        else:
            client.config_set("maxmemory", 1)
            client.client_kill_filter(_type="normal", skipme=True)  # it comes back, and is refused
            wait_until(lambda: True if "redis_away" in running.log("worker") else None, 60)
        begun = time.monotonic()
        running.processes["worker"].send_signal(signal.SIGTERM)
        assert running.wait_for_exit("worker", 40) != 1, running.log("worker")  # 1: by an exception
        assert time.monotonic() - begun < GONE_WITHIN_SECONDS


def test_a_worker_that_redis_refuses_leaves_no_thread(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server, redis.Redis(port=server.port) as client:
        client.config_set("maxmemory", 1)
        before = threading.active_count()
        for _ in range(5):
            worker = ConcurrentWorker(
                [QUEUE_NAME], threading.Event(), connection=client, serializer=JSONSerializer, concurrency=2
            )
            with pytest.raises(redis.exceptions.OutOfMemoryError):
                worker.work(logging_level="WARNING")
        wait_until(lambda: True if threading.active_count() <= before else None, 5)
