"""Named places where a test makes the process die, stop or fail. Off unless `arm` was called.

`bootstrap` arms the one named by BALAS_TEST_FAILPOINT ("name:exit", "name:hang" or "name:error"); it strikes once.
"""

from __future__ import annotations

import os
import signal
import threading

ACTIONS = frozenset({"exit", "hang", "error"})
_lock = threading.Lock()
_armed: tuple[str, str] | None = None


class FailpointStruck(Exception):
    """An error nobody foresaw, as far as the code around the failpoint knows."""


def arm(what: str | None) -> None:
    """`what`: "name:action", or None to disarm."""
    global _armed
    if what is None:
        _armed = None
        return
    name, _, action = what.partition(":")
    if action not in ACTIONS:
        raise ValueError(f"unknown action {action!r}: {', '.join(sorted(ACTIONS))}")
    _armed = (name, action)


def is_armed() -> bool:
    """False once it struck."""
    return _armed is not None


def failpoint(name: str) -> None:
    """`exit`: as kill -9 would; `hang`: the whole process stops until a test lets it go on, or kills it."""
    if _armed is None or _armed[0] != name:
        return
    match _taken(name):
        case "exit":
            os._exit(137)
        case "hang":
            # To this very thread: a signal to the process may reach another one while this one runs on for a moment.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        case "error":
            raise FailpointStruck(name)


def _taken(name: str) -> str | None:
    """The action, for the first thread that comes; None for all others."""
    global _armed
    with _lock:
        if _armed is None or _armed[0] != name:
            return None
        action, _armed = _armed[1], None
        return action
