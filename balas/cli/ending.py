"""The end of a process, within the promised time, even if threads still wait for somebody."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from balas.telemetry import logger

# Counted from the signal, or a moment later. 25 s are promised.
DRAIN_SECONDS = 22.0
END_SECONDS = 24.0
LAST_LOOK_SECONDS = 0.5  # for threads that are just ending

log = logger("ending")


class Ending:
    """`told`: set it when the process is asked to end."""

    def __init__(self) -> None:
        self.told = threading.Event()
        self._since: float | None = None
        threading.Thread(target=self._watch, name="ending", daemon=True).start()

    def seconds_left(self) -> float:
        """How long what was begun may still take."""
        if self._since is None:
            self._since = time.monotonic()
        return max(0.0, self._since + DRAIN_SECONDS - time.monotonic())

    def leave(self) -> None:
        """When all is closed: end the process even if a thread still waits; the interpreter would wait for it."""
        deadline = time.monotonic() + LAST_LOOK_SECONDS
        others = [thread for thread in threading.enumerate() if not thread.daemon]
        others = [thread for thread in others if thread is not threading.current_thread()]
        for thread in others:
            thread.join(max(0.0, deadline - time.monotonic()))
        if waiting := [thread.name for thread in others if thread.is_alive()]:
            _exit("left_while_threads_wait", threads=waiting)

    def _watch(self) -> None:
        self.told.wait()
        self.seconds_left()
        time.sleep(END_SECONDS)
        _exit("cut_off_while_ending")


def _exit(why: str, **told: Any) -> None:
    try:
        with suppress(OSError, ValueError):  # nobody reads the log any more, or it is closed
            log.warning(why, **told)
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
    finally:
        os._exit(0)
