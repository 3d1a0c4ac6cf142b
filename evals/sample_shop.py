"""Ask the sample shop: `python -m evals.sample_shop [--misses]` (of the half that may be looked at).

`sample_shop/probes.jsonl` holds short questions in eight languages, some mistyped, to the documents of
`balas/samples`, which are in Indonesian and a little English; half of the questions cannot be answered from them.
`holds` are spellings of which a good answer holds one. They were written before the estimate was last looked at; it
was changed looking at half 0 alone.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from balas.knowledge.chunker import chunk
from balas.knowledge.files import sniff
from balas.knowledge.parser import parse
from balas.rag.chain import AnswerChain
from balas.rag.embeddings import Embedder
from balas.rag.index import IndexedDocument, PassageIndex, embedded_text, prepare_entry
from balas.rag.question import Question
from balas.rag.quoting.extractive import Extractor
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words.language import detect
from balas.samples import sample_files
from balas.values import PUBLIC, Answer

PROBES = Path(__file__).parent / "sample_shop" / "probes.jsonl"
HALVES = ("looked at", "held out")


@dataclass(frozen=True, slots=True)
class Probe:
    text: str
    half: int  # of `HALVES`
    holds: tuple[str, ...]  # () where the documents do not say it

    def is_right(self, answer: Answer) -> bool:
        if not self.holds:
            return answer.abstained
        return not answer.abstained and any(spelling in answer.text for spelling in self.holds)


def probes() -> list[Probe]:
    rows = [json.loads(line) for line in PROBES.read_text("utf-8").splitlines()]
    return [Probe(row["text"], row["half"], tuple(row["holds"])) for row in rows]


@contextmanager
def sample_shop(model: EmbeddedModel) -> Iterator[AnswerChain]:
    """What answers over the samples without a model's key."""
    with tempfile.TemporaryDirectory() as temporary:
        index = open_edge_index(Path(temporary), model=model.name, dimension=model.dimension)
        number = 0
        for document_id, path in enumerate(sample_files(), start=1):
            number += add(index, model, path, document_id, number)
        yield AnswerChain(Retriever(index, model), None, extractor=Extractor(model))
        index.close()


def add(index: PassageIndex, model: Embedder, path: Path, document_id: int, number: int) -> int:
    """Put a file's passages in, counted from `number`; how many they are."""
    content = path.read_bytes()
    document = parse(path.name, content, sniff(path.name, content))
    pieces = chunk(document)
    vectors = model.embed_passages([embedded_text(piece.heading, piece.text) for piece in pieces])
    indexed = IndexedDocument(document_id, 1, document.title, PUBLIC)
    entries = [
        prepare_entry(piece, indexed, chunk_id=number + place, vector=vector, language=detect(piece.text))
        for place, (piece, vector) in enumerate(zip(pieces, vectors, strict=True), start=1)
    ]
    index.replace_document(document_id, entries)
    return len(entries)


def told(chain: AnswerChain, text: str) -> Answer:
    return chain.answer(Question((text,), audiences=frozenset({"public"})))


def main(*, show_misses: bool) -> None:
    right: dict[tuple[int, bool], list[bool]] = {}
    with sample_shop(EmbeddedModel()) as chain:
        for probe in probes():
            answer = told(chain, probe.text)
            right.setdefault((probe.half, bool(probe.holds)), []).append(probe.is_right(answer))
            if show_misses and not probe.half and not right[probe.half, bool(probe.holds)][-1]:
                print(f"{HALVES[probe.half]}: {probe.text} -> {answer.text!r}")
    for (half, has_answer), found in sorted(right.items()):
        kind = "answered rightly" if has_answer else "refused"
        print(f"{HALVES[half]}, {kind}: {sum(found)} of {len(found)}")


if __name__ == "__main__":
    main(show_misses="--misses" in sys.argv[1:])
