"""More events at once than can be answered, of one chat or of many: each is on disk, and the books balance."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from balas.conversations.turns import DEADLINE
from tests.chaos.checker import History, check
from tests.chaos.cluster import cluster
from tests.chaos.servers import redis_server
from tests.chaos.storm import BookKeeper, chats, drive, index_document, model, model_settings, states_in
from tests.chaos.test_outages import index_shop_with_worker
from tests.lines.system import started
from tests.lines.test_bad_input import letters, tell

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3_600)]

CALLERS = 16
MESSAGES = 10_000


@pytest.mark.long
def test_a_flood_of_one_chat(tmp_path: Path) -> None:
    """Nearly all of it is over the limit. A shorter one is in tests/lines/test_bad_input.py."""
    told, ends, took = flood(tmp_path, chats(1) * 10_000)
    assert ends == {"answered": told["queued"], "ignored": told["ignored"]}
    assert 10 <= told["queued"] <= 10 + took / 6 + 1, "the bucket fills while they write"


def test_a_flood_of_as_many_chats(tmp_path: Path, long: bool) -> None:
    """Nobody is over the limit; what waits for too long is dead, and said to be."""
    count = 10_000 if long else 40
    told, ends, took = flood(tmp_path, [f"1{number:010d}@c.us" for number in range(count)])
    assert told == {"queued": count}
    assert ends["answered"] + ends["dead"] == count
    assert took > DEADLINE.total_seconds() or ends["dead"] == 0


@pytest.mark.long
@pytest.mark.redis
def test_many_spend_the_cap_and_no_call_more_whatever_redis_and_a_worker_forget(tmp_path: Path) -> None:
    cap, kills, history = 500, 3, History()
    with redis_server(tmp_path) as server, model(0.05) as fake:
        url = f"redis://127.0.0.1:{server.port}/0"
        settings = {"REDIS_URL": url, "BALAS_MODEL_CALLS_PER_DAY": str(cap), **model_settings(fake)}
        with cluster(tmp_path, **settings) as running, redis.Redis.from_url(url) as client:
            running.start("web", "serve")
            index_shop_with_worker(running)
            writer = threading.Thread(target=drive, args=(running, history, chats(500), MESSAGES, 0.0))
            writer.start()
            for _ in range(kills):
                time.sleep(2.0)
                client.flushall()
                running.kill("worker")
                server.restart()
                running.start("worker", "worker", "--concurrency", "20")
            writer.join()
            books = running.wait_until_settled(MESSAGES, 1_800)
            time.sleep(2.0)
            calls = len(fake.chats)
    assert cap - 20 * kills <= calls <= cap, "a killed worker may have counted calls that it did not make"
    assert books["answered"] + books["dead"] == books["received"] - books["ignored"] == MESSAGES
    assert books["dead"] > 0


def flood(folder: Path, people: list[str]) -> tuple[Counter[str], Counter[str], float]:
    """Everybody in the list writes at once: what was answered to the webhooks, how they ended, and after how long."""
    history = History()
    said = [(chat, f"Jam buka? {history.say(chat)}") for chat in people]
    settings = {"RATE_LIMIT_MESSAGES_PER_MINUTE": "10", "BALAS_MODEL_CALLS_PER_DAY": "0"}
    with model() as fake, started(folder, **settings, **model_settings(fake)) as system:
        index_document(system.client)
        with BookKeeper(system) as keeper, ThreadPoolExecutor(CALLERS) as callers:
            begun = time.monotonic()
            told = Counter(callers.map(lambda one: str(tell(system, body=one[1], **{"from": one[0]})["status"]), said))
            stored = time.monotonic() - begun
            assert letters(system) == len(people)
            system.wait_until_settled(1_800)
            took = time.monotonic() - begun
        states = states_in(system.runtime.database)
        finding = check(history, system.phones, states, keeper.readings)
    ends = Counter(states.values())
    print(f"{len(people)} events on disk in {stored:.0f} s, final after {took:.0f} s: {finding}; {dict(ends)}")  # noqa: T201 figures for docs/reliability.md, shown with -s
    finding.out_of_order.clear()  # who calls at once says nothing about an order
    assert finding.is_clean, str(finding)
    return told, ends, took
