from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.adapters import one_core
from balas.adapters.one_core import Busy, OneCore, busy_seconds

CORES = os.sched_getaffinity(0) if sys.platform == "linux" else set()
pytestmark = pytest.mark.skipif(
    len(CORES) < 2, reason="this machine has one core, or is no Linux: nothing is kept to one"
)


@pytest.fixture(autouse=True)
def left_as_found() -> Iterator[None]:
    yield
    os.sched_setaffinity(0, CORES)


class Machine:
    """Others take all of the core `taken`, and nothing of the rest."""

    def __init__(self) -> None:
        self.taken: int | None = None

    def busy(self) -> Busy:
        return {core: 2 * time.monotonic() if core == self.taken else 0.0 for core in CORES}


def core_of_this_thread() -> int:
    (core,) = os.sched_getaffinity(0)
    return core


def seen_by_another_thread() -> set[int]:
    seen: list[set[int]] = []
    thread = threading.Thread(target=lambda: seen.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join(5)
    return seen[0]


def test_a_thread_and_what_it_starts_share_one_core() -> None:
    core = OneCore()
    with core.kept():
        assert seen_by_another_thread() == {core_of_this_thread()}
    assert os.sched_getaffinity(0) == CORES


def test_what_needs_no_interpreter_may_use_them_all() -> None:
    core = OneCore()
    with core.kept():
        kept = core_of_this_thread()
        with core.apart():
            assert os.sched_getaffinity(0) == seen_by_another_thread() == CORES
        assert core_of_this_thread() == kept


def test_where_others_need_the_core_every_thread_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_core, "LOOK_SECONDS", (0.02, 0.03))
    machine, waits = Machine(), threading.Event()
    core = OneCore(machine.busy)
    with core.kept():
        asleep = threading.Thread(target=waits.wait, daemon=True)
        asleep.start()
        machine.taken = first = core_of_this_thread()
        deadline = time.monotonic() + 10
        while core_of_this_thread() == first:
            assert time.monotonic() < deadline
        with core.apart():
            assert os.sched_getaffinity(0) == CORES
        now = core_of_this_thread()
        assert now != first
        assert asleep.native_id is not None
        while os.sched_getaffinity(asleep.native_id) != {now}:  # they are moved one after the other
            assert time.monotonic() < deadline
        waits.set()


def test_who_does_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    monkeypatch.setattr(one_core, "LOOK_SECONDS", (0.02, 0.03))
    machine = Machine()

    def busy() -> Busy:
        looks.append(time.monotonic())
        return machine.busy()

    core = OneCore(busy)
    with core.kept():
        machine.taken = first = core_of_this_thread()
        deadline = time.monotonic() + 10
        while len(looks) < 10:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert core_of_this_thread() == first


def test_a_core_that_a_container_has_no_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_core, "LOOK_SECONDS", (0.02, 0.03))
    core = OneCore()
    with core.kept():
        first = core_of_this_thread()
        other = min(CORES - {first})
        (looks,) = (thread for thread in threading.enumerate() if thread.name == "one-core" and thread.is_alive())
        assert looks.native_id is not None
        os.sched_setaffinity(looks.native_id, {other})  # as the kernel does with threads that were free to run anywhere
        deadline = time.monotonic() + 10
        while core_of_this_thread() == first:
            assert time.monotonic() < deadline
        with core.apart():
            assert core_of_this_thread() == other


def test_a_core_that_is_gone_before_anybody_looked_fails_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_core, "LOOK_SECONDS", (60, 60))
    core = OneCore()
    with core.kept():
        monkeypatch.setattr(core, "_core", 1_000)
        with core.apart():
            pass
        assert os.sched_getaffinity(0) == CORES


def test_a_sandbox_that_forbids_it_stops_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_thread: int, _cores: object) -> None:
        raise PermissionError

    core = OneCore()
    with monkeypatch.context() as sandbox:
        sandbox.setattr(os, "sched_setaffinity", forbidden)
        with core.kept(), core.apart():
            assert os.sched_getaffinity(0) == CORES


def test_where_nobody_tells_how_busy_the_cores_are_nothing_is_kept() -> None:
    core = OneCore(dict)
    with core.kept():
        assert os.sched_getaffinity(0) == CORES
        with core.apart():
            assert os.sched_getaffinity(0) == CORES


def test_what_a_sandbox_hides_is_as_if_nobody_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(_path: Path, _encoding: str) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", hidden)
    assert busy_seconds() == {}


def test_where_threads_do_not_take_turns_they_may_use_every_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    with OneCore().kept():
        assert os.sched_getaffinity(0) == CORES


def test_the_kernel_tells_what_a_core_has_worked() -> None:
    with OneCore().kept():
        core = core_of_this_thread()
        before, begun = busy_seconds(), time.thread_time()
        while time.thread_time() - begun < 0.3:
            pass
        after = busy_seconds()
    assert after.keys() >= CORES
    assert after[core] - before[core] > 0.2
