"""The tables of docs/quality.md: `python -m evals.report FOLDER... [--write]`, FOLDERs holding one set a folder.

Three ways of searching, side by side on the bundled model: the plain pipeline (chunks of 1,000 characters with 200 of
overlap, dense), the reference (`4 cos + (words + characters) / 2` over the same chunks) and Balas. `--write` puts the
table into docs/quality.md between its marks.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from balas.knowledge.evaluation import PLAIN_CHARACTERS, PLAIN_OVERLAP, Memory, evaluate
from balas.rag.measuring.evaluation import EvaluationSet, Figures, read_set
from balas.rag.stores.frequencies import Frequencies
from balas.rag.vectors.embedded_model import EmbeddedModel, default_cache_directory
from balas.rag.words.language import detect
from balas.rag.words.lexical import (
    SparseVector,
    character_tokens,
    counted,
    length_in_words,
    term_frequencies,
    word_tokens,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"
BEGIN, END = "<!-- begin: evals.report -->", "<!-- end: evals.report -->"
REFERENCE_WEIGHT = 4.0
HEAD = "| set | plain | reference | **Balas** | refusing: plain | **Balas** |\n|---|---|---|---|---|---|"


class Leg:
    """BM25 as a share of the best a question could get, over all chunks."""

    def __init__(self, name: str, chunks: Iterable[SparseVector], frequencies: Frequencies) -> None:
        self._name, self._frequencies = name, frequencies
        self._chunks = [
            dict(zip(one.indices.tolist(), one.values.tolist(), strict=True))  # by token
            for one in chunks
        ]

    def shares(self, terms: Mapping[int, int]) -> Floats:
        weighed = self._frequencies.weights(self._name, dict(terms))
        if weighed is None:
            return np.zeros(len(self._chunks), np.float32)
        pairs = list(zip(weighed.indices.tolist(), weighed.values.tolist(), strict=True))
        return np.array([sum(w * chunk.get(t, 0.0) for t, w in pairs) for chunk in self._chunks], np.float32)


def reference(evaluated: EvaluationSet, model: EmbeddedModel, memory: Memory) -> dict[str, float | None]:
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: PLC0415 (LangChain takes a second)

    splitter = RecursiveCharacterTextSplitter(chunk_size=PLAIN_CHARACTERS, chunk_overlap=PLAIN_OVERLAP)
    chunks = [(row, text) for row in evaluated.documents for text in splitter.split_text(row.text)]
    owners = np.array([row.id for row, _ in chunks])
    languages = [row.language or detect(text) for row, text in chunks]
    said = list(zip((text for _, text in chunks), languages, strict=True))
    words = [term_frequencies(word_tokens(t, lang), length_in_words(t)) for t, lang in said]
    characters = [term_frequencies(character_tokens(t, lang), length_in_words(t)) for t, lang in said]
    frequencies = Frequencies()
    for language, one, other in zip(languages, words, characters, strict=True):
        frequencies.add(language, {"words": one.indices.tolist(), "characters": other.indices.tolist()})
    legs = Leg("words", words, frequencies), Leg("characters", characters, frequencies)
    vectors = memory.passages([text for _, text in chunks], "embed")
    usual = Counter(languages).most_common(1)[0][0]
    figures = Figures()
    asked = [query for query in evaluated.queries if evaluated.is_answerable(query)]
    for query, vector in zip(asked, model.embed_queries([query.text for query in asked]), strict=True):
        language = query.language or usual
        shares = legs[0].shares(counted(word_tokens(query.text, language)))
        shares = shares + legs[1].shares(counted(character_tokens(query.text, language)))
        scores = REFERENCE_WEIGHT * (vectors @ vector) + shares / 2
        ranking = dict.fromkeys(owners[np.argsort(-scores, kind="stable")].tolist())
        figures.add(list(ranking), evaluated.relevant[query.id])
    return figures.means()


def row_of(directory: Path, model: EmbeddedModel) -> tuple[str, list[float]]:
    """A line of the table and its figures: nDCG and top four of the three ways, AUROC of two."""
    cache = default_cache_directory()
    found = evaluate(directory, embedder=model, cache=cache)
    fused = reference(read_set(directory), model, Memory(model, lambda *_: None, cache))
    ways = [found.plain, fused, found.balas]
    figures = [way[name] or 0.0 for way in ways for name in ("ndcg_at_10", "answer_in_top_4")]
    figures += [way["abstention_auroc"] or 0.0 for way in (found.plain, found.balas)]
    return line_of(directory.name, figures), figures


def line_of(name: str, figures: list[float]) -> str:
    ways = [f"{figures[i]:.3f} / {figures[i + 1]:.3f}" for i in (0, 2, 4)]
    return f"| {' | '.join([name, *ways, *(f'{figure:.3f}' for figure in figures[6:])])} |"


def tables(folders: Iterable[Path]) -> str:
    model = EmbeddedModel()
    parts: list[str] = []
    for folder in folders:
        rows: list[list[float]] = []
        lines = [HEAD]
        for directory in sorted(path for path in folder.iterdir() if (path / "queries.jsonl").is_file()):
            line, figures = row_of(directory, model)
            print(line, flush=True)
            lines.append(line)
            rows.append(figures)
        lines.append(line_of("**mean**", np.mean(rows, axis=0).tolist()))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def main(arguments: list[str]) -> None:
    found = tables(Path(argument) for argument in arguments if argument != "--write")
    print(f"\n{found}")
    if "--write" in arguments:
        page = PAGE.read_text("utf-8")
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{found}\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
