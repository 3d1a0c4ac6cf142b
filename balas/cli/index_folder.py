"""Where commands keep their search index from one call to the next."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def kept_index(data_dir: Path) -> Iterator[Path | None]:
    """Ours until the block ends. None while another command uses it: that one then derives a temporary index."""
    folder = _folder(data_dir)
    with _locked(folder) as is_free:
        yield folder if is_free else None


def forget(data_dir: Path) -> None:
    """The next command derives it anew. One that uses it now keeps it: it is up to date, only not new."""
    folder = _folder(data_dir)
    with _locked(folder) as is_free:
        if is_free:
            for path in folder.iterdir():
                if path.is_dir():
                    shutil.rmtree(path)
                elif path.name != "lock":
                    path.unlink()


def _folder(data_dir: Path) -> Path:
    folder = data_dir / "index-of-commands"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    # Beside the folder: inside it the index has a lock of its own.
    with folder.with_name("commands.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
