"""A worker whose clock is an hour off takes no lease too early and none too late: leases go by the database's time."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

from tests.chaos import storm
from tests.chaos.checker import History
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import BookKeeper, drive, index_shop, model, model_settings, settle_and_check

pytestmark = [
    pytest.mark.long,
    pytest.mark.chaos,
    pytest.mark.clock,
    pytest.mark.timeout(400),
    pytest.mark.mysql,
    pytest.mark.redis,
]


def start_off(running: Cluster, name: str, offset: str) -> None:
    """With the library of faketime and without its command, which would stand between us and what is to be killed."""
    told = subprocess.run(
        [os.environ["TEST_FAKETIME"], "-f", offset, "env"], check=True, capture_output=True, text=True
    )
    preload = next(line.partition("=")[2] for line in told.stdout.splitlines() if line.startswith("LD_PRELOAD="))
    running.start(name, "worker", LD_PRELOAD=preload, FAKETIME=offset, FAKETIME_DONT_FAKE_MONOTONIC="1")


def test_workers_an_hour_behind_and_ahead(tmp_path: Path, empty_mysql_url: str, redis_url: str) -> None:
    if "TEST_FAKETIME" not in os.environ:
        pytest.skip("TEST_FAKETIME is not set: `make test` gets faketime and runs this")
    urls = {"DATABASE_URL": empty_mysql_url.replace("mysql+pymysql://", "mysql://"), "REDIS_URL": redis_url}
    # Turns take longer than a lease, so that a wrong clock would take them from each other.
    with model(5.0) as fake, cluster(tmp_path, quick=True, **urls, **model_settings(fake)) as running:
        running.start("web", "serve")
        start_off(running, "behind", "-1h")
        start_off(running, "ahead", "+1h")
        index_shop(running, running.wait_until_ready)
        history = History()
        driver = threading.Thread(target=drive, args=(running, history, storm.chats(10), 40, 0.25))
        with BookKeeper(running) as keeper:
            driver.start()
            driver.join()
            finding = settle_and_check(running, history, keeper)
        assert finding.is_clean, str(finding)
        assert len(fake.answers) <= 1.5 * len(history.said)
        assert "clock_is_wrong" not in running.log("web")
        for name, side in (("behind", "ahead of"), ("ahead", "behind")):
            assert re.search(rf"the database's clock is \d+ s {side} this machine's", running.log(name))
            assert re.search(rf"WAHA's clock is \d+ s {side} this machine's", running.log(name))
