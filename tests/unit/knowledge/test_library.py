from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import func, select

from balas.database.clock import now
from balas.database.engine import Database
from balas.database.session import reading, transaction
from balas.models import Document, DocumentChunk, KnowledgeState, Vector
from balas.rag.embeddings import Embedder
from tests.unit.knowledge.desk import Desk

EVERYTHING = 200


def story(word: str, parts: int = 24) -> str:
    """A document whose every passage says the word."""
    return "\n\n".join(
        f"# Part {n}\n\nThe {word} says in part {n} that all is {word}. " + "So it is. " * 9 for n in range(parts)
    )


def words_found(desk: Desk, *words: str) -> dict[str, int]:
    found = desk.found("what does it say in the parts", limit=EVERYTHING)
    return {word: hits for word in words if (hits := sum(word in text for text in found))}


@pytest.fixture
def neighbour(database: Database, tmp_path: Path, embedder: Embedder) -> Iterator[Desk]:
    """Another process on the same database: its own connections, its own index."""
    other = Database(database.url.render_as_string(hide_password=False), 5)
    desk = Desk(other, tmp_path / "neighbour", lambda: embedder)
    yield desk
    desk.close()
    other.close()


def test_processes_follow_each_other_within_one_search(desk: Desk, neighbour: Desk) -> None:
    assert neighbour.found("opening hours") == []
    document_id = desk.add("a.txt", "Open from nine to five.")
    assert neighbour.found("opening hours") == ["Open from nine to five."]
    neighbour.add("a.txt", "Open from ten to six.")
    assert desk.found("opening hours") == ["Open from ten to six."]
    neighbour.delete(document_id)
    assert desk.found("opening hours") == []
    assert neighbour.found("opening hours") == []


def test_a_search_finds_only_what_its_audiences_may_know(desk: Desk) -> None:
    desk.add("public.txt", "Open from nine to five.")
    desk.add("staff.txt", "The key is open to staff from nine.", audience="staff")
    assert desk.found("open from nine") == ["Open from nine to five."]
    assert len(desk.found("open from nine", frozenset({"public", "staff"}))) == 2
    desk.add("public.txt", "Open from nine to five.", audience="staff")
    assert desk.found("open from nine") == []


def test_replacements_are_seen_whole_or_not_at_all(desk: Desk, neighbour: Desk) -> None:
    """Two searchers in each of two processes: while one brings the index up to date, the other is in mid-search."""
    parts, versions = 8, 10
    words = [f"word{n}x" for n in range(versions)]
    desk.add("a.md", story(words[0], parts))
    seen: set[str] = set()
    wrong: list[dict[str, int]] = []
    done = threading.Event()

    def look(at: Desk) -> None:
        while True:
            finished = done.is_set()
            found = words_found(at, *words)
            if list(found.values()) != [parts]:
                wrong.append(found)
            seen.update(found)
            if finished:
                return

    lookers = [threading.Thread(target=look, args=(at,)) for at in (desk, neighbour) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for word in words[1:]:
        desk.add("a.md", story(word, parts))
    done.set()
    for looker in lookers:
        looker.join()
    assert wrong == []
    assert len(seen) > versions // 2
    assert words_found(desk, *words) == words_found(neighbour, *words) == {words[-1]: parts}


def test_a_restart_takes_the_index_up_where_it_was(
    database: Database, tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Desk(database, tmp_path, lambda: embedder)
    first.add("a.txt", "Open from nine to five.")
    assert len(first.found("hours")) == 1
    first.close()
    monkeypatch.setattr("balas.knowledge.follower._entries", lambda *_: pytest.fail("nothing had changed"))
    second = Desk(database, tmp_path, lambda: embedder)
    assert len(second.found("hours")) == 1
    second.close()


def test_an_index_of_another_database_is_not_taken_for_ours(
    database: Database, tmp_path: Path, embedder: Embedder
) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.sqlite3")
    from balas.models import Base

    Base.metadata.create_all(other.writer)
    foreign = Desk(other, tmp_path, lambda: embedder)
    foreign.add("a.txt", "Somebody else's secret.")
    assert foreign.found("secret") == ["Somebody else's secret."]
    foreign.close()
    other.close()
    ours = Desk(database, tmp_path, lambda: embedder)
    ours.add("b.txt", "Open from nine to five.")
    assert ours.found("secret") == ["Open from nine to five."]
    ours.close()


def test_a_database_restored_from_a_backup_is_indexed_anew(desk: Desk) -> None:
    desk.add("a.txt", "Open from nine to five.")
    lost = desk.add("b.txt", "Parking is free.")
    assert len(desk.found("anything")) == 2
    with transaction(desk.database) as session:
        session.execute(DocumentChunk.__table__.delete().where(DocumentChunk.document_id == lost))
        row = session.get_one(Document, lost)
        row.live_version, row.knowledge_version = None, 0
        session.get_one(KnowledgeState, 1).version = 1
    assert desk.found("anything") == ["Open from nine to five."]


def test_another_model_embeds_what_it_lacks(desk: Desk, database: Database, tmp_path: Path, embedder: Embedder) -> None:
    class Renamed:
        name = "another-model"
        dimension = embedder.dimension
        embed_queries = staticmethod(embedder.embed_queries)
        embed_passages = staticmethod(embedder.embed_passages)

    desk.add("a.md", story("walrus"))
    other = Desk(database, tmp_path / "other", Renamed)
    assert words_found(other, "walrus") == {"walrus": 24}
    other.close()
    with reading(database) as session:
        counts = session.execute(select(Vector.model, func.count()).group_by(Vector.model))
        assert dict(counts.all()) == {embedder.name: 24, "another-model": 24}


def test_a_rebuilt_index_holds_every_passage(desk: Desk) -> None:
    desk.add("a.md", story("walrus"))
    desk.add("b.txt", "Parking is free.")
    steps: list[tuple[int, int]] = []
    desk.library.reindex(lambda done, total: steps.append((done, total)))
    assert steps[-1] == (2, 2)
    assert words_found(desk, "walrus") == {"walrus": 24}
    status = desk.library.status()
    assert (status.documents["indexed"], status.passages, status.version) == (2, 25, status.index_version)


def test_nothing_is_searched_inside_a_transaction(desk: Desk) -> None:
    with transaction(desk.database), pytest.raises(RuntimeError, match="inside a database transaction"):
        desk.found("anything")


def test_opened_once_by_many_threads(database: Database, tmp_path: Path, embedder: Embedder) -> None:
    opened: list[None] = []

    def open_model() -> Embedder:
        opened.append(None)
        return embedder

    desk = Desk(database, tmp_path, open_model)
    threads = [threading.Thread(target=desk.found, args=("anything",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    desk.close()


@pytest.mark.chaos
def test_killed_anywhere_it_is_old_or_new(sqlite: Database, tmp_path: Path, embedder: Embedder) -> None:
    """Before each of its commits in turn, the process that indexes is killed; the next one finishes its work."""
    desk = Desk(sqlite, tmp_path, lambda: embedder)
    document_id = desk.add("a.md", story("word0x", 34))
    survived = False
    for kill_at in range(1, 30):
        old, new = f"word{kill_at - 1}x", f"word{kill_at}x"
        desk.hand_in("a.md", story(new, 34))
        survived = _index_in_child(sqlite, document_id, kill_at)
        found = words_found(desk, old, new)
        assert found == ({new: 34} if survived else {old: 34}), kill_at
        if survived:
            break
        with transaction(sqlite) as session:  # the lease of the dead runs out
            session.get_one(Document, document_id).lease_until = now(session) - timedelta(seconds=1)
        desk.index(document_id)
        assert words_found(desk, old, new) == {new: 34}, kill_at
        with reading(sqlite) as session:
            assert session.scalar(select(func.count()).select_from(DocumentChunk)) == 2 * 34, kill_at  # and before
    assert survived
    assert kill_at >= 6, "claim, passages, two or more batches of vectors, progress, publish"
    desk.close()


def _index_in_child(database: Database, document_id: int, kill_at: int) -> bool:
    command = [sys.executable, "-m", "tests.unit.knowledge.killed_indexing"]
    arguments = [database.url.render_as_string(hide_password=False), str(document_id), str(kill_at)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    child = subprocess.run([*command, *arguments], env=environment, check=False, timeout=60)
    assert child.returncode in {0, -signal.SIGKILL}
    return child.returncode == 0


class Sized:
    """A server's model whose vectors have as many numbers as it is set to."""

    name = "openai:nomic"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.ones((len(texts), self.dimension), np.float32)
        vectors[:, 0] += [len(text) for text in texts]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    embed_passages = embed_queries


def test_a_model_that_changed_its_vectors_embeds_everything_anew(database: Database, tmp_path: Path) -> None:
    """Another server behind the same name: what the former one made fits no index any more."""
    for dimension in (8, 12, 8):
        desk = Desk(database, tmp_path, lambda dimension=dimension: Sized(dimension))  # type: ignore[misc]
        desk.add("a.txt", "Open from nine to five.")
        assert desk.found("hours") == ["Open from nine to five."]
        desk.close()
