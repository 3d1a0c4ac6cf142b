"""What people write, their numbers and our keys reach no log, no metric and no Redis, also when everything fails."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import httpx2
import pytest
import redis

from balas.simulator.faults import Chance, Faults
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import index_shop, model, model_settings, says_the_words
from tests.fakes.openai_server import Call, FakeOpenAI, Reply

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
PEOPLE = [f"6281197{number:05d}" for number in range(50)]
SECRETS = ("BALAS_API_KEY", "WAHA_API_KEY", "WHATSAPP_HOOK_HMAC_KEY", "OPENAI_API_KEY")


@contextmanager
def failing_model() -> Iterator[FakeOpenAI]:
    """One call of three fails and echoes what it was asked, as servers do."""
    well, turns = says_the_words(), cycle((True, False, False))

    def answer(call: Call) -> Reply:
        return Reply(f'{{"error": {{"message": "{call.last_user}"}}}}'.encode(), 500) if next(turns) else well(call)

    with model() as fake:
        fake.default = answer
        yield fake


def write_while_all_fails(running: Cluster) -> None:
    index_shop(running, running.wait_until_ready)
    running.simulator.set_faults(
        Faults(error_before=Chance(0.2), lose_response=Chance(0.1), too_many=Chance(0.1, seconds=1))
    )
    for number, phone in enumerate(PEOPLE):
        text = f"Jam buka rahasia{number:04d}kata?"
        running.phones.person_sends(f"{phone}@c.us", text, push_name=f"Nama{number:04d}orang", as_lid=number % 5 == 0)
        time.sleep(0.02)
    httpx2.post(f"{running.url}/api/webhook", content=b'{"body": "rahasia9999kata"}', timeout=10)
    running.wait_until_settled(50, 120)


def leaks(told: str, running: Cluster) -> list[str]:
    found = [phone for phone in PEOPLE if phone in told]
    found += re.findall(r"rahasia\d{4}kata|Nama\d{4}orang", told)
    return found + [name for name in SECRETS if running.environment[name] in told]


@pytest.mark.long
def test_one_process_logs_no_text_number_or_key(tmp_path: Path) -> None:
    with failing_model() as fake, cluster(tmp_path, **model_settings(fake)) as running:
        running.start("up", "up", LOG_LEVEL="DEBUG")
        write_while_all_fails(running)
        metrics = httpx2.get(f"{running.url}/metrics", timeout=10).text
        log = running.log("up")
        assert '"event"' in log
        assert "balas_webhook_events_total" in metrics
        assert leaks(log + metrics, running) == []


@pytest.mark.redis
@pytest.mark.mysql
def test_web_and_worker_over_redis(tmp_path: Path, empty_mysql_url: str, redis_url: str) -> None:
    urls = {"DATABASE_URL": empty_mysql_url.replace("mysql+pymysql://", "mysql://"), "REDIS_URL": redis_url}
    urls["RATE_LIMIT_MESSAGES_PER_MINUTE"] = "1000"  # so that there are buckets, with a key for each person
    with failing_model() as fake, cluster(tmp_path, **urls, **model_settings(fake)) as running:
        running.start("web", "serve", LOG_LEVEL="DEBUG")
        running.start("worker", "worker", LOG_LEVEL="DEBUG")
        write_while_all_fails(running)
        metrics = httpx2.get(f"{running.url}/metrics", timeout=10).text
        logs = running.log("web") + running.log("worker")
        kept = everything_in(redis_url)
        assert kept
        assert leaks(logs + metrics + kept, running) == []


def everything_in(redis_url: str) -> str:
    """Keys and values, in the server's own serialization, which leaves strings readable."""
    with redis.Redis.from_url(redis_url) as client:
        told = []
        for key in client.scan_iter():
            told.append(key)
            told.append(client.dump(key) or b"")
            if client.type(key) == b"hash":
                told += [part for pair in client.hgetall(key).items() for part in pair]
    return b"\n".join(told).decode("utf-8", "replace")
