"""Ask small shops: `python -m evals.small_shops [--misses]` (of the half that may be looked at).

`small_shops/first.toml` and `second.toml` hold shops of one to some twenty passages in ten languages, and what people
type to them: a word or two, mistyped, abbreviated, in another language, with a false premise, or about what the shop
does not say. The second half of the shops decided nothing.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from balas.rag.chain import AnswerChain
from balas.rag.quoting.extractive import Extractor
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.vectors.embedded_model import EmbeddedModel
from evals.sample_shop import HALVES, Probe, add, told

FOLDER = Path(__file__).parent / "small_shops"


@dataclass(frozen=True, slots=True)
class Shop:
    half: int  # of `HALVES`
    language: str
    documents: tuple[str, ...]
    probes: tuple[Probe, ...]

    @property
    def name(self) -> str:
        return " ".join(self.documents[0].split()[:4])


def shops() -> Iterator[Shop]:
    for half, name in enumerate(("first", "second")):
        for row in tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["shop"]:
            probes = tuple(Probe(text, half, tuple(holds)) for text, *holds in row["asked"])
            yield Shop(half, row["language"], tuple(row["documents"]), probes)


@contextmanager
def opened(shop: Shop, model: EmbeddedModel) -> Iterator[AnswerChain]:
    with tempfile.TemporaryDirectory() as temporary:
        index = open_edge_index(Path(temporary) / "index", model=model.name, dimension=model.dimension)
        number = 0
        for document_id, text in enumerate(shop.documents, start=1):
            path = Path(temporary) / f"{document_id}.md"
            path.write_text(text, "utf-8")
            number += add(index, model, path, document_id, number)
        yield AnswerChain(Retriever(index, model), None, extractor=Extractor(model))
        index.close()


def main(*, show_misses: bool) -> None:
    counts: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    model = EmbeddedModel()
    for shop in shops():
        with opened(shop, model) as chain:
            for probe in shop.probes:
                answer = told(chain, probe.text)
                right = probe.is_right(answer)
                kind = "answerable" if probe.holds else "not answerable"
                outcome = "right" if right else "refused" if answer.abstained else "wrong"
                counts[shop.half, kind][outcome] += 1
                if show_misses and not shop.half and not right:
                    found = [part["answerable"] for part in answer.trace["lines"]]
                    print(f"[{shop.name}] {probe.text} ({'/'.join(probe.holds)}) {found} -> {answer.text!r}")
    for (half, kind), count in sorted(counts.items()):
        print(f"{HALVES[half]}, {kind}: {dict(count)} of {count.total()}")


if __name__ == "__main__":
    main(show_misses="--misses" in sys.argv[1:])
