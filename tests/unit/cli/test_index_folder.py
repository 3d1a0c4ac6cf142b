from __future__ import annotations

import fcntl
from pathlib import Path

from balas.cli.index_folder import kept_index


def test_the_folder_is_kept_and_a_busy_one_is_left_alone(tmp_path: Path) -> None:
    folder = kept_index(tmp_path / "data")
    assert folder is not None
    assert folder.is_dir()
    assert kept_index(tmp_path / "data") == folder
    with (folder / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert kept_index(tmp_path / "data") is None
