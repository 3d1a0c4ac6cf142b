"""What a question that is not answered comes near to: things that the documents tell, by names that people can read.

An entry is named by its own question, a section by its heading or, where it has none, by its document's title, and
rows of a table by what they are of and what they tell of it. What has no readable name is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import inf

from balas.rag.embeddings import spread
from balas.rag.index import dense_weight
from balas.rag.quoting.quotes import Quote, quotes
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import cues
from balas.values import ChunkKind, Passage, Retrieval

MOST = 3
LOOKED_AT = 5  # passages
COMPARED = 600  # characters
# How near a thing is: the cosine of its text with the question, by the bundled model, and how well it was found.
FOUND_WEIGHT = 0.1
NEAREST = 0.86  # from which one of them is worth an offer: see docs/quality.md
NEAR = 0.84  # of what is offered beside it
SAME = 0.95  # cosine of two names for one thing
LONGEST_NAME = 80  # characters; a longer one is no name, and half of it none either
FEWEST_LETTERS = 3
COLUMNS = 2  # named beside what a row is of
_ENTRIES = frozenset({ChunkKind.FAQ, ChunkKind.CURATED})
_NUMBER = re.compile(r"^\W*(?:§\s*\d{1,3}\.?\s+|(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,4})[.):]\s+)", re.IGNORECASE)
_CODE = re.compile(r"(?=\S*\d)[\w./-]+|[A-Z0-9./-]{2,}")  # as in a list's first column
_FILE = re.compile(r"_|\.(?:md|txt|csv|pdf|docx?|xlsx?|html?|od[tsp]|pptx?|jsonl?)\b|https?://|www\.|@", re.IGNORECASE)
_MARKUP = str.maketrans("", "", "*~`_#|<>\u200b")
_ENDS = " \t.:;,–—-•"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that a passage tells. `quotes` are the rows of that name; of entries and sections all there is."""

    name: str
    passage: Passage
    quotes: tuple[Quote, ...]

    @property
    def is_row(self) -> bool:
        return self.passage.kind not in _ENTRIES and self.quotes[0].is_row

    @property
    def told(self) -> str:
        """As it is compared with a question."""
        said = " ".join(quote.text for quote in self.quotes)
        return f"{self.name}: {said}"[:COMPARED]

    @property
    def key(self) -> str:
        return key_of(self.name)


def key_of(name: str) -> str:
    """Equal for spellings of one name."""
    return " ".join(cues.words(name))


def nearest(retrievals: Sequence[Retrieval], embedder: SentenceEmbedder) -> list[Thing]:
    """What the questions of a turn come near to, each question's nearest first; [] where nothing is near enough."""
    ranked = zip_longest(*(_near(retrieval, embedder) for retrieval in retrievals))
    found = list({thing.key: thing for turn in ranked for thing in turn if thing is not None}.values())
    return _distinct(found, {one.language for one in retrievals}, embedder)[:MOST]


def _near(retrieval: Retrieval, embedder: SentenceEmbedder) -> list[Thing]:
    """Of each passage what is nearest to the question, nearest first; [] where even the first is not near enough."""
    named = [thing for passage in retrieval.passages[:LOOKED_AT] for thing in things(passage)]
    if not named:
        return []
    (asked,) = embedder.embed_queries([retrieval.query])
    cosines = (embedder.embed_passages([thing.told for thing in named]) @ asked).tolist()
    best: dict[int, tuple[float, Thing]] = {}
    for thing, cosine in zip(named, cosines, strict=True):
        nearness = _nearness(thing.passage, cosine, embedder.name)
        if nearness > best.get(thing.passage.chunk_id, (-inf, thing))[0]:
            best[thing.passage.chunk_id] = (nearness, thing)
    ranked = sorted(best.values(), key=lambda one: -one[0])
    return [thing for nearness, thing in ranked if nearness >= NEAR] if ranked[0][0] >= NEAREST else []


def _nearness(passage: Passage, cosine: float, model: str) -> float:
    found = dense_weight(model) * passage.dense + (passage.words + passage.characters) / 2
    return 1 - (1 - cosine) / spread(model) + FOUND_WEIGHT * found


def _distinct(found: Sequence[Thing], spoken: Collection[str], embedder: SentenceEmbedder) -> list[Thing]:
    """Each thing once, also where it is named in two languages: by the one that is spoken."""
    if len(found) < 2:
        return list(found)
    vectors = embedder.embed_queries([thing.name for thing in found])
    limit = 1 - (1 - SAME) * spread(embedder.name)
    kept: list[int] = []
    for at, thing in enumerate(found):
        twin = next((place for place, other in enumerate(kept) if float(vectors[other] @ vectors[at]) >= limit), None)
        if twin is None:
            kept.append(at)
        elif thing.passage.language in spoken and found[kept[twin]].passage.language not in spoken:
            kept[twin] = at
    return [found[at] for at in kept]


def things(passage: Passage) -> list[Thing]:
    """What of a passage has a name, in order."""
    found = quotes(passage)
    if not found:
        return []
    if passage.kind in _ENTRIES:
        name = readable(found[0].context)
        return [Thing(name, passage, tuple(found))] if name else []
    rows = [quote for quote in found if quote.is_row]
    if len(rows) == len(found):
        return list(_of_rows(passage, rows))
    name = readable(passage.heading.rpartition(" › ")[2]) or readable(passage.title)
    return [Thing(name, passage, tuple(found))] if name else []


def _of_rows(passage: Passage, rows: Sequence[Quote]) -> Iterator[Thing]:
    named: dict[str, list[Quote]] = {}
    for row in rows:
        if name := _name_of(row):
            named.setdefault(name, []).append(row)
    yield from (Thing(name, passage, tuple(found)) for name, found in named.items())


def _name_of(row: Quote) -> str:
    """ "Tambal ban – Harga, Lama": the first cell that is no code, and the columns that tell something of it."""
    cells = [cell.partition(": ") for cell in row.cells]
    readables = (at for at, (label, _, value) in enumerate(cells) if _names(value or label))
    place = next(readables, None)
    if place is None:  # "Lost key: 15 €", which has no columns
        return readable(cells[0][0]) if len(cells) == 1 else ""
    label, _, value = cells[place]
    columns = [name for column, mark, _ in cells[place + 1 :] if mark and (name := readable(column))][:COLUMNS]
    name = readable(value or label)
    whole = f"{name} – {', '.join(columns)}" if columns else name
    return whole if len(whole) <= LONGEST_NAME else name


def _names(cell: str) -> bool:
    return bool(readable(cell)) and not _CODE.fullmatch(cell.strip())


def readable(text: str) -> str:
    """A name as it may be shown, without its number in a list; "" when it is none."""
    if _FILE.search(text):
        return ""
    name = _NUMBER.sub("", " ".join(text.translate(_MARKUP).split())).strip(_ENDS)
    letters, fewest = sum(char.isalpha() for char in name), 2 if cues.is_unspaced(name) else FEWEST_LETTERS
    return name if letters >= fewest and len(name) <= LONGEST_NAME else ""
