"""Ask organisations what people ask: `python -m evals.organisations [--off-topic] [NAME ...]`, to be read by a person.

`organisations/NAME`, `more_organisations/NAME` and `strangers/NAME` hold documents as such organisations have them
(sheets, letters, pages, notes) and what people type, with the fact that an answer must hold, or none where the
documents do not say it.
Each answer is printed beside it: whether it misleads, only a reader can tell. Everything was written before the first
answer was seen; each later folder was written after those before it had been read.

Of what is refused it is shown what the person may choose from instead, and what each choice is told. "Seems right" is
told by figures and words of the fact alone. `--off-topic` asks what no organisation's documents tell as well.
"""

# ruff: noqa: T201 (it prints its findings)
from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

from balas.choices import WhenUnknown
from balas.rag.chain import AnswerChain
from balas.rag.question import Question
from balas.rag.quoting.extractive import Extractor
from balas.rag.retriever import Retriever
from balas.rag.stores.edge_store import open_edge_index
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.values import PUBLIC, Answer, Role, Utterance
from balas.waha.formatting import to_whatsapp
from evals.sample_shop import add, told

FOLDERS = tuple(Path(__file__).parent / name for name in ("organisations", "more_organisations", "strangers"))
TALK = "small talk"  # the note of what asks for nothing
_GROUPING = str.maketrans("", "", ".,' ")
HELD = 0.6  # of the figures and words of a fact, from which a text seems to tell it
OFF_TOPIC = (
    "who is the president of France?", "siapa presiden Prancis?", "write me a poem about love", "what is 17 times 23",
    "how tall is Mount Everest", "siapa juara piala dunia 2022", "ceritakan lelucon dong", "bitcoin price today",
    "quien gano el mundial de 2018", "welche Hauptstadt hat Australien", "cuanto es 5 por 8", "столица Франции?",
    "qual a capital do Japão?", "quel est le sens de la vie", "какая погода завтра", "kemarin siapa yang menang bola",
    "give me a recipe for lasagna", "who won the election", "मौसम कैसा है", "ما هي عاصمة فرنسا", "ทีมชาติไทยแข่งวันไหน",
    "今日の天気は", "do you believe in god", "how do I fix a python import error",
)  # fmt: skip


def folders() -> dict[str, Path]:
    return {found.name: found for folder in FOLDERS for found in sorted(folder.iterdir()) if found.is_dir()}


def ask(name: str, model: EmbeddedModel, *, off_topic: bool) -> Counter[str]:
    counts, folder = Counter[str](), folders()[name]
    with tempfile.TemporaryDirectory() as temporary:
        index = open_edge_index(Path(temporary), model=model.name, dimension=model.dimension)
        number = 0
        for document_id, path in enumerate(sorted((folder / "docs").iterdir()), start=1):
            number += add(index, model, path, document_id, number)
        chain = AnswerChain(
            Retriever(index, model), None, extractor=Extractor(model), when_unknown=WhenUnknown.NEAR_AND_PERSON
        )
        print(f"\n# {name}: {number} passages")
        for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            kind = TALK if row.get("note") == TALK else "there" if row["expect"] else "not there"
            counts += asked(chain, row["question"], row["expect"], kind)
        for question in OFF_TOPIC if off_topic else ():
            counts += asked(chain, question, None, "off topic")
        index.close()
    return counts


def asked(chain: AnswerChain, question: str, expect: str | None, kind: str) -> Counter[str]:
    answer = told(chain, question)
    said = "refused" if answer.abstained else answer.text.replace("\n", "\n    ")
    print(f"\n{question}\n  wanted: {expect or (TALK if kind == TALK else 'a refusal')}\n  {said}")
    counts = Counter([f"{kind}, {'refused' if answer.abstained else 'answered'}"])
    near = answer.trace.get("near") or []
    if near:
        counts[f"{kind}, offered"] += 1
    seems_right = False
    for place, name in enumerate(near, start=1):
        picked = chosen(chain, question, answer, place)
        is_right = bool(expect) and seems_told(expect or "", f"{name}\n{picked.text}")
        seems_right |= is_right
        if picked.abstained:
            counts["lost"] += 1
        print(f"    {place}. {name}{' (seems right)' if is_right else ''}\n       {picked.text!r}")
    if seems_right:
        counts[f"{kind}, seems right among the offered"] += 1
    return counts


def chosen(chain: AnswerChain, question: str, answer: Answer, place: int) -> Answer:
    history = (Utterance(Role.USER, question), Utterance(Role.ASSISTANT, to_whatsapp(answer.text)))
    return chain.answer(Question((str(place),), history, audiences=frozenset({PUBLIC})))


def seems_told(fact: str, text: str) -> bool:
    said = text.casefold()
    parts = re.findall(r"\d[\d.,:]*\d|\d+|\w{4,}", fact.casefold())
    held = [part in said or part.translate(_GROUPING) in said.translate(_GROUPING) for part in parts]
    return sum(held) >= HELD * len(held) if held else fact.casefold() in said


def main(given: list[str]) -> None:
    model = EmbeddedModel()
    total = Counter[str]()
    names = [name for name in given if name != "--off-topic"]
    for name in names or folders():
        total += ask(name, model, off_topic="--off-topic" in given)
        print(f"\n{dict(sorted(total.items()))}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
