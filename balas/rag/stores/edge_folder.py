"""The folder of an embedded index: held by one process, and never filled to the last byte."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

from balas.errors import IndexUnavailable
from balas.rag.stores.scratch import LOCK

ROOM_BYTES = 16 << 20


def hold(directory: Path) -> int:
    """Hold the directory, by a lock that is returned: the engine's own refusal does not say what to do."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise IndexUnavailable(f"The search index cannot be kept in {directory}: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise IndexUnavailable(
            f"The search index in {directory} is in use by another process: stop that one, "
            "or give this one a BALAS_DATA_DIR of its own."
        ) from error
    return lock


def check_room(directory: Path) -> None:
    """The engine writes through mapped files: on a full disk the kernel would end the whole process (SIGBUS)."""
    free = shutil.disk_usage(directory).free
    if free < ROOM_BYTES:
        raise IndexUnavailable(
            f"The search index in {directory} needs {ROOM_BYTES >> 20} MiB, {free >> 20} are free: make room. "
            "It goes on by itself."
        )
