"""More sets out of those at hand: `python -m evals.derived_sets FOLDER OUT` (FOLDER and OUT hold one set a folder).

What the given sets lack: short questions, typing errors, questions in another language than the documents (where sets
are parallel by `par`), documents in two languages, small shops most of whose questions are out of scope, documents of
one sentence, long documents. Nothing is written new: words are left out, letters changed, documents picked or joined.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

from balas.rag.words import cues
from balas.rag.words.sentences import split_sentences

Line = dict[str, Any]

MOST_QUESTIONS = 150
SHOP_DOCUMENTS = 16
LONG_CHARACTERS = 20_000
SHORTEST_SENTENCE = 25
LONG_WORD = 4
EDITS: list[Callable[[str, int], str]] = [
    lambda word, at: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    lambda word, at: word[:at] + word[at + 1 :],
    lambda word, at: word[: at + 1] + word[at:],
]


@dataclass(frozen=True, slots=True)
class Lines:
    """A set as its files hold it. `judged`: question id to document id."""

    name: str
    corpus: Sequence[Line]
    queries: Sequence[Line]
    judged: dict[str, str]

    def written(self, folder: Path) -> None:
        target = folder / self.name
        target.mkdir(parents=True, exist_ok=True)
        present = {document["_id"] for document in self.corpus}
        qrels = [{"q": q, "d": d, "rel": 1} for q, d in self.judged.items() if d in present]
        for file, rows in (("corpus", self.corpus), ("queries", self.queries), ("qrels", qrels)):
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (target / f"{file}.jsonl").write_text(lines, "utf-8")


def read(directory: Path) -> Lines:
    def rows(name: str) -> list[Line]:
        text = (directory / f"{name}.jsonl").read_text("utf-8-sig")
        return [json.loads(line) for line in text.split("\n") if line.strip()]

    return Lines(directory.name, rows("corpus"), rows("queries"), {row["q"]: row["d"] for row in rows("qrels")})


def fewer(given: Lines) -> list[Line]:
    step = max(1, len(given.queries) // MOST_QUESTIONS)
    return list(given.queries[::step])[:MOST_QUESTIONS]


def short(given: Lines, chance: random.Random) -> Lines:
    """Two or three of a question's words, in order, without those that carry no subject."""
    queries = []
    for query in fewer(given):
        words = [word for word in cues.without(query["text"], "hollow") if word not in cues.entries("ask")]
        if len(words) > 1:
            kept = sorted(chance.sample(range(len(words)), min(len(words), chance.choice([2, 3]))))
            queries.append(query | {"text": " ".join(words[place] for place in kept)})
    return replace(given, name=f"short_{given.name}", queries=queries)


def mistyped(given: Lines, chance: random.Random) -> Lines:
    """Letters swapped, left out or doubled in every third longer word."""

    def typed(text: str) -> str:
        words = text.lower().rstrip("?").split(" ")
        longer = [place for place, word in enumerate(words) if len(word) > LONG_WORD]
        for place in chance.sample(longer, (len(longer) + 2) // 3):
            words[place] = chance.choice(EDITS)(words[place], chance.randrange(1, len(words[place]) - 1))
        return " ".join(words)

    queries = [query | {"text": typed(query["text"])} for query in fewer(given)]
    return replace(given, name=f"typos_{given.name}", queries=queries)


def sentences(given: Lines) -> Lines:
    """Each sentence of the first documents a document; questions whose answer stands in one of them alone."""
    corpus: list[Line] = []
    of: dict[str, list[Line]] = {}
    for document in given.corpus[:110]:
        for number, text in enumerate(split_sentences(document["text"])):
            if len(text) > SHORTEST_SENTENCE:
                row = document | {"_id": f"{document['_id']}-{number}", "text": text}
                corpus.append(row)
                of.setdefault(document["_id"], []).append(row)
    judged = {}
    for query in given.queries:
        answers = query.get("answers") or ["\0"]
        holding = [row for row in of.get(given.judged[query["_id"]], []) if answers[0] in row["text"]]
        if len(holding) == 1:
            judged[query["_id"]] = holding[0]["_id"]
    queries = [query for query in given.queries if query["_id"] in judged][:MOST_QUESTIONS]
    return Lines(f"sentences_{given.name}", corpus, queries, judged)


def shop(given: Lines, chance: random.Random) -> Lines:
    """A few documents with all their questions, and as many that other documents answer."""
    titles = sorted({document["title"] for document in given.corpus})
    chance.shuffle(titles)
    kept: list[Line] = []
    while len(kept) < SHOP_DOCUMENTS:
        title = titles.pop()
        kept += [document for document in given.corpus if document["title"] == title][:6]
    present = {document["_id"] for document in kept}
    inside = [query for query in given.queries if given.judged[query["_id"]] in present]
    outside = [query for query in given.queries if given.judged[query["_id"]] not in present]
    return Lines(f"shop_{given.name}", kept, inside + chance.sample(outside, len(inside)), given.judged)


def long(given: Lines) -> Lines:
    """Documents of one subject after another joined until they are long."""
    corpus: list[Line] = []
    judged: dict[str, str] = {}
    place: dict[str, str] = {}
    for document in sorted(given.corpus, key=lambda row: str(row["title"])):
        if not corpus or len(corpus[-1]["text"]) > LONG_CHARACTERS:
            title = f"Document {len(corpus) + 1}"
            corpus.append({"_id": f"long-{len(corpus)}", "lang": document["lang"], "title": title, "text": ""})
        corpus[-1]["text"] += document["text"] + "\n\n"
        place[document["_id"]] = corpus[-1]["_id"]
    for query in given.queries:
        judged[query["_id"]] = place[given.judged[query["_id"]]]
    return Lines(f"long_{given.name}", corpus, fewer(given), judged)


def crossed(asked: Lines, answering: Lines) -> Lines:
    """One language's questions over another's documents."""
    by_par = {row["par"]: row["_id"] for row in answering.corpus if "par" in row}
    queries = [query for query in fewer(asked) if query.get("par") in by_par]
    judged = {query["_id"]: by_par[query["par"]] for query in queries}
    return Lines(f"cross_{asked.name}_{answering.name}", answering.corpus, queries, judged)


def mixed(asked: Lines, other: Lines, chance: random.Random) -> Lines:
    """Half of the documents in the questions' language, the other half in another."""
    own, foreign = ({row["par"]: row for row in lines.corpus if "par" in row} for lines in (asked, other))
    pars = sorted(own.keys() & foreign.keys())
    chance.shuffle(pars)
    picked = {par: (own if number % 2 else foreign)[par] for number, par in enumerate(pars)}
    queries = [query for query in fewer(asked) if query.get("par") in picked]
    judged = {query["_id"]: picked[query["par"]]["_id"] for query in queries}
    return Lines(f"mixed_{asked.name}_{other.name}", list(picked.values()), queries, judged)


def derived(given: Iterable[Lines]) -> Iterator[Lines]:
    chance = random.Random(7)  # noqa: S311 (the same sets every time)
    sets = sorted(given, key=lambda lines: lines.name)
    for lines in sets:
        yield from (short(lines, chance), mistyped(lines, chance), sentences(lines), shop(lines, chance), long(lines))
    parallel = [lines for lines in sets if any("par" in row for row in lines.corpus)]
    for number, (asked, answering) in enumerate(permutations(parallel, 2)):
        if number % 2 == 0:
            yield crossed(asked, answering)
    for asked, other in pairwise([*parallel, *parallel[:1]]):
        yield mixed(asked, other, chance)
        if len(parallel) > 1:
            small = replace(crossed(asked, other), name=f"{asked.name}_{other.name}")
            yield shop(small, chance)


def main(folder: Path, out: Path) -> None:
    given = [read(path) for path in sorted(folder.iterdir()) if (path / "qrels.jsonl").is_file()]
    for lines in derived(given):
        lines.written(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
