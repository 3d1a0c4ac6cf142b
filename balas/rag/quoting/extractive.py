"""Answers without a model: the sentences of the documents that answer, word for word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from balas.rag.question import Asked
from balas.rag.quoting.entries import Likeness, alike_questions
from balas.rag.quoting.extremes import naming
from balas.rag.quoting.fitness import fits, names_holiday, tells_how_long
from balas.rag.quoting.foreign import chance
from balas.rag.quoting.quotes import Quote, is_item, led, quotes, sources_of
from balas.rag.quoting.telling import distinct, of_what_is_asked, points_back, row_shown, telling, with_its_question
from balas.rag.quoting.translations import in_language
from balas.rag.quoting.word_shares import without_replaced, word_shares
from balas.rag.signals.coverage import Demand, says_all
from balas.rag.vectors.readings import compared
from balas.rag.vectors.remembered_vectors import SentenceEmbedder
from balas.rag.words import topics
from balas.rag.words.answer_kinds import shows, wanted_kinds
from balas.rag.words.ranges import Counted, counted, within
from balas.rag.words.weekdays import meets, opens_with, weekdays
from balas.values import ChunkKind, Passage, Retrieval, Source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CHARACTERS = 400  # of one question's answer
MAX_PASSAGES = 3  # read for quotes
MAX_ROWS = 6
MAX_SENTENCES = 3
ROWS_MORE = 100  # characters: a list of prices without one of them would mislead
COSINE_WEIGHT = 4.0  # e5's cosines are narrow: the same weight as in retrieval
MET_WEIGHT = 1.5
WORDS_WEIGHT = 0.8
KIND_WEIGHT = 0.3
TOPIC_WEIGHT = 0.6
ALL_WEIGHT = 0.3  # what says all that is asked, where a topic is
LABEL_WEIGHT = 0.15  # "Sunday: closed", where Sunday is asked about
WAYS_WEIGHT = 0.6
FEW_NAMED = 1  # words that name something in a question for the ways to do a thing ("which methods")
DAY_WEIGHT = 0.3  # a sentence about the day that was asked for, against one about others
RANGE_WEIGHT = 0.3
PASSAGE_WEIGHT = 0.5  # how good the passage is counts for each of its sentences
NEXT_NEAR = 0.4  # the sentence after it often says the rest
DAY_NEAR = 0.8  # and so do others about the day that was asked for
NEAR = 0.2  # a sentence this much worse than the best is quoted along with it
SAME_MEANING = 0.005  # cosines this close do not tell two table rows apart
OTHER_DOCUMENT = 0.06  # a second document must be this close to be quoted too

ALONE = 0.35  # a usual lead, where no other passage has a quote
LONGEST_LEAD = 1.2


@dataclass(frozen=True, slots=True)
class Extract:
    """What the documents say: `text` is quoted, one piece a line; `sources` name where each stands."""

    text: str
    sources: tuple[Source, ...]
    score: float  # of the best quote; compares quotes of one question only
    cosine: float  # between the question and the best quote
    nearest: float  # the highest cosine of any quote that was looked at
    met: float  # how much of the question has its counterpart in the best quote, piece by piece
    lead: float  # of its score over the best quote of another passage
    context: str = ""  # what the quotes stand under


@dataclass(frozen=True, slots=True)
class _Scored:
    quote: Quote
    score: float
    words: float  # share of the question's own words found in the quote itself, 0..1
    cosine: float
    met: float  # how much of the question has its counterpart, piece by piece
    shown: str  # the quote as it stands beside others
    meets: float  # 1 when it speaks of the day that was asked for, -1 when of others
    ranged: float  # the same of ranges and the number that was asked for
    says_all: bool  # that is asked

    @property
    def fit(self) -> float:
        """The score without `met`: what tells which quote is the best sets its equals too far apart."""
        return self.score - MET_WEIGHT * self.met

    @property
    def is_within(self) -> bool:
        """Not a row for other numbers alone."""
        return not self.quote.is_row or self.ranged >= 0


class Extractor:
    """Picks quotes with the embedder that also found the passages."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self._embedder = embedder

    @property
    def embedder(self) -> SentenceEmbedder:
        return self._embedder

    def extract(self, asked: Asked, retrieval: Retrieval, *, limit: int = MAX_CHARACTERS) -> Extract | None:
        """At most two documents' quotes that answer, or None when nothing in the passages can be quoted."""
        # What is said of a holiday by name may stand further down than what is said of holidays.
        of_holiday = names_holiday(asked.search)
        passages = retrieval.passages if of_holiday else retrieval.passages[:MAX_PASSAGES]
        listed = [quote for passage in passages for quote in telling(quotes(passage), strictly=of_holiday)]
        found = of_what_is_asked(distinct(listed), asked.search)
        if not found:
            return None
        asked = without_replaced(asked, found, retrieval.language)
        scored = [one for one in self._scored(asked, found, retrieval) if one.is_within]
        if not scored:
            return None
        chosen = _translated(_chosen(scored, asked, limit), retrieval)
        picked = [one.quote for one in chosen]
        best, nearest = max(chosen, key=lambda one: one.score), max(one.cosine for one in scored)
        said = f"{best.quote.context}\n{_shown(chosen)}"
        if not fits(asked.search, retrieval.passages, said) or (
            asked.is_completed and not tells_how_long(asked.own, said)
        ):
            return None
        context = "\n".join(dict.fromkeys(f"{one.context}\n{one.passage.title}" for one in picked))
        found_by = (best.score, best.cosine, nearest, best.met, _lead(best, scored))
        return Extract(_shown(chosen), sources_of(picked), *found_by, context)

    def foreign_chance(self, answerable: float, extract: Extract) -> float:
        """How likely a quote from passages in another language answers. `answerable`: how likely the passages do."""
        return chance(self._embedder.name, answerable, extract.met, extract.lead)

    def alike(self, passages: Sequence[Passage]) -> Callable[[Sequence[str]], list[list[float]]]:
        """Similarities of texts to these passages, whose vectors are made once, when first asked for."""
        vectors: list[NDArray[np.float32]] = []

        def similarities(texts: Sequence[str]) -> list[list[float]]:
            if not vectors:
                vectors.append(self._embedder.embed_passages([passage.text for passage in passages]))
            rows: list[list[float]] = (self._embedder.embed_queries(texts) @ vectors[0].T).tolist()
            return rows

        return similarities

    def alike_questions(self, passages: Sequence[Passage]) -> Likeness:
        return alike_questions(self._embedder, passages)

    def _scored(self, asked: Asked, found: list[Quote], retrieval: Retrieval) -> list[_Scored]:
        # A sentence is understood by the heading above it: "09.00-17.00" by "Opening hours".
        likenesses = compared(
            self._embedder, asked.search, [f"{one.context}: {one.text}".lstrip(": ") for one in found]
        )
        shares = word_shares(asked, found, retrieval.language)
        kinds, days = wanted_kinds(asked.search), weekdays(asked.own) or weekdays(asked.search)
        met_days = [meets(quote.text, days) for quote in found]
        heard, numbers = topics.heard(asked.search), counted(asked.search)
        about = heard.topics
        ways = about if len(naming(" ".join(heard.rest))) <= FEW_NAMED else ()
        ranged = _ranged(found, numbers)
        saying = says_all(found, Demand.of(asked.search, retrieval.language))
        best = max(passage.score for passage in retrieval.passages[:MAX_PASSAGES])
        return [
            _Scored(
                quote,
                COSINE_WEIGHT * likeness.cosine
                + MET_WEIGHT * likeness.met
                + WORDS_WEIGHT * share
                + KIND_WEIGHT * shows(quote.text, kinds, asked.search)
                + TOPIC_WEIGHT * topics.share(about, f"{quote.context}\n{quote.text}", quote.said)
                + ALL_WEIGHT * says
                + WAYS_WEIGHT * topics.names_ways(ways, topics.shown(f"{quote.context}\n{quote.text}"))
                + DAY_WEIGHT * met
                + LABEL_WEIGHT * _is_of_day(quote, days)
                + RANGE_WEIGHT * inside_range
                - PASSAGE_WEIGHT * (best - quote.passage.score),
                inside,
                likeness.cosine,
                likeness.met,
                row_shown(quote, asked),
                met,
                inside_range,
                says,
            )
            for quote, likeness, (share, inside), met, inside_range, says in zip(
                found, likenesses, shares, met_days, ranged, saying, strict=True
            )
        ]


def _is_of_day(quote: Quote, days: frozenset[int]) -> bool:
    """ "Sunday: closed", or a row with a cell that begins with the day: "Sat 9:00–9:45"."""
    return bool(days and (weekdays(quote.label) & days or any(opens_with(value, days) for value in quote.values)))


def _ranged(found: Sequence[Quote], numbers: Sequence[Counted]) -> list[float]:
    """Where several rows leave out the number that was asked for, and none holds it, they tell what there is."""
    ranged = [within(quote.text, numbers) for quote in found]
    outside = sum(quote.is_row and inside < 0 for quote, inside in zip(found, ranged, strict=True))
    return [0.0] * len(ranged) if outside > 1 and max(ranged) <= 0 else ranged


def _lead(best: _Scored, scored: Sequence[_Scored]) -> float:
    others = [one.score for one in scored if one.quote.passage.chunk_id != best.quote.passage.chunk_id]
    return min(best.score - max(others), LONGEST_LEAD) if others else ALONE


def _chosen(scored: list[_Scored], asked: Asked, limit: int) -> list[_Scored]:
    """The best quote and its equals: first of the same document, then of one more."""
    ranked = sorted(scored, key=lambda one: -one.score)
    best = ranked[0]
    if best.quote.is_row:
        kept = _rows_like(best, ranked)
    elif best.quote.passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED}:
        entry = [one for one in scored if one.quote.passage.chunk_id == best.quote.passage.chunk_id]
        kept = [replace(entry[0], quote=with_its_question(entry[0].quote, asked.search)), *entry[1:]]
        best = next(one for one in kept if one.quote.place == best.quote.place)
    else:
        kept = [*_before(best, ranked), *_sentences_like(best, ranked)]
    kept = _fitting(kept, best, limit + (ROWS_MORE if best.quote.is_row else 0))
    other = next((one for one in ranked if one.quote.passage.document_id != best.quote.passage.document_id), None)
    room = limit - sum(len(one.shown) + 1 for one in kept)
    if other and best.fit - other.fit <= OTHER_DOCUMENT and len(other.shown) <= room:
        kept.append(other)
    return kept


def _translated(chosen: Sequence[_Scored], retrieval: Retrieval) -> list[_Scored]:
    own = in_language([one.quote for one in chosen], retrieval.passages, retrieval.language)
    told: dict[str, _Scored] = {}
    for one, quote in zip(chosen, own, strict=True):
        told.setdefault(quote.text, one if quote is one.quote else replace(one, quote=quote, shown=quote.text))
    return list(told.values())


def _rows_like(best: _Scored, ranked: Sequence[_Scored]) -> list[_Scored]:
    """The rows of the document that hold the question's words as well as the best one does."""
    rows = [
        one for one in ranked if one.quote.is_row and one.quote.passage.document_id == best.quote.passage.document_id
    ]
    if best.meets > 0:  # a timetable's row of the day
        rows = [one for one in rows if one.meets > 0]
    if best.words <= 0:  # a question in another language than the table's: only the meaning tells
        return [one for one in rows if one.cosine >= best.cosine - SAME_MEANING][:MAX_ROWS]
    return [one for one in rows if one.words >= best.words - 0.05][:MAX_ROWS]


def _sentences_like(best: _Scored, ranked: Sequence[_Scored]) -> list[_Scored]:
    same = [one for one in ranked if one.quote.passage.chunk_id == best.quote.passage.chunk_id and not one.quote.is_row]
    near = [one for one in same if one is best or one.fit >= best.fit - _allowed(one, best)]
    items = [one for one in same if is_item(one.quote.text)]
    alike = best.words <= 0 and 2 * sum(one in items for one in near) > len(items)
    if best in items and (alike or all(one.says_all for one in items)):
        return items  # what is asked for stands above the list: no item of it alone answers
    return near[:MAX_SENTENCES]


def _before(best: _Scored, ranked: Sequence[_Scored]) -> list[_Scored]:
    """The sentence that the best one points back at."""
    at = (best.quote.passage.chunk_id, best.quote.line, best.quote.place - 1)
    there = [one for one in ranked if (one.quote.passage.chunk_id, one.quote.line, one.quote.place) == at]
    return there if points_back(best.quote) else []


def _allowed(one: _Scored, best: _Scored) -> float:
    """What is said of the day in another sentence may be an exception to the first."""
    if one.meets > 0:
        return DAY_NEAR
    is_next = one.quote.place == best.quote.place + 1
    is_rest = best.says_all and one.quote.line == best.quote.line  # it may limit what the first one says
    return NEXT_NEAR + ALL_WEIGHT * is_rest if is_next else NEAR


def _fitting(kept: Sequence[_Scored], best: _Scored, limit: int) -> list[_Scored]:
    """What fits, the best always. The best sentence stands first: what was asked for is seen at once."""
    room, fitting = limit - len(best.shown), [best]
    for one in dict.fromkeys(kept):
        if one is not best and len(one.shown) + 1 <= room:
            room -= len(one.shown) + 1
            fitting.append(one)
    is_prose = best.quote.passage.kind is ChunkKind.TEXT
    first = [best, *_before(best, fitting)]
    return sorted(fitting, key=lambda one: (is_prose and one not in first, one.quote.passage.position, one.quote.place))


def _shown(chosen: Sequence[_Scored]) -> str:
    """Sentences of one paragraph stay together. A table row alone is shown a cell a line; of several, a row a line."""
    first = chosen[0]
    if len(chosen) == 1:
        return led(first.quote.lead, "\n".join(first.quote.cells) if first.quote.is_row else first.quote.bare)
    text = led(first.quote.lead, first.shown)
    for before, one in pairwise(chosen):
        same = (before.quote.passage.chunk_id, before.quote.line) == (one.quote.passage.chunk_id, one.quote.line)
        lead = "" if one.quote.lead == before.quote.lead else one.quote.lead
        text += (" " if same else "\n") + led(lead, one.shown)
    return text
