from __future__ import annotations

import numpy as np

from balas.rag.vectors.remembered_vectors import RememberedVectors


class Counting:
    name = "counting"

    def __init__(self):
        self.embedded = []

    def embed_passages(self, texts):
        self.embedded += texts
        return np.array([[float(len(text))] for text in texts], np.float32)

    embed_queries = embed_passages


def test_a_text_is_embedded_once_and_rows_keep_their_order():
    inner = Counting()
    vectors = RememberedVectors(inner)
    assert vectors.embed_passages(["a", "bb", "a"]).ravel().tolist() == [1, 2, 1]
    assert vectors.embed_passages(["ccc", "bb"]).ravel().tolist() == [3, 2]
    assert inner.embedded == ["a", "bb", "ccc"]


def test_the_oldest_are_forgotten():
    inner = Counting()
    vectors = RememberedVectors(inner, sentences=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        vectors.embed_passages([text])
    assert inner.embedded == ["a", "bb", "ccc", "bb"]
