"""Make `balas/rag/vectors/e5_means.npy`, what `centre` and `readings` take away: `python -m evals.fit_centre`.

The means are of our own fixed lines, in all languages they are written in, each language the same: no set of
questions has a part in them. Every set is so one that they were not made on.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np

from balas.rag.vectors.centre import MEANS
from balas.rag.vectors.embedded_model import EmbeddedModel


def main() -> None:
    model = EmbeddedModel()
    spoken = tomllib.loads(files("balas.rag.talk").joinpath("phrases.toml").read_text(encoding="utf-8"))
    passages, questions, said, asked = [], [], [], []
    for lines in spoken.values():
        texts = [line for line in lines.values() if isinstance(line, str)]
        passages.append(model.embed_passages(texts).mean(axis=0))
        questions.append(model.embed_searches(texts).mean(axis=0))
        said.append(np.concatenate([one.pieces for one in model.read_passages(texts)]).mean(axis=0, dtype=np.float32))
        asked.append(np.concatenate([one.pieces for one in model.read_queries(texts)]).mean(axis=0, dtype=np.float32))
    kinds = (passages, questions, said, asked)
    means = np.stack([np.mean(kind, axis=0) for kind in kinds]).astype(np.float32)
    np.save(Path(__file__).parents[1] / "balas" / "rag" / "vectors" / MEANS, means)


if __name__ == "__main__":
    main()
