"""Two web processes: one is stopped while it writes a letter down, the other takes the chat's next one meanwhile.

A letter that nobody can see yet holds up nobody. One that is on disk comes first, though nobody was called for it.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.chaos.checker import History
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import BookKeeper, chats, index_shop, model, model_settings, settle_and_check
from tests.lines.system import wait_until
from tests.services import free_port

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400), pytest.mark.mysql, pytest.mark.redis]


def test_the_next_letter_of_the_chat_comes_by_another_process(
    tmp_path: Path, empty_mysql_url: str, redis_url: str
) -> None:
    urls = {"DATABASE_URL": empty_mysql_url.replace("mysql+pymysql://", "mysql://"), "REDIS_URL": redis_url}
    history, second_port, (unseen, seen) = History(), free_port(), chats(2)
    with model() as fake, cluster(tmp_path, **urls, **model_settings(fake)) as running, BookKeeper(running) as keeper:
        running.start("first", "serve", BALAS_TEST_FAILPOINT="before_letter_committed:hang")
        running.start("worker", "worker")
        index_shop(running, running.wait_until_ready)
        running.start("second", "serve", BALAS_PORT=str(second_port))
        running.wait_until_ready(port=second_port)
        older, newer = overtake(running, history, unseen, second_port)
        running.kill("first")
        running.start("first", "serve", BALAS_TEST_FAILPOINT="after_letter_committed:hang")
        overtake(running, history, seen, second_port)
        finding = settle_and_check(running, history, keeper)
    assert finding.is_clean, str(finding)
    assert finding.late == [f"{older} after {newer} in {unseen}"]


def overtake(running: Cluster, history: History, chat: str, second_port: int) -> tuple[str, str]:
    """The first process is stopped with the older message, and goes on once the newer one is answered."""
    running.wait_until_ready()
    running.simulator.set_webhook_url(f"{running.url}/api/webhook")
    older = history.say(chat)
    running.phones.person_sends(chat, f"Jam buka? {older}")
    running.wait_until_stopped("first", 90)
    time.sleep(1.0)
    running.simulator.set_webhook_url(f"http://127.0.0.1:{second_port}/api/webhook")
    newer = history.say(chat)
    running.phones.person_sends(chat, f"Jam buka? {newer}")
    wait_until(lambda: any(newer in text for text in running.replies(chat)) or None, 40)  # less than a lock's time-out
    running.processes["first"].send_signal(signal.SIGCONT)
    wait_until(lambda: any(older in text for text in running.replies(chat)) or None, 90)
    return older, newer
