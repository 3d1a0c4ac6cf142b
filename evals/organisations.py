"""Ask organisations what people ask: `python -m evals.organisations [NAME ...]`, to be read by a person.

`organisations/NAME`, `more_organisations/NAME` and `strangers/NAME` hold documents as such organisations have them
(sheets, letters, pages, notes) and what people type, with the fact that an answer must hold, or none where the
documents do not say it.
Each answer is printed beside it: whether it misleads, only a reader can tell. Everything was written before the first
answer was seen; each later folder was written after those before it had been read.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from balas.rag.chain import AnswerChain
from balas.rag.quoting.extractive import Extractor
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.vectors.embedded_model import EmbeddedModel
from evals.sample_shop import add, told

FOLDERS = tuple(Path(__file__).parent / name for name in ("organisations", "more_organisations", "strangers"))
TALK = "small talk"  # the note of what asks for nothing


def folders() -> dict[str, Path]:
    return {found.name: found for folder in FOLDERS for found in sorted(folder.iterdir()) if found.is_dir()}


def ask(name: str, model: EmbeddedModel) -> Counter[str]:
    counts, folder = Counter[str](), folders()[name]
    with tempfile.TemporaryDirectory() as temporary:
        index = open_edge_index(Path(temporary), model=model.name, dimension=model.dimension)
        number = 0
        for document_id, path in enumerate(sorted((folder / "docs").iterdir()), start=1):
            number += add(index, model, path, document_id, number)
        chain = AnswerChain(Retriever(index, model), None, extractor=Extractor(model))
        print(f"\n# {name}: {number} passages")
        for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            answer = told(chain, row["question"])
            said = "refused" if answer.abstained else answer.text.replace("\n", "\n    ")
            kind = TALK if row.get("note") == TALK else "there" if row["expect"] else "not there"
            wanted = row["expect"] or (TALK if kind == TALK else "a refusal")
            print(f"\n{row['question']}\n  wanted: {wanted}\n  {said}")
            counts[f"{kind}, {'refused' if answer.abstained else 'answered'}"] += 1
        index.close()
    return counts


def main(names: list[str]) -> None:
    model = EmbeddedModel()
    total = Counter[str]()
    for name in names or folders():
        total += ask(name, model)
    print(f"\n{dict(total)}")


if __name__ == "__main__":
    main(sys.argv[1:])
