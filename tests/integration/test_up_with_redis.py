"""`balas up` with REDIS_URL: still one process, whose jobs go through RQ."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import redis
from rq import Queue, Worker

from balas.api.checks import check_redis
from balas.api.checkup import Health, examine
from balas.bootstrap import open_runtime
from balas.conversations import inbox
from balas.database.session import transaction
from balas.settings import load_settings
from tests.chaos.cluster import cluster
from tests.chaos.servers import redis_server
from tests.chaos.storm import index_shop
from tests.lines.system import ALICE, wait_until
from tests.unit.conversations.writing import letter, message

pytestmark = pytest.mark.redis


def test_one_process_answers_through_rq_and_stops_when_asked(tmp_path: Path, redis_url: str) -> None:
    with cluster(tmp_path, REDIS_URL=redis_url) as running, redis.Redis.from_url(redis_url) as client:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        running.phones.person_sends(ALICE, "jam buka?")
        replies = wait_until(lambda: running.replies(ALICE) or None, 30)
        assert "08.00" in replies[0]
        assert [worker.queue_names() for worker in Worker.all(connection=client)] == [["balas"]]
        wait_until(lambda: len(Queue("balas", connection=client)) == 0 or None, 10)
        begun = time.monotonic()
        running.kill("up", signal.SIGTERM)
        assert time.monotonic() - begun < 25
        assert Worker.all(connection=client) == []


def test_messages_that_no_worker_takes_are_told_of(tmp_path: Path, redis_url: str) -> None:
    settings = load_settings({"BALAS_DATA_DIR": str(tmp_path), "REDIS_URL": redis_url}, env_file=None)
    with open_runtime(settings) as runtime:
        assert check_redis(runtime).health is Health.HEALTHY
        with transaction(runtime.database) as session:
            inbox.store(session, [letter(message(), datetime.now(UTC) - timedelta(seconds=60))])
        found = check_redis(runtime)
    assert found.health is Health.DEGRADED
    assert "balas worker" in found.detail


@pytest.mark.parametrize("made", [("CONFIG", "SET", "maxmemory", "1"), ("REPLICAOF", "127.0.0.1", "1")])
def test_a_redis_that_answers_and_takes_no_writes_is_told_of(tmp_path: Path, made: tuple[str, ...]) -> None:
    """Full, or another one took over."""
    with redis_server(tmp_path) as server, redis.Redis(port=server.port) as client:
        address = f"redis://127.0.0.1:{server.port}/0"
        settings = load_settings({"BALAS_DATA_DIR": str(tmp_path / "data"), "REDIS_URL": address}, env_file=None)
        with open_runtime(settings) as runtime:
            assert check_redis(runtime).health is Health.HEALTHY
            client.execute_command(*made)
            found = examine(partial(check_redis, runtime))
    assert found.health is Health.UNHEALTHY
    assert "takes no writes" in found.detail
