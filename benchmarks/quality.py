"""Retrieval quality against the plain pipeline of the tutorials: chunks of 1,000 / 200, dense only, k = 4."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from balas.knowledge.evaluation import evaluate
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.settings import load_settings
from benchmarks.figures import Figure, Options, rounded
from benchmarks.texts import GOODS, PLACES, paragraph

DOCUMENTS = 60


def run(options: Options) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="balas-bench-") as temporary:
        folder = options.evaluation_set or Path(temporary)
        if options.evaluation_set is None:
            write_set(folder, int(options.pick(DOCUMENTS, 6)))
        embedder = EmbeddedModel(load_settings({}, env_file=None).model_cache_dir)
        found = evaluate(folder, embedder=embedder)
    name = options.evaluation_set.name if options.evaluation_set else "made up"
    for measure in ("ndcg_at_10", "answer_in_top_4", "abstention_auroc"):
        ours, plain = found.balas[measure], found.plain[measure]
        if ours is None or not plain:
            continue
        more = {"balas": rounded(ours), "plain": rounded(plain), "set": name, "queries": found.queries}
        yield Figure(f"quality_{measure}", "Balas / the plain pipeline, same embedder", [ours / plain], ">= 1", more)


def write_set(folder: Path, documents: int) -> None:
    """A price list, each document with one fact that no other has, and questions that people would type."""
    rng = random.Random(7)
    corpus, queries, judged = [], [], []
    for number in range(documents):
        good, place, code = rng.choice(GOODS), rng.choice(PLACES), f"KB-{number:03d}"
        fact = f"Kode {code}: {good} ukuran {number + 3} gram di gerai {place}, hubungi Ibu Sari nomor meja {number}."
        text = f"{paragraph(rng, 5)} {fact} {paragraph(rng, 5)}"
        corpus.append({"_id": f"d{number}", "title": f"Katalog {number}", "text": text, "lang": "id"})
        queries.append({"_id": f"q{number}", "text": f"{good} kode {code} ukuran berapa gram?", "lang": "id"})
        judged.append({"q": f"q{number}", "d": f"d{number}", "rel": 1})
    for number, text in enumerate(("siapa presiden pertama?", "cuaca besok di bulan", "resep rendang padang asli")):
        queries.append({"_id": f"u{number}", "text": text, "lang": "id"})
    for name, rows in (("corpus", corpus), ("queries", queries), ("qrels", judged)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
