"""MariaDB, Redis and RQ with a web process and a worker of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import redis

from tests.chaos.cluster import Cluster, cluster
from tests.lines.system import ALICE, wait_until
from tests.services import free_port

pytestmark = [pytest.mark.mysql, pytest.mark.redis]


@pytest.fixture
def distributed(tmp_path: Path, empty_mysql_url: str, redis_url: str) -> Iterator[Cluster]:
    url = empty_mysql_url.replace("mysql+pymysql://", "mysql://")
    with cluster(tmp_path, DATABASE_URL=url, REDIS_URL=redis_url) as running:
        (tmp_path / "shop.md").write_text("# Jam buka\n\nToko buka Senin sampai Jumat pukul 08.00 sampai 20.00.\n")
        running.start("web", "serve")
        running.wait_until_ready()
        running.start("worker", "worker", "--concurrency", "20")
        subprocess.run(
            [sys.executable, "-m", "balas", "ingest", "shop.md"],
            env=running.environment,
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        yield running


def test_a_message_is_answered_by_a_worker_of_its_own(distributed: Cluster) -> None:
    distributed.phones.person_sends(ALICE, "jam buka?")
    replies = wait_until(lambda: distributed.replies(ALICE) or None, 30)
    assert "08.00" in replies[0]
    assert distributed.wait_until_settled(1)["answered"] == 1


def test_rq_shows_queue_and_worker(distributed: Cluster, redis_url: str) -> None:
    def shown() -> str | None:
        done = subprocess.run(
            [sys.executable, "-m", "rq.cli", "info", "--url", redis_url], capture_output=True, text=True, check=False
        )
        return done.stdout if "1 workers" in done.stdout else None

    assert "balas" in wait_until(shown, 20)


def test_rq_dashboard_shows_them_too(distributed: Cluster, redis_url: str) -> None:
    distributed.phones.person_sends(ALICE, "jam buka?")
    port = free_port()
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "rq_dashboard",
        "-b",
        "127.0.0.1",
        "-p",
        str(port),
        "-u",
        redis_url,
    ]
    dashboard = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:

        def told(page: str, word: str) -> str | None:
            try:
                text = httpx2.get(f"http://127.0.0.1:{port}/0/data/{page}.json", timeout=5).text
            except httpx2.HTTPError:
                return None
            return text if word in text else None

        assert wait_until(lambda: told("queues", '"balas"'), 20)
        assert wait_until(lambda: told("workers", "balas"), 20)
    finally:
        dashboard.kill()
        dashboard.wait()


@pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="this machine has one core, or is no Linux"
)
def test_the_turns_of_a_worker_share_one_core(distributed: Cluster) -> None:
    distributed.phones.person_sends(ALICE, "jam buka?")
    wait_until(lambda: distributed.replies(ALICE) or None, 30)
    worker = distributed.processes["worker"].pid
    cores = {int(task.name): os.sched_getaffinity(int(task.name)) for task in Path(f"/proc/{worker}/task").iterdir()}
    kept = [allowed for allowed in cores.values() if len(allowed) == 1]
    assert cores[worker] in kept
    assert len(kept) > 2  # RQ's loop, its listener and the thread of the job
    assert kept.count(kept[0]) == len(kept)


def test_a_worker_drains_when_asked_to_stop(distributed: Cluster) -> None:
    distributed.phones.person_sends(ALICE, "jam buka?")
    wait_until(lambda: distributed.replies(ALICE) or None, 30)
    begun = time.monotonic()
    distributed.kill("worker", signal.SIGTERM)
    assert time.monotonic() - begun < 25


def test_a_flushed_redis_loses_nothing(distributed: Cluster, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    for n in range(20):
        distributed.phones.person_sends(f"1202555{n:04d}@c.us", "jam buka?")
        client.flushdb()
    client.close()
    books = distributed.wait_until_settled(20, 60)
    assert (books["answered"], books["dead"]) == (20, 0)
    for n in range(20):
        assert len(distributed.replies(f"1202555{n:04d}@c.us")) == 1
