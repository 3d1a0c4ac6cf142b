"""WAHA forgets a webhook after its last try: what was said meanwhile is read back when we are there again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from balas.simulator.webhooks import Retries
from tests.chaos.checker import History
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import BookKeeper, chats, drive, index_shop, model, model_settings, settle_and_check
from tests.lines.system import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(200)]


def has_read_back(running: Cluster) -> bool:
    """What was said before the first reading of all is nobody's question."""
    with closing(sqlite3.connect(running.folder / "data" / "balas.sqlite3")) as database:
        return bool(database.execute("SELECT count(*) FROM catch_ups WHERE lease_until IS NULL").fetchone()[0])


@pytest.mark.long
def test_messages_of_an_outage_are_answered_once(tmp_path: Path) -> None:
    missed = 300
    with model() as fake, cluster(tmp_path, **model_settings(fake)) as running:
        running.simulator.set_retries(Retries(attempts=0))
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        history = History()
        drive(running, history, chats(5), 5, 0.05)
        running.wait_until_settled(5)
        wait_until(lambda: True if has_read_back(running) else None)
        running.kill("up")
        drive(running, history, chats(10), missed, 0.02)
        running.start("up", "up")
        with BookKeeper(running) as keeper:
            finding = settle_and_check(running, history, keeper)
        assert finding.is_clean, str(finding)
        books = running.books()
        assert books is not None
        assert (books["answered"], books["dead"], books["open"]) == (5 + missed, 0, 0)
