"""Measure follow-up questions: `python -m evals.follow_ups [--misses]`.

`follow_ups/` holds small documents in six languages and conversations over them. Each question is searched with its
history carried over, as chats are, and by its own words alone. A hit is a passage that holds the expected words.
Questions marked `fresh` change the subject: what was said before must not change what is found.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from balas.rag.embeddings import Embedder
from balas.rag.evidence import PASSAGES
from balas.rag.phrasings import search_phrasings
from balas.rag.question import Asked, Question, asked
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.values import Retrieval, Role, Utterance
from evals.sample_shop import add

FOLDER = Path(__file__).parent / "follow_ups"
AUDIENCES = frozenset({"public"})


@dataclass(frozen=True, slots=True)
class Case:
    language: str
    question: Question
    holds: str  # words of the passage that answers
    is_fresh: bool


def cases() -> list[Case]:
    found = []
    for line in (FOLDER / "conversations.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        history = [
            said
            for person, answer in row["before"]
            for said in (Utterance(Role.USER, person), Utterance(Role.ASSISTANT, answer))
        ]
        question = Question((row["ask"],), tuple(history), AUDIENCES, row["language"], row.get("quoted"))
        found.append(Case(row["language"], question, row["holds"], row.get("fresh", False)))
    return found


@contextmanager
def documents(embedder: Embedder, folder: Path = FOLDER) -> Iterator[Retriever]:
    """All documents in one index: those of other languages are in the way, as in life."""
    number = 0
    with tempfile.TemporaryDirectory() as temporary:
        index = open_edge_index(Path(temporary), model=embedder.name, dimension=embedder.dimension)
        for document_id, path in enumerate(sorted(folder.glob("*.md")), 1):
            number += add(index, embedder, path, document_id, number)
        try:
            yield Retriever(index, embedder)
        finally:
            index.close()


def rank(retriever: Retriever, one: Asked, case: Case) -> int | None:
    """Place of the expected passage, from 1."""

    def search(query: str) -> Retrieval:
        return retriever.search(query, limit=PASSAGES, audiences=AUDIENCES, language=case.language)

    found = search_phrasings(one, search, PASSAGES).passages
    return next((place for place, passage in enumerate(found, 1) if case.holds in passage.text), None)


def main(*, show_misses: bool) -> None:
    ranks: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    changed = 0
    with documents(EmbeddedModel()) as retriever:
        for case in cases():
            carried = asked(case.question, {case.language})[-1]
            own = case.question.lines[0]
            kind = "fresh" if case.is_fresh else "follow-up"
            placed = rank(retriever, carried, case)
            for group in (case.language, "all"):
                ranks[group, f"{kind}, carried"].append(placed)
                ranks[group, f"{kind}, own words"].append(rank(retriever, Asked(own, own), case))
            changed += case.is_fresh and carried.is_completed
            if show_misses and (placed != 1 or (case.is_fresh and carried.is_completed)):
                print(f"{case.language} {kind}, place {placed}: {own!r} searched as {carried.search!r}")
    print(f"{'':4}{'':22}{'number':>8}{'hit@1':>8}{'hit@4':>8}")
    for (group, kind), places in sorted(ranks.items(), key=lambda item: (item[0][0] == "all", item[0])):
        shares = [sum(place is not None and place <= depth for place in places) / len(places) for depth in (1, 4)]
        print(f"{group:4}{kind:22}{len(places):8}{shares[0]:8.3f}{shares[1]:8.3f}")
    print(f"fresh questions that were completed: {changed}")


if __name__ == "__main__":
    main(show_misses="--misses" in sys.argv[1:])
