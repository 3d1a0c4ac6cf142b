from __future__ import annotations

from pathlib import Path

import numpy as np

from balas.knowledge import kept_vectors
from balas.knowledge.evaluation import Memory
from balas.knowledge.kept_vectors import KeptVectors


class Counting:
    name = "test"
    dimension = 2

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_passages(self, texts: list[str]) -> np.ndarray:
        self.embedded += texts
        return np.array([[0.6, 0.8]] * len(texts), np.float32)

    embed_queries = embed_passages


def test_the_next_evaluation_embeds_what_is_new(tmp_path: Path) -> None:
    embedder = Counting()
    Memory(embedder, lambda *_: None, tmp_path).passages(["a", "b"], "embed")
    again = Memory(embedder, lambda *_: None, tmp_path).passages(["b", "c", "a"], "embed")
    assert sorted(embedder.embedded) == ["a", "b", "c"]
    assert np.allclose(again, [[0.6, 0.8]] * 3, atol=1e-3)


def test_another_models_vectors_are_not_taken(tmp_path: Path) -> None:
    KeptVectors(tmp_path, "one").write({"a": np.ones(2, np.float32)})
    assert KeptVectors(tmp_path, "two").read(["a"]) == {}


def test_a_full_file_starts_anew(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(kept_vectors, "KEPT", 1)
    kept = KeptVectors(tmp_path, "one")
    for text in "abc":
        kept.write({text: np.ones(2, np.float32)})
    assert kept.read(["a", "b", "c"]).keys() == {"c"}
