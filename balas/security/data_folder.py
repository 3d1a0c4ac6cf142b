"""The data folder: ours alone, and one `balas up` for one of it."""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from balas.errors import ConfigurationRefused, Conflict, Transient


def make(folder: Path) -> None:
    """Make it, for its user alone. One that is there stays as it is: its rights may be meant."""
    with writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What the system refuses in here is the setting's fault, but for a full disk: that is mended without a change."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Transient(f"the disk that holds {folder} is full: make room, then start again") from error
        raise ConfigurationRefused(
            f"BALAS_DATA_DIR: {error.filename or folder} cannot be made or written ({error.strerror}); "
            "give this user the folder, or name another one"
        ) from error


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets go of it however the process ends."""
    make(folder)
    with writing(folder):
        file = (folder / "balas.lock").open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"another `balas up` is running on {folder}; stop it, or set BALAS_DATA_DIR to a folder of its own"
            ) from None
        yield
