"""Where commands keep their search index from one call to the next."""

from __future__ import annotations

import fcntl
from pathlib import Path


def kept_index(data_dir: Path) -> Path | None:
    """None while another command uses it: that one then derives a temporary index from the database."""
    folder = data_dir / "index-of-commands"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
    return folder
