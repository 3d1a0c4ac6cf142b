"""Die, stop or fail at every named place of the message line: each message is answered once, and the books balance."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path

import pytest

from balas import failpoints
from balas.simulator.faults import Chance, Faults
from tests.chaos import quick
from tests.chaos.checker import History, check
from tests.chaos.cluster import Cluster, cluster
from tests.chaos.storm import (
    PROGRESS_SECONDS,
    SENDING_SECONDS,
    BookKeeper,
    allowed,
    answering_seconds,
    chats,
    index_document,
    index_shop,
    model,
    model_settings,
    opened,
    settle_and_check,
    settling_seconds,
    states_in,
)
from tests.lines.system import started, wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

LOSE_ANSWER = Faults(lose_response=Chance(count=1))
LOSE_REQUEST = Faults(lose_request=Chance(count=1))
TOO_LONG = Faults(error_before=Chance(count=1, status=413))
# Each with what must go wrong at WAHA for the line to come by.
POINTS: dict[str, Faults] = {
    "before_letter_committed": Faults(),
    "after_letter_committed": Faults(),
    "before_webhook_answered": Faults(),
    "after_webhook_answered": Faults(),
    "after_take": Faults(),
    "after_turn_joined": Faults(),
    "between_stages": Faults(),
    "after_turn_claimed": Faults(),
    "before_model_call": Faults(),
    "after_model_answer": Faults(),
    "before_answer_committed": Faults(),
    "after_answer_saved": Faults(),
    "before_begin_send": Faults(),
    "after_begin_send": Faults(),
    "after_send_before_mark": Faults(),
    "before_sent_committed": Faults(),
    "after_mark_sent": Faults(),
    "after_echo_marked": Faults(),
    "after_park": LOSE_ANSWER,
    "in_reconcile_after_look": LOSE_REQUEST,
    "after_resend_begun": LOSE_REQUEST,
    "before_halved": TOO_LONG,
    "after_halved": TOO_LONG,
    "in_sweep": Faults(),
}
MORE = " Toko buka Senin sampai Jumat pukul 08.00 sampai 20.00."  # so that there is something to halve
# What the suite takes without --long; errors are tried at every point, since they need no new process.
EXITS = ("after_letter_committed", "after_turn_claimed", "after_answer_saved", "after_begin_send", "after_resend_begun",
         "after_halved")  # fmt: skip
HANGS = ("after_turn_joined", "after_model_answer", "after_send_before_mark")
HANGS_OF_TWO = ("after_begin_send",)
# Behind these somebody works on a turn, and has written down nothing of what came of it.
BEING_ANSWERED = ("after_turn_claimed", "after_model_answer")
# Behind these a send has begun, and nobody has written down what became of it.
UNDER_WAY = ("after_begin_send", "after_send_before_mark", "before_sent_committed")
SENDING_HANGS = ("after_turn_claimed", "after_model_answer", "before_begin_send", "after_begin_send",
                 "after_send_before_mark", "in_reconcile_after_look", "after_resend_begun")  # fmt: skip


def test_every_failpoint_is_tried() -> None:
    placed = [
        name
        for path in Path(failpoints.__file__).parent.rglob("*.py")
        for name in re.findall(r'failpoint\("(\w+)"\)', path.read_text(encoding="utf-8"))
    ]
    assert sorted(placed) == sorted(POINTS)


def test_an_error_at_every_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick.shorten(monkeypatch.setattr)
    history, [*people] = History(), chats(len(POINTS))
    with model(more=MORE) as fake, started(tmp_path, **model_settings(fake)) as system:
        index_document(system.client)
        for chat, (point, faults) in zip(people, POINTS.items(), strict=True):
            failpoints.arm(f"{point}:error")
            for _ in range(5):  # the echo of a send may come before its lost answer is noticed, on a busy machine
                system.simulator.set_faults(faults)
                system.says(chat, f"Jam buka? {history.say(chat)}")
                if has_struck(10):
                    break
            assert not failpoints.is_armed(), point
        books = system.wait_until_settled(60)
        time.sleep(1.0)
        slowest = max(settling_seconds(system.runtime.database).values())
        print(f"the slowest bubble was settled after {slowest:.1f} s")  # noqa: T201 a figure
        assert slowest <= allowed(quick.SENDING_SECONDS)
        finding = check(history, system.phones, states_in(system.runtime.database), [books])
        assert finding.is_clean, str(finding)
        assert (books["answered"], books["dead"]) == (len(history.said), 0)


def has_struck(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while failpoints.is_armed() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not failpoints.is_armed()


def strike(running: Cluster, history: History, chat: str, point: str, action: str) -> None:
    """Start the product with this failpoint, and write one message that leads to it."""
    running.simulator.set_faults(POINTS[point])
    running.start("up", "up", BALAS_TEST_FAILPOINT=f"{point}:{action}")
    if point != "in_sweep":
        running.phones.person_sends(chat, f"Jam buka? {history.say(chat)}")


def finish(running: Cluster, history: History) -> None:
    """Start it without any, and see that everything ends as it should."""
    running.simulator.set_faults(Faults())
    running.start("up", "up")
    running.wait_until_ready()
    with BookKeeper(running) as keeper:
        finding = settle_and_check(running, history, keeper)
    assert finding.is_clean, str(finding)
    books = running.books()
    assert books is not None
    assert (books["answered"], books["dead"]) == (len(history.said), 0)


def test_a_process_dies_at_one_point_after_the_other(tmp_path: Path, long: bool) -> None:
    points, history = list(POINTS) if long else EXITS, History()
    with model(more=MORE) as fake, cluster(tmp_path, quick=True, **model_settings(fake)) as running:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        running.kill("up")
        for chat, point in zip(chats(len(POINTS)), points, strict=False):
            strike(running, history, chat, point, "exit")
            assert running.wait_for_exit("up", 60) == 137, point
        finish(running, history)


def test_a_process_hangs_and_is_killed(tmp_path: Path, long: bool) -> None:
    points, history = list(POINTS) if long else HANGS, History()
    with model(more=MORE) as fake, cluster(tmp_path, quick=True, **model_settings(fake)) as running:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        running.kill("up")
        for chat, point in zip(chats(len(POINTS)), points, strict=False):
            strike(running, history, chat, point, "hang")
            running.wait_until_stopped("up", 60)
            running.kill("up")
        finish(running, history)


@pytest.mark.long
def test_what_is_under_way_at_a_kill_is_settled_in_time(tmp_path: Path) -> None:
    """With the leases of a shop. Of what was not sent yet, WAHA is asked twice before it is sent again."""
    history, points = History(), (*BEING_ANSWERED, *UNDER_WAY)
    people = dict(zip(points, chats(len(points)), strict=True))
    with model() as fake, cluster(tmp_path, **model_settings(fake)) as running:
        running.start("up", "up")
        index_shop(running, running.wait_until_ready)
        running.kill("up")
        for point, chat in people.items():
            strike(running, history, chat, point, "exit")
            assert running.wait_for_exit("up", 60) == 137, point
            if point == BEING_ANSWERED[-1]:
                finish(running, history)
                running.kill("up")
        finish(running, history)
        with opened(running) as database:
            answering, settling = answering_seconds(database), settling_seconds(database)
    answered = [answering[people[point]] for point in BEING_ANSWERED]
    settled = [settling[people[point]] for point in UNDER_WAY]
    print(f"written down after {answered} s, settled after {settled} s")  # noqa: T201 figures
    assert max(answered) <= allowed(PROGRESS_SECONDS)
    assert max(settled) <= allowed(SENDING_SECONDS)


@pytest.mark.mysql
@pytest.mark.redis
def test_a_worker_hangs_another_takes_over_and_it_goes_on_later(
    tmp_path: Path, empty_mysql_url: str, redis_url: str, long: bool
) -> None:
    """What the hanging worker still does when it goes on must not be seen: no second answer, no second send."""
    urls = {"DATABASE_URL": empty_mysql_url.replace("mysql+pymysql://", "mysql://"), "REDIS_URL": redis_url}
    history = History()
    with model(more=MORE) as fake, cluster(tmp_path, quick=True, **urls, **model_settings(fake)) as running:
        running.start("web", "serve")
        running.start("second", "worker")
        index_shop(running, running.wait_until_ready)
        for chat, point in zip(chats(20), SENDING_HANGS if long else HANGS_OF_TWO, strict=False):
            running.kill("second", signal.SIGTERM)
            running.start("first", "worker", BALAS_TEST_FAILPOINT=f"{point}:hang")
            running.simulator.set_faults(POINTS[point])
            running.phones.person_sends(chat, f"Jam buka? {history.say(chat)}")
            running.wait_until_stopped("first", 60)
            running.start("second", "worker")
            wait_until(lambda: running.replies(chat) or None, 60)  # noqa: B023 waited for here
            running.wait_until_settled(1, 60)
            running.processes["first"].send_signal(signal.SIGCONT)
            time.sleep(3.0)
            running.kill("first", signal.SIGTERM)
        with BookKeeper(running) as keeper:
            finding = settle_and_check(running, history, keeper)
        assert finding.is_clean, str(finding)
