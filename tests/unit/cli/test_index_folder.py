from __future__ import annotations

from pathlib import Path

from balas.cli.index_folder import kept_index


def test_the_folder_is_kept_and_a_busy_one_is_left_alone(tmp_path: Path) -> None:
    with kept_index(tmp_path / "data") as folder:
        assert folder is not None
        assert folder.is_dir()
        with kept_index(tmp_path / "data") as busy:
            assert busy is None
    with kept_index(tmp_path / "data") as again:
        assert again == folder
