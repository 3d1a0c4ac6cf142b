from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from balas.rag.stores import scratch
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.stores.scratch import KINDS, MOST_REMOVED, Scratch

HOLDS = (
    "import sys; from balas.rag.stores.scratch import Scratch; "
    "it = Scratch(sys.argv[1]); print(it.path, flush=True); input()"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def holding(place: Path, kind: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has a folder, and is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, kind],
        env={**os.environ, "TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_of_a_killed_process_is_removed_by_the_next_and_that_of_a_living_one_is_not(
    temporary: Path, kind: str
) -> None:
    with holding(temporary, kind) as (process, theirs):
        (theirs / "words").write_text("what a document says")
        Scratch("index").close()
        assert (theirs / "words").exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert theirs.exists()
        Scratch("index").close()
        assert not theirs.exists()


def test_the_index_of_a_process_that_holds_nothing_else_stays_while_it_lives(temporary: Path) -> None:
    """As earlier versions have it."""
    folder = temporary / "balas-index-earlier"
    index = open_edge_index(folder, model="numbers", dimension=4)
    scratch.remove_left()
    assert (folder / "state.json").exists()
    index.close()
    scratch.remove_left()
    assert not folder.exists()


def test_what_is_not_ours_stays(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (temporary / "balas-index-file").write_text("")
    (temporary / "balas-index-link").symlink_to(elsewhere)
    (temporary / "balas-tests-1").mkdir()
    scratch.remove_left()
    assert elsewhere.is_dir()
    assert {path.name for path in temporary.iterdir()} >= {"balas-index-file", "balas-index-link", "balas-tests-1"}


def test_many_are_removed_start_by_start(temporary: Path) -> None:
    for number in range(MOST_REMOVED + 3):
        (temporary / f"balas-index-{number}").mkdir()
    scratch.remove_left()
    assert len(list(temporary.iterdir())) == 3
    scratch.remove_left()
    assert list(temporary.iterdir()) == []


def test_nobody_loses_a_folder_that_is_made_while_others_remove(temporary: Path) -> None:
    """The moment between a folder and its lock is when others would take it for one that is left."""
    ended = threading.Event()

    def remove() -> None:
        while not ended.is_set():
            scratch.remove_left()

    removers = [threading.Thread(target=remove) for _ in range(2)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for remover in removers:
        remover.start()
    try:
        for _ in range(300):
            mine = Scratch("index")
            (mine.path / "words").write_text("")
            assert (mine.path / "words").exists()
            mine.close()
    finally:
        ended.set()
        sys.setswitchinterval(before)
        for remover in removers:
            remover.join()
    assert list(temporary.iterdir()) == []
