"""What an index in a directory keeps, drops and counts anew when it is opened again; who owns it; a killed writer."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from balas.errors import IndexUnavailable
from balas.rag.index import PreparedQuery
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.stores.hybrid_index import HybridIndex
from tests.unit.rag.unit_vectors import DIMENSION, PUBLIC, asked, plain_entries


def reopened(path: Path, model: str = "test", dimension: int = DIMENSION) -> HybridIndex:
    return open_edge_index(path / "index", model=model, dimension=dimension)


def test_frequencies_follow_what_is_there(tmp_path: Path) -> None:
    changed = reopened(tmp_path / "changed")
    for number in range(1, 20):
        changed.replace_document(number, plain_entries(number, 3, version=1))
    for number in range(1, 10):
        changed.replace_document(number, plain_entries(number, 2, version=2))
    changed.remove_document(19)
    fresh = reopened(tmp_path / "fresh")
    for number in range(1, 19):
        is_new = number < 10
        fresh.replace_document(number, plain_entries(number, 2 if is_new else 3, version=2 if is_new else 1))
    query = asked("edition2 document7 passage", seed=7001)
    wanted = scored(fresh, query)
    fresh.close()
    assert scored(changed, query) == wanted
    changed.flush()
    changed.close()
    loaded = reopened(tmp_path / "changed")
    assert scored(loaded, query) == wanted
    loaded.close()
    (tmp_path / "changed" / "index" / "frequencies.npz").unlink()
    counted = reopened(tmp_path / "changed")
    assert scored(counted, query) == wanted
    assert counted.languages() == ("en",)
    counted.close()


def test_a_full_disk_ends_a_change_and_not_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = reopened(tmp_path)
    index.replace_document(1, plain_entries(1, 2, version=1))
    free = shutil.disk_usage(tmp_path)._replace(free=15 << 20)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: free)
        for change in (
            lambda: index.replace_document(2, plain_entries(2, 1, version=1)),
            lambda: index.remove_document(1),
        ):
            with pytest.raises(IndexUnavailable, match="needs 16 MiB, 15 are free"):
                change()
        assert len(scored(index, asked("document1 passage", seed=1))) == 2
        with pytest.raises(IndexUnavailable, match="needs 16 MiB"):
            reopened(tmp_path / "another")
    index.replace_document(2, plain_entries(2, 1, version=1))
    assert len(scored(index, asked("document1 passage", seed=1))) == 3
    index.close()


def scored(index: HybridIndex, query: PreparedQuery) -> list[tuple[int, float]]:
    return [(passage.chunk_id, round(passage.score, 5)) for passage in index.search(query, 50, 50, PUBLIC)]


def test_version_outlives_the_process_and_clearing_forgets_it(tmp_path: Path) -> None:
    index = reopened(tmp_path)
    assert index.version == 0
    index.replace_document(1, plain_entries(1, 2, version=1))
    index.version = 42
    index.close()
    index = reopened(tmp_path)
    assert (index.version, index.count()) == (42, 2)
    index.clear()
    assert (index.version, index.count()) == (0, 0)
    index.replace_document(2, plain_entries(2, 1, version=1))
    assert index.count() == 1
    index.close()


@pytest.mark.parametrize(("model", "dimension"), [("other", DIMENSION), ("test", DIMENSION + 8)])
def test_vectors_of_another_model_are_dropped(tmp_path: Path, model: str, dimension: int) -> None:
    index = reopened(tmp_path)
    index.replace_document(1, plain_entries(1, 2, version=1))
    index.version = 42
    index.close()
    index = reopened(tmp_path, model, dimension)
    assert (index.version, index.count()) == (0, 0)
    index.close()


def test_a_damaged_index_starts_again_from_nothing(tmp_path: Path) -> None:
    index = reopened(tmp_path)
    index.replace_document(1, plain_entries(1, 2, version=1))
    index.version = 42
    index.close()
    (tmp_path / "index" / "shard" / "edge_config.json").write_text("{")
    for file in (tmp_path / "index" / "shard" / "segments").rglob("*.json"):
        file.write_text("{")
    index = reopened(tmp_path)
    assert (index.version, index.count()) == (0, 0)
    index.replace_document(1, plain_entries(1, 2, version=1))
    assert index.count() == 2
    index.close()


def test_a_directory_has_one_owner(tmp_path: Path) -> None:
    index = reopened(tmp_path)
    program = (
        "from pathlib import Path; from balas.rag.stores.edge_store import open_edge_index; "
        f"open_edge_index(Path({str(tmp_path / 'index')!r}), model='test', dimension={DIMENSION})"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "in use by another process" in other.stderr
    index.close()
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.chaos
def test_a_killed_writer_loses_nothing_it_had_said(tmp_path: Path) -> None:
    for _ in range(2):
        said, version = write_until_killed(tmp_path / "index")
        index = reopened(tmp_path)
        assert index.version >= version
        found = index.search(asked("edition1"), 10_000, 10_000, PUBLIC)
        by_document = Counter(passage.document_id for passage in found)
        for number in range(1, said + 1):
            assert by_document[number] == number % 7 + 1
        assert index.count() == len(found)
        index.replace_document(said, plain_entries(said, 1, version=2))
        index.replace_document(said, plain_entries(said, said % 7 + 1, version=1))
        index.close()


def write_until_killed(directory: Path) -> tuple[int, int]:
    """The last document and the last version that it had said were in."""
    command = [sys.executable, "-m", "tests.unit.rag.stores.killed_writer", str(directory)]
    said, version = 0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if line.startswith("v"):
                version = int(line[1:])
            else:
                said = int(line)
            if said == 45:
                writer.send_signal(signal.SIGKILL)
    return said, version
