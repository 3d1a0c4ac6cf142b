"""Measure the check of written answers: `python -m evals.grounding [--misses]`.

`grounding/sentences.jsonl` holds questions over the documents of `follow_ups/`, each with true sentences in words of
their own and with false ones: a wrong number, weekday, time, unit, currency or name, figures paired with the wrong
thing, a turned negation, a wrong premise confirmed. The passages are the first 24 found.
The rules were made with the first set in view; `held_out.jsonl`, over documents of its own, was written afterwards.
`drafted.jsonl` and `unseen.jsonl` are what models get wrong over short documents, in thirteen and in eight languages;
their `polite` sentences say nothing by themselves and stand beside the first true one.
Printed: how many false sentences are caught, by kind, and how many true ones are dropped, by language.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from balas.rag.grounding import ground
from balas.rag.quoting.extractive import Extractor
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.vectors.remembered_vectors import RememberedVectors
from evals.follow_ups import AUDIENCES, documents
from evals.follow_ups import FOLDER as FOLLOW_UPS

PASSAGES = 24  # more than a model is shown: the check is measured here, not the search

FOLDER = Path(__file__).parent / "grounding"
SETS = {
    FOLDER / "sentences.jsonl": FOLLOW_UPS,
    FOLDER / "held_out.jsonl": FOLDER / "held_out",
    FOLDER / "entries.jsonl": FOLDER / "entries",
    FOLDER / "fresh.jsonl": FOLDER / "fresh",
    FOLDER / "drafted.jsonl": FOLDER / "drafted",
    FOLDER / "unseen.jsonl": FOLDER / "unseen",
}  # over which documents


@dataclass(frozen=True, slots=True)
class Judged:
    language: str
    kind: str  # "true", or what is wrong with the sentence
    sentence: str
    is_kept: bool
    problem: str | None


def judged(model: EmbeddedModel, sentences_file: Path, folder: Path) -> Iterator[Judged]:
    """Each sentence by itself, as the only one of a draft without citation marks."""
    extractor = Extractor(RememberedVectors(model))
    with documents(model, folder) as retriever:
        for line in sentences_file.read_text("utf-8").splitlines():
            row = json.loads(line)
            question, language = row["question"], row["language"]
            passages = retriever.search(question, limit=PASSAGES, audiences=AUDIENCES, language=language).passages
            alike, entries = extractor.alike(passages), extractor.alike_questions(passages)
            for kind, sentences in {"true": row["true"], **row["false"]}.items():
                for sentence in sentences:
                    grounded = ground(sentence, passages, question, language, alike, entries)
                    problem = next((check["problem"] for check in grounded.checks if check["problem"]), None)
                    yield Judged(language, kind, sentence, not grounded.is_withheld, problem)
            for sentence in row.get("polite", ()):  # says nothing by itself: it stands beside one that does
                grounded = ground(f"{row['true'][0]} {sentence}", passages, question, language, alike, entries)
                yield Judged(language, "true", sentence, sentence in grounded.text, "polite")


def main(*, show_misses: bool) -> None:
    model = EmbeddedModel()
    for sentences_file, folder in SETS.items():
        groups: dict[str, list[bool]] = defaultdict(list)
        print(sentences_file.name)
        for one in judged(model, sentences_file, folder):
            is_true = one.kind == "true"
            for group in ("all true" if is_true else "all false", f"true, {one.language}" if is_true else one.kind):
                groups[group].append(one.is_kept)
            if show_misses and one.is_kept is not is_true:
                print(f"{one.language} {one.kind}: {one.sentence} ({one.problem or 'kept'})")
        for group, kept in sorted(groups.items()):
            dropped = len(kept) - sum(kept)
            print(f"{group:16}{len(kept):6} sentences, {dropped / len(kept):6.1%} dropped")


if __name__ == "__main__":
    main(show_misses="--misses" in sys.argv[1:])
