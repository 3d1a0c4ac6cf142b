"""Where commands keep their search index from one call to the next."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from balas.security import data_folder


@contextmanager
def kept_index(data_dir: Path) -> Iterator[Path | None]:
    """The folder, ours until the block ends. None while another command uses it: use a temporary index then."""
    with _locked(data_dir) as (folder, is_free):
        yield folder if is_free else None


def forget(data_dir: Path) -> None:
    """Let the next command derive it anew. While a command uses it, it stays: it is up to date all the same."""
    with _locked(data_dir) as (folder, is_free):
        if is_free:
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != "lock":
                    path.unlink()


@contextmanager
def _locked(data_dir: Path) -> Iterator[tuple[Path, bool]]:
    folder = data_dir / "index-of-commands"
    data_folder.make(data_dir)
    with data_folder.writing(data_dir):
        folder.mkdir(exist_ok=True)
        # Beside the folder: inside it the index has a lock of its own.
        lock = (data_dir / "commands.lock").open("ab")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield folder, False
            return
        yield folder, True
