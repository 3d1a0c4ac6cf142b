"""Redis, the database, the model and WAHA go away while people write: nothing lost, doubled or out of order."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pymysql
import pytest
import redis

from balas.security.signatures import sign
from balas.simulator.faults import Chance, Faults
from tests.chaos import storm
from tests.chaos.checker import History
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.servers import Door, Server, mariadb_server, redis_server
from tests.chaos.storm import (
    DATABASE_BACK_SECONDS,
    BookKeeper,
    allowed,
    drive,
    index_shop,
    model,
    model_settings,
    seconds_until_answered,
    settle_and_check,
)
from tests.fakes.openai_server import Call, Reply, Status, completion
from tests.fakes.qdrant_http import QdrantHttp
from tests.lines.system import wait_until
from tests.services import free_port
from tests.waha_events import envelope, to_bytes

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


# Broken, too many calls, cut in the middle, no JSON, no answer for a while.
FAILURES = (
    Status(500),
    lambda call: replace(completion("terputus"), declared=10_000, wait_seconds=5.0),
    Status(429, {"Retry-After": "1"}),
    lambda call: replace(completion("terputus"), declared=10_000),
    lambda call: Reply(b'{"choices": [{"mess'),
)


@contextmanager
def traffic(running: Cluster, seconds: float) -> Iterator[None]:
    """People write four messages a second for so long, while the block makes something go wrong."""
    history = History()
    writer = threading.Thread(target=drive, args=(running, history, storm.chats(12), int(seconds * 4), 0.25))
    with BookKeeper(running) as keeper:
        writer.start()
        yield
        writer.join()
        finding = settle_and_check(running, history, keeper)
    assert finding.is_clean, str(finding)
    assert keeper.readings
    books = running.books()
    assert books is not None
    assert (books["answered"], books["dead"]) == (len(history.said), 0)


@pytest.mark.redis
def test_redis_is_flushed_frozen_killed_and_full(tmp_path: Path, long: bool) -> None:
    away = 60.0 if long else 6.0
    with redis_server(tmp_path) as server, model(0.1) as fake:
        url = f"redis://127.0.0.1:{server.port}/0"
        with cluster(tmp_path, REDIS_URL=url, **model_settings(fake)) as running:
            running.start("web", "serve")
            index_shop_with_worker(running)
            times = 20 if long else 3
            with traffic(running, 4 * away + 3 * times + 8), redis.Redis.from_url(url) as client:
                for _ in range(times):
                    time.sleep(1.0)
                    client.flushall()
                for _ in range(times):
                    time.sleep(1.0)
                    server.restart()
                server.freeze()
                time.sleep(away)
                server.thaw()
                time.sleep(2.0)
                server.kill()
                time.sleep(away)
                server.start()
                time.sleep(2.0)
                client.config_set("maxmemory", "1kb")
                time.sleep(away)
                # Now it forgets what it was told last used longest ago: jobs, queues, limits, whatever.
                evicted = client.info("stats")["evicted_keys"]
                client.config_set("maxmemory-policy", "allkeys-lru")
                client.config_set("maxmemory", client.info("memory")["used_memory"])
                time.sleep(away)
                assert client.info("stats")["evicted_keys"] > evicted
                client.config_set("maxmemory", "0")


def index_shop_with_worker(running: Cluster) -> None:
    running.wait_until_ready()
    running.start("worker", "worker", "--concurrency", "20")
    index_shop(running, running.wait_until_ready)


@pytest.mark.mysql
def test_the_database_is_killed_restarted_without_a_connection_and_read_only(tmp_path: Path, long: bool) -> None:
    """Others hold every connection there is; then the server is read-only, as a replica is that was not promoted.

    WAHA repeats a refused message after 5 s; the order of one that is refused twice is not promised.
    """
    times, restarts, seconds = (10, 20, 30.0) if long else (1, 3, 3.0)
    with mariadb_server(tmp_path) as server, model(0.1) as fake:
        with root_of(server) as root:
            root.execute("CREATE USER balas@localhost")  # root may write where nobody may
            root.execute("GRANT ALL ON balas.* TO balas@localhost")
        url = f"mysql://balas@127.0.0.1:{server.port}/balas"
        with cluster(tmp_path, DATABASE_URL=url, **model_settings(fake)) as running:
            running.start("up", "up")
            index_shop(running, running.wait_until_ready)
            with traffic(running, 14.0 * times + 5.0 * restarts + 2 * seconds + 6):
                waits = []
                for number in range(times):
                    time.sleep(9.0 if long else 3.0)
                    server.kill()
                    time.sleep(30.0 if long and number == 0 else 2.0)
                    server.start()
                    if long:  # else the next restart would follow too soon
                        waits.append(seconds_until_answered(running, time.monotonic(), 60))
                for _ in range(restarts):
                    time.sleep(2.0)
                    server.restart()
                waits.append(seconds_until_answered(running, time.monotonic(), 60))
                print(f"answered again {max(waits):.1f} s after the database was back, at most")  # noqa: T201 a figure
                assert max(waits) <= allowed(DATABASE_BACK_SECONDS)
                running.wait_until_ready()
                with root_of(server) as root:
                    with no_connection_left(server, root):
                        assert_refused(running)
                        time.sleep(seconds)
                    running.wait_until_ready()
                    root.execute("SET GLOBAL read_only = 1")
                    assert_refused(running)
                    time.sleep(seconds)
                    root.execute("SET GLOBAL read_only = 0")
                wait_until(lambda: post_unknown_event(running).status_code == 200 or None)


@contextmanager
def root_of(server: Server) -> Iterator[pymysql.cursors.Cursor]:
    with closing(connection(server, "root")) as root:
        yield root.cursor()


def connection(server: Server, user: str) -> pymysql.Connection[Any]:
    return pymysql.connect(host="127.0.0.1", port=server.port, user=user, autocommit=True)


@contextmanager
def no_connection_left(server: Server, root: pymysql.cursors.Cursor) -> Iterator[None]:
    """The fewest connections that the server allows are all ours, and those of the product are closed."""
    root.execute("SET GLOBAL max_connections = 10")
    with ExitStack() as held:
        while True:
            root.execute("SELECT id FROM information_schema.processlist WHERE user = 'balas'")
            for (number,) in root.fetchall():
                with suppress(pymysql.err.OperationalError):  # gone by itself
                    root.execute(f"KILL {number}")
            try:
                for _ in range(10):
                    held.enter_context(closing(connection(server, "root")))
            except pymysql.err.OperationalError:
                root.execute("SELECT count(*) FROM information_schema.processlist WHERE user = 'balas'")
                if root.fetchall() == ((0,),):
                    break
        yield
        root.execute("SET GLOBAL max_connections = 151")


def post_unknown_event(running: Cluster) -> httpx2.Response:
    """An event of a kind that nobody knows is stored as any other."""
    body = to_bytes(envelope("message.dreamt", 1, {"id": "1"}))
    signature = sign(running.environment["WHATSAPP_HOOK_HMAC_KEY"].encode(), body)
    return httpx2.post(f"{running.url}/api/webhook", content=body, headers={"X-Webhook-Hmac": signature}, timeout=30)


def assert_refused(running: Cluster) -> None:
    answer = post_unknown_event(running)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert int(answer.headers["retry-after"]) >= 1
    wait_until(lambda: httpx2.get(f"{running.url}/readyz", timeout=10).status_code == 503 or None, 10)
    assert httpx2.get(f"{running.url}/livez", timeout=10).status_code == 200


def test_the_model_fails_and_goes_away(tmp_path: Path, long: bool) -> None:
    with model(0.1) as fake, cluster(tmp_path, **model_settings(fake)) as running:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        says, dice, seconds = fake.default, random.Random(5), 20.0 if long else 8.0
        paid: list[Call] = []

        def well(call: Call) -> Reply:
            paid.append(call)
            return says(call)

        def often_fails(call: Call) -> Reply:
            return (dice.choice(FAILURES) if dice.random() < 0.3 else well)(call)

        fake.default = well

        with traffic(running, 2 * seconds + 4):
            fake.default = often_fails
            time.sleep(seconds)
            fake.default = Status(503)
            time.sleep(seconds)
            fake.default = well
        answers = [call for call in paid if not call.is_rewrite]
        books = running.books()
        assert books is not None
        assert len(answers) <= 1.5 * books["answered"], "an answer is paid once, whatever happens after it"


@pytest.mark.long
def test_qdrant_goes_away(tmp_path: Path) -> None:
    door_port, seconds = free_port(), 20.0
    with QdrantHttp() as qdrant, model(0.1) as fake:
        address = f"http://127.0.0.1:{door_port}"
        with cluster(tmp_path, QDRANT_URL=address, **model_settings(fake)) as running:
            door = Door(door_port, qdrant.server_port)
            running.start("up", "up")
            index_shop(running, running.wait_until_ready)
            with traffic(running, seconds + 10):
                for _ in range(8):
                    qdrant.refuse += [500, 503]
                    time.sleep(0.5)
                door.shut()
                time.sleep(seconds)
                door.open()
        door.shut()


def test_waha_refuses_is_not_working_and_goes_away(tmp_path: Path, long: bool) -> None:
    door_port, seconds = free_port(), 20.0 if long else 6.0
    address = f"http://127.0.0.1:{door_port}"
    with model(0.1) as fake, cluster(tmp_path, WAHA_BASE_URL=address, **model_settings(fake)) as running:
        door = Door(door_port, running.waha_port)
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        with traffic(running, 2 * seconds + 4):
            running.simulator.set_faults(Faults(unauthorized=Chance(probability=1.0)))
            time.sleep(seconds)
            running.simulator.set_faults(Faults())
            time.sleep(2.0)
            door.shut()
            time.sleep(seconds)
            door.open()
        door.shut()


@pytest.mark.long
def test_the_session_stops_working_for_a_while(tmp_path: Path) -> None:
    """WAHA tells nothing of a session that does not work, so it stops right after the last message came in."""
    history = History()
    with model(2.0) as fake, cluster(tmp_path, **model_settings(fake)) as running, BookKeeper(running) as keeper:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        for chat in storm.chats(20):
            running.phones.person_sends(chat, f"Jam buka? {history.say(chat)}")
        wait_until(lambda: (running.books() or {}).get("received") == len(history.said) or None, 20)
        running.phones.set_status("default", "STOPPED")
        time.sleep(6.0)
        assert not any(running.replies(chat) for chat, _ in history.said)
        running.phones.set_status("default", "WORKING")
        finding = settle_and_check(running, history, keeper)
    assert finding.is_clean, str(finding)


@pytest.mark.long
@pytest.mark.redis
def test_rolling_restarts_lose_nothing(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server, model(0.3) as fake:
        url = f"redis://127.0.0.1:{server.port}/0"
        with cluster(tmp_path, REDIS_URL=url, **model_settings(fake)) as running:
            running.start("web", "serve")
            index_shop_with_worker(running)
            running.start("worker-2", "worker")
            with traffic(running, 120.0):
                for _ in range(10):
                    for name, command in (("web", "serve"), ("worker", "worker"), ("worker-2", "worker")):
                        time.sleep(1.5)
                        running.kill(name, signal.SIGTERM)
                        running.start(name, command)
