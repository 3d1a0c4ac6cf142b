"""Keeps threads that share an interpreter on one core.

Python runs one of them at a time. Spread over several cores, a thread whose database has answered wakes up on an idle
core, finds that another one holds the interpreter, and sleeps again: two switches for each wait, and a quarter more CPU
a turn. On one core it does not wake before the other one waits. The kernel moves a thread to where there is room, but
not away from the only core it may use, so we look for ourselves.
"""

from __future__ import annotations

import errno
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from pathlib import Path

from balas.telemetry import logger

LOOK_SECONDS = 0.5, 1.0  # at random between: two workers that met on a core must not both leave it for the same other
ENOUGH = 0.25  # of a core's time that we use, and that another one has more to give: below, to move gains nothing
_BUSY = 0, 1, 2, 5, 6, 7  # user, nice, system, irq, softirq, steal: what is counted twice or not at all is left out

Busy = Mapping[int, float]
log = logger("one_core")


class OneCore:
    """Safe to share between threads. Without effect where a process has one core, or cannot tell how busy each is."""

    def __init__(self, busy: Callable[[], Busy] | None = None) -> None:
        self._busy = busy or busy_seconds
        self._cores = _allowed() & self._busy().keys()
        self._core = random.choice(sorted(self._cores)) if len(self._cores) > 1 else None  # noqa: S311 no secret
        self._moving = threading.Lock()
        self._ended = threading.Event()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Inside, this thread and those that it starts run on one core. For one thread, once."""
        if self._core is not None:
            threading.Thread(target=self._look, name="one-core", daemon=True).start()
            try:
                os.sched_setaffinity(0, {self._core})
            except PermissionError:
                log.warning("not_kept_on_one_core")  # a sandbox forbids it, and answers are as right without
                self._core = None
        try:
            yield
        finally:
            self._ended.set()
            if self._core is not None:
                with self._moving:
                    _put(0, self._cores)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Inside, a thread that is kept, what it starts and what it calls may use every core."""
        if self._core is None:
            yield
            return
        with self._moving:
            _put(0, self._cores)
        try:
            yield
        finally:
            with self._moving:
                _put(0, {self._core})

    def _look(self) -> None:
        """Again and again, whether others need the core, and where there is more room."""
        before = time.monotonic(), time.process_time(), self._busy()
        while not self._ended.wait(random.uniform(*LOOK_SECONDS)):  # noqa: S311 no secret
            now = time.monotonic(), time.process_time(), self._busy()
            # This thread is not kept: a container that was given other cores since shows them here.
            with self._moving:
                self._cores = _allowed() & now[2].keys() & before[2].keys()
                self._make_room(now[0] - before[0], now[1] - before[1], before[2], now[2])
            before = now

    def _make_room(self, passed: float, own: float, before: Busy, now: Busy) -> None:
        others = {core: (now[core] - before[core]) / passed for core in self._cores}
        roomiest = min(others, key=others.__getitem__, default=None)
        if roomiest is None or self._core is None:
            return
        taken = others[self._core] - own / passed if self._core in others else float("inf")
        if own / passed > ENOUGH and taken - others[roomiest] > ENOUGH:
            self._move(roomiest)

    def _move(self, core: int) -> None:
        self._core = core
        for thread in (int(task.name) for task in Path("/proc/self/task").iterdir()):
            with suppress(ProcessLookupError):  # it has just ended
                if len(os.sched_getaffinity(thread)) == 1:
                    _put(thread, {core})


def _put(thread: int, cores: Set[int]) -> None:
    try:
        os.sched_setaffinity(thread, cores)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # None of them is ours any more: the kernel has put it elsewhere, and the next look sees where that is.


def busy_seconds() -> Busy:
    """Of each core since the machine began; empty where the kernel does not tell."""
    try:
        lines = Path("/proc/stat").read_text("ascii").splitlines()
    except (FileNotFoundError, PermissionError):
        return {}
    cores = (line.split() for line in lines if line.startswith("cpu") and line[3].isdigit())
    tick = os.sysconf("SC_CLK_TCK")
    return {int(name[3:]): sum(int(ticks[kind]) for kind in _BUSY) / tick for name, *ticks in cores}


def _allowed() -> frozenset[int]:
    """The cores that this thread may use; none where to share one would gain nothing, or cannot be asked for."""
    takes_turns: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)  # Python 3.13 asks
    return frozenset(os.sched_getaffinity(0)) if sys.platform == "linux" and takes_turns() else frozenset()
