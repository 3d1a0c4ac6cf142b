"""One hybrid search over 100,000 passages in this process against an exact flat search of the vectors in numpy."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from balas.rag.index import IndexedDocument, PassageIndex, PreparedQuery, prepare_entry, prepare_query
from balas.rag.stores.edge_store import open_edge_index
from balas.values import Chunk
from benchmarks.figures import Figure, Options, Pairs, rounded
from benchmarks.texts import paragraph

DIMENSION = 384
TOPICS = 400
PASSAGES = 100_000
QUERIES = 40
A_DOCUMENT = 2_000
PUBLIC = frozenset({"public"})
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Corpus:
    vectors: Vectors
    texts: Sequence[str]
    queries: Sequence[PreparedQuery]


def run(options: Options) -> Iterator[Figure]:
    corpus = made_up(int(options.pick(PASSAGES, 300)), int(options.pick(QUERIES, 3)))
    with tempfile.TemporaryDirectory(prefix="balas-bench-") as temporary:
        index = filled(Path(temporary), corpus)
        try:
            timed, recall = compared(index, corpus)
        finally:
            index.close()
    more = {
        "passages": len(corpus.texts),
        "ms": rounded(median(timed.ours) * 1000),
        "flat_ms": rounded(median(timed.theirs) * 1000),
        "recall_at_10": rounded(recall),
    }
    of = "hybrid search (meaning, words, spelling) / exact flat search of the vectors in numpy"
    yield Figure("search", of, timed.ratios, "<= 2, recall@10 >= 0.98", more)


def made_up(passages: int, queries: int) -> Corpus:
    """Vectors that lie around topics, as those of real texts do; each query near a passage, in some of its words."""
    rng, words = np.random.default_rng(7), random.Random(7)
    centres = rng.standard_normal((TOPICS, DIMENSION), np.float32)
    noise = rng.standard_normal((passages, DIMENSION), np.float32)
    vectors = unit(centres[rng.integers(0, TOPICS, passages)] + 0.8 * noise)
    texts = [f"{paragraph(words, 3)} Nomor {number}." for number in range(passages)]
    prepared = []
    for chosen in rng.integers(0, passages, queries):
        vector = unit(vectors[chosen] + 0.02 * rng.standard_normal(DIMENSION, np.float32))
        said = texts[chosen].split()
        prepared.append(prepare_query(" ".join(words.sample(said, 7)), vector, ("id",)))
    return Corpus(vectors, texts, prepared)


def unit(vectors: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


def filled(folder: Path, corpus: Corpus) -> PassageIndex:
    index = open_edge_index(folder, model="multilingual-e5 of a benchmark", dimension=DIMENSION)
    for start in range(0, len(corpus.texts), A_DOCUMENT):
        entries = [
            prepare_entry(
                Chunk(number - start, corpus.texts[number]),
                IndexedDocument(start // A_DOCUMENT, 1, "Katalog", "public"),
                chunk_id=number,
                vector=corpus.vectors[number],
                language="id",
            )
            for number in range(start, min(start + A_DOCUMENT, len(corpus.texts)))
        ]
        index.replace_document(start // A_DOCUMENT, entries)
    index.version = 1
    return index


def compared(index: PassageIndex, corpus: Corpus) -> tuple[Pairs, float]:
    """Seconds of each search in turn, and how many of the true ten by meaning a search by meaning finds."""
    timed, shares = Pairs(), []
    for query in (*corpus.queries[:2], *corpus.queries):
        ours = seconds_of(lambda query=query: index.search(query, 10, 50, PUBLIC))  # type: ignore[misc]
        theirs = seconds_of(lambda query=query: nearest(corpus.vectors, query.vector))  # type: ignore[misc]
        timed.add(ours, theirs)
        meant = PreparedQuery(query.vector, (), {})
        found = {passage.chunk_id for passage in index.search(meant, 10, 50, PUBLIC)}
        shares.append(len(found & set(nearest(corpus.vectors, query.vector))) / min(10, len(corpus.texts)))
    del timed.ours[:2], timed.theirs[:2]
    return timed, sum(shares) / len(shares)


def nearest(vectors: Vectors, query: Vectors) -> list[int]:
    cosines = vectors @ query
    best = np.argpartition(-cosines, min(10, len(cosines) - 1))[:10]
    return [int(number) for number in best[np.argsort(-cosines[best])]]


def seconds_of(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
