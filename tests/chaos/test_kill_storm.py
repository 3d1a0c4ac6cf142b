"""kill -9, again and again, while people write: nothing lost, doubled or out of order, and the books balance."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from tests.chaos.checker import History
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import BookKeeper, chats, drive, index_shop, model, model_settings, settle_and_check

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3_600)]


def breathe(running: Cluster, dice: random.Random) -> None:
    """Until the next kill: now and then it strikes a process that has not even started, mostly one that works."""
    if dice.random() < 0.8:
        running.wait_until_ready()
    time.sleep(dice.uniform(0.5, 3.5))


def test_one_process_on_sqlite(tmp_path: Path, long: bool) -> None:
    people, messages, kills = (50, 2_000, 200) if long else (12, 300, 20)
    with model(0.1) as fake, cluster(tmp_path, **model_settings(fake)) as running:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        history = History()
        driver = threading.Thread(target=drive, args=(running, history, chats(people), messages, 0.2))
        dice = random.Random(1)
        with BookKeeper(running) as keeper:
            driver.start()
            for _ in range(kills):
                breathe(running, dice)
                running.kill("up")
                running.start("up", "up")
            driver.join()
            running.wait_until_ready()
            finding = settle_and_check(running, history, keeper)
        assert finding.is_clean, str(finding)
        assert keeper.readings


@pytest.mark.mysql
@pytest.mark.redis
def test_web_and_workers_on_mariadb_and_redis(tmp_path: Path, empty_mysql_url: str, redis_url: str, long: bool) -> None:
    people, messages, kills = (50, 2_000, 200) if long else (12, 150, 12)
    urls = {"DATABASE_URL": empty_mysql_url.replace("mysql+pymysql://", "mysql://"), "REDIS_URL": redis_url}
    commands = {"web": ("serve",), "worker-1": ("worker",), "worker-2": ("worker",)}
    with model(0.1) as fake, cluster(tmp_path, **urls, **model_settings(fake)) as running:
        for name, command in commands.items():
            running.start(name, *command)
        index_shop(running, running.wait_until_ready)
        history = History()
        driver = threading.Thread(target=drive, args=(running, history, chats(people), messages, 0.25))
        dice = random.Random(2)
        with BookKeeper(running) as keeper:
            driver.start()
            for _ in range(kills):
                breathe(running, dice)
                name = dice.choice(list(commands))
                running.kill(name)
                running.start(name, *commands[name])
            driver.join()
            running.wait_until_ready()
            finding = settle_and_check(running, history, keeper)
        assert finding.is_clean, str(finding)
