"""Temporary folders of indexes. They hold what documents say: those of a process that was killed go with the next one.

Each is held by a lock in it, which the kernel lets go of however the process ends. Who removes a folder holds it
meanwhile, and who has just made one and does not get it, or finds it gone, makes another: nothing is judged by its age.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

KINDS = ("index", "rehearsal", "eval")
HELD = "held"
LOCK = "lock"  # of the index in it: all that earlier versions hold
MOST_REMOVED = 64  # more would hold up the start; the next one goes on
TRIES = 100


class Scratch:
    """One folder, until it is closed."""

    def __init__(self, kind: str) -> None:
        remove_left()
        self.path, lock = _made(kind)
        self.close = weakref.finalize(self, _remove, self.path, lock)


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[Path]:
    folder = Scratch(kind)
    try:
        yield folder.path
    finally:
        folder.close()


def remove_left() -> None:
    """Remove the folders whose process is gone, as far as they are ours."""
    removed = 0
    for path in _folders():
        if removed == MOST_REMOVED:
            return
        # Somebody holds it, or it is gone by now: none of our business.
        with contextlib.suppress(OSError), _locked(path / HELD, os.O_CREAT), _free(path / LOCK):
            shutil.rmtree(path)
            removed += 1


def _folders() -> Iterator[Path]:
    place = Path(tempfile.gettempdir())
    for kind in KINDS:
        for path in place.glob(f"balas-{kind}-*"):
            with contextlib.suppress(FileNotFoundError):
                if path.lstat().st_uid == os.geteuid():
                    yield path


def _made(kind: str) -> tuple[Path, int]:
    for _ in range(TRIES):
        folder = Path(tempfile.mkdtemp(prefix=f"balas-{kind}-"))
        with contextlib.suppress(FileNotFoundError, BlockingIOError):  # somebody removes it, or has
            lock = _lock(folder / HELD, os.O_CREAT)
            if _is_there(folder / HELD, lock):
                return folder, lock
            os.close(lock)
    raise FileNotFoundError(errno.ENOENT, "new folders are gone as soon as they are made", tempfile.gettempdir())


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # another may be at it in the moment when its lock is gone already
    os.close(lock)


def _is_there(path: Path, lock: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(lock))
    return False


@contextlib.contextmanager
def _locked(path: Path, flags: int = 0) -> Iterator[None]:
    """Raises `BlockingIOError` when somebody else has it."""
    lock = _lock(path, flags)
    try:
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def _free(path: Path) -> Iterator[None]:
    """The same, where there may be no such file."""
    with _locked(path) if path.exists() else contextlib.nullcontext():
        yield


def _lock(path: Path, flags: int) -> int:
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock
