"""Measure shops of a few passages: `python -m evals.few_passages FOLDER`.

FOLDER holds sets as `evals.derived_sets` takes them. From each some forty shops of one to eight documents are picked,
half of them about one subject, with their questions and as many that other documents answer; each is asked as it is
and as two or three of its words. Printed: how many answerable questions are refused and how many others are caught,
by the number of passages.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from balas.knowledge.evaluation import AUDIENCE, Asked, Memory
from balas.rag.chain import THRESHOLD
from balas.rag.measuring.evaluation import EvaluationSet, Row, auroc
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.talk.smalltalk import smalltalk
from balas.rag.vectors.embedded_model import EmbeddedModel, default_cache_directory
from evals.derived_sets import Line, Lines, read, short
from evals.fit_answerability import tenth

SHOPS = 40
SIZES = (1, 2, 3, 4, 5, 6, 8)
STEPS = ((1, 2), (3, 4), (5, 6), (7, 11))  # passages
HALVES = ("looked at", "held out")

Asking = tuple[str, int, int, bool, float]  # kind, half, passages, has an answer, estimate


def shops(given: Lines, chance: random.Random) -> Iterator[EvaluationSet]:
    asked: dict[str, list[Line]] = defaultdict(list)
    for query in given.queries:
        asked[given.judged[query["_id"]]].append(query)
    documents = [document for document in given.corpus if document["_id"] in asked]
    for _ in range(SHOPS):
        size, title = chance.choice(SIZES), chance.choice(documents)["title"]
        chance.shuffle(documents)
        same = [document for document in documents if document["title"] == title][: max(1, size // 2)]
        kept = (same + [document for document in documents if document["title"] != title])[:size]
        present = {document["_id"] for document in kept}
        inside = [query for document in kept for query in asked[document["_id"]][:2]]
        outside = [query for query in given.queries if given.judged[query["_id"]] not in present]
        queries = inside + chance.sample(outside, len(inside))
        relevant = {query["_id"]: {given.judged[query["_id"]]: 1.0} for query in inside}
        yield EvaluationSet(tuple(map(_row, kept)), tuple(map(_row, queries)), relevant)


def _row(line: Line) -> Row:
    return Row(line["_id"], line["text"], line.get("title") or "", line.get("lang"))


def estimates(kind: str, given: Lines, model: EmbeddedModel, memory: Memory) -> Iterator[Asking]:
    for shop in shops(given, random.Random(5)):  # noqa: S311 (the same shops every time)
        with tempfile.TemporaryDirectory() as temporary:
            index = open_edge_index(Path(temporary), model=model.name, dimension=model.dimension)
            Asked(shop, index, model, memory).fill()
            retriever = Retriever(index, model)
            for query in shop.queries:
                if smalltalk(query.text) is None:
                    found = retriever.search(query.text, audiences=frozenset({AUDIENCE})).answerable
                    yield kind, tenth(query) % 2, index.count(), shop.is_answerable(query), found
            index.close()


def shortened(given: Lines) -> Lines:
    """Each question in two or three of its words, where it has as many that say something."""
    parts = [replace(given, queries=given.queries[at : at + 100]) for at in range(0, len(given.queries), 100)]
    chance = random.Random(7)  # noqa: S311 (as above)
    return replace(given, queries=[query for part in parts for query in short(part, chance).queries])


def main(folder: Path) -> None:
    model = EmbeddedModel()
    memory = Memory(model, lambda *_: None, default_cache_directory())
    found: list[Asking] = []
    for path in sorted(path for path in folder.iterdir() if (path / "qrels.jsonl").is_file()):
        given = read(path)
        for kind, lines in (("whole", given), ("short", shortened(given))):
            found += estimates(kind, lines, model, memory)
    for kind in ("whole", "short"):
        for number, name in enumerate(HALVES):
            for low, high in STEPS:
                of = [row for row in found if row[:2] == (kind, number) and low <= row[2] <= high]
                right, wrong = ([row[4] for row in of if row[3] is has] for has in (True, False))
                if not right or not wrong:
                    continue
                refused = sum(chance < THRESHOLD for chance in right) / len(right)
                caught = sum(chance < THRESHOLD for chance in wrong) / len(wrong)
                area = auroc(right, wrong) or 0.0
                print(
                    f"{kind}, {name}, {low} to {high} passages: {area:.3f}, {refused:.0%} / {caught:.0%} of {len(of)}"
                )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
