"""The process dies before a letter is committed, after it, and after the 2xx: what it said it has, it has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from balas.simulator.webhooks import Retries
from tests.chaos.checker import History
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import BookKeeper, chats, index_shop, model, model_settings, settle_and_check

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3_600)]

POINTS = ("before_letter_committed", "after_letter_committed", "after_webhook_answered")


class Forks:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, failpoint: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(failpoint + "\n")
        self._process.stdin.flush()

    def wait(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def forks(running: Cluster) -> Iterator[Forks]:
    with (
        (running.folder / "forks.log").open("ab") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.forks"],
            env=running.environment,
            cwd=running.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        yield Forks(process)


def test_what_was_acknowledged_is_on_disk_and_what_was_not_is_answered_once(tmp_path: Path, long: bool) -> None:
    """WAHA keeps nothing that could be read back: a letter lost here is lost for good."""
    times, history = 200 if long else 2, History()
    people = chats(3 * times)
    with model() as fake, cluster(tmp_path, store=False, **model_settings(fake)) as running:
        # In the long form hundreds wait in the end: their repeats would take the whole machine.
        running.simulator.set_retries(Retries(delay_seconds=1.0 if long else 0.1, attempts=100_000))
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        running.kill("up")
        with forks(running) as children:
            for number, chat in enumerate(people):
                children.start(f"{POINTS[number % 3]}:exit")
                running.phones.person_sends(chat, f"Jam buka? {history.say(chat)}")
                assert children.wait() == 137
        running.start("up", "up")
        with BookKeeper(running) as keeper:
            finding = settle_and_check(running, history, keeper)
        assert finding.is_clean, str(finding)
        books = running.books()
        assert books is not None
        assert (books["answered"], books["dead"]) == (len(people), 0)
