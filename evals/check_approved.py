"""How often an approved answer is given to a question that it was not written for. Prints a line a set.

usage: python evals/check_approved.py SETS_DIRECTORY

Of a set without paraphrases (xquad, faquad) every question stands in turn for an approved one: none of the others may
match it. Of a set with intents each training line is a phrasing: a question may match those of its intent alone. Sets
hold questions that are really the same, and intents that overlap: the matches are printed, so that one can look.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import numpy as np

from balas.rag.approved import Approvals, phrasing_of
from balas.rag.measuring.evaluation import read_set
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.rag.words.language import detect
from balas.values import ChunkKind, Passage

PAIRS = Path(__file__).parents[1] / "tests/unit/rag/curated_pairs.toml"
NEAREST = 5  # phrasings looked at for each question: the others are further away


def approved(number: int, question: str) -> Passage:
    text = f"{question}\nThe answer."
    return Passage(number, number, question, "", None, text, 0, 0.0, 0.0, 0.0, 0.0, ChunkKind.CURATED)


def check(name: str, asked: list[tuple[str, str]], phrasings: list[tuple[str, str]], model: EmbeddedModel) -> None:
    """Questions and phrasings with what they are about: the same is a right match."""
    approvals = Approvals(model)
    passages = [approved(number, phrasing) for number, (phrasing, _) in enumerate(phrasings)]
    near = model.embed_queries([text for text, _ in asked]) @ model.embed_queries([text for text, _ in phrasings]).T
    wrong = right = wanted = 0
    about = {about for _, about in phrasings}
    for row, (text, meant) in enumerate(asked):
        found = [int(place) for place in np.argsort(-near[row])[: NEAREST + 1] if phrasings[place][0] is not text]
        chosen = approvals.chosen(text, [passages[place] for place in found], detect(text, None))
        wanted += meant in about
        if chosen is not None:
            is_right = phrasings[chosen.chunk_id][1] == meant
            right, wrong = right + is_right, wrong + (not is_right)
            if not is_right:
                sys.stdout.write(f"  {text!r} got the answer to {phrasing_of(chosen)!r}\n")
    sys.stdout.write(f"{name}: wrong {wrong} of {len(asked)} ({wrong / len(asked):.2%}); right {right} of {wanted}\n")


def main(directory: Path) -> None:
    model = EmbeddedModel()
    pairs = tomllib.loads(PAIRS.read_text("utf-8"))["pair"]
    own = [(text, pair["asked"]) for pair in pairs for text in pair["same"]]
    other = [(text, f"not {pair['asked']}") for pair in pairs for text in pair["other"]]
    check("own", own + other, [(pair["asked"], pair["asked"]) for pair in pairs], model)
    for folder in sorted(path for path in directory.iterdir() if path.is_dir()):
        found = read_set(folder)
        asked = [(row.text, row.intent or row.id) for row in found.queries]
        intents = [(row.text, row.intent or "") for row in found.documents]
        check(folder.name, asked, intents if intents[0][1] else asked, model)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
