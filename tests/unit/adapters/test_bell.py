from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from balas.adapters import rq_queue
from balas.adapters.rq_queue import _Bell
from balas.ports import JobName, Ring
from tests.lines.system import wait_until


def test_rings_for_a_row_that_waits_are_one_at_the_earliest_moment() -> None:
    sent: list[Ring] = []
    bell = _Bell(sent.extend)
    begun = time.monotonic()
    for delay in (30.0, 0.3, 0.6, 0.9):
        bell.add(Ring(JobName.PROCESS_MESSAGE, 1, delay_seconds=delay))
    bell.add(Ring(JobName.SEND_TO_WAHA, 1, delay_seconds=0.3))
    wait_until(lambda: True if len(sent) == 2 else None, 5)
    assert time.monotonic() - begun >= 0.3
    time.sleep(1.0)
    assert sent == [Ring(JobName.PROCESS_MESSAGE, 1), Ring(JobName.SEND_TO_WAHA, 1)]
    bell.close()


def test_an_unforeseen_failure_does_not_end_the_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_queue, "PAUSE_SECONDS", 0.05)
    sent: list[Ring] = []

    def send(rings: Sequence[Ring]) -> None:
        if rings[0].row_id == 1:
            raise RuntimeError("unforeseen")
        sent.extend(rings)

    bell = _Bell(send)
    bell.add(Ring(JobName.PROCESS_MESSAGE, 1))
    time.sleep(0.2)
    bell.add(Ring(JobName.PROCESS_MESSAGE, 2))
    wait_until(lambda: True if sent else None, 5)
    assert sent == [Ring(JobName.PROCESS_MESSAGE, 2)]
    bell.close()


def test_what_waits_while_redis_hangs_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rq_queue, "MOST_WAITING", 3)
    sent: list[Ring] = []
    bell = _Bell(sent.extend)
    bell.add(*(Ring(JobName.PROCESS_MESSAGE, n, delay_seconds=0.3) for n in range(10)))
    wait_until(lambda: True if sent else None, 5)
    assert [ring.row_id for ring in sent] == [0, 1, 2]
    bell.close()
