"""Is all that a question asks about said in one place? What tells in a shop of a few passages.

Beside few passages neither rarity nor a lead says anything, and three words have a vector that is near to everything.
What is left is to look: a word is covered where it stands, a topic (see `topics`) where it is spoken of in any words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from balas.rag.quoting.quotes import Quote
from balas.rag.quoting.word_shares import held
from balas.rag.signals.closeness import windows
from balas.rag.words import cues, topics, variants
from balas.rag.words.answer_kinds import CURRENCIES
from balas.rag.words.language import is_foreign, small_words
from balas.rag.words.lexical import grams_of, plain_words
from balas.rag.words.topics import Topics
from balas.rag.words.units import spans
from balas.rag.words.weekdays import weekdays
from balas.values import ChunkKind, Passage

FEW = 40  # passages: among more, words meet in one place by chance
SOME = 120  # among more, topics do too
COVERED = 0.8  # how likely a question is answered that is covered there: measured, .9 of those not taken for such
WORDS_COVERED = 0.5  # without a topic: .7
SURE = 0.5  # of what stands first, in the language that is asked in
LEAD = 0.05
HOURS = "hours"
LONGEST_EMPTY = 5  # words of an entry that carries nothing

_EMPTY = ("hollow", "aside", "ask", "amount", "time", "duration", "point", "courtesy", "filler", "open")
_NUMBER = re.compile(r"\d")
_PREMISE = re.compile(rf"\d|^(?:{CURRENCIES})$")  # "it is 10 euros, right?" may be answered by another figure


@dataclass(frozen=True, slots=True)
class Demand:
    """What a question asks about."""

    topics: tuple[Topics, ...]  # each may mean either
    words: tuple[str, ...]
    figure: bool  # a price, a number

    @classmethod
    def of(cls, question: str, language: str) -> Demand:
        heard = topics.heard(question)
        empty, small = _empty(), small_words(language, question)  # large: never joined
        # Without hours, "what time" asks for something that must stand there.
        known = _empty() if any(HOURS in one for one in heard.topics) else cues.entries("duration")
        # Of "for 3 weeks" the documents tell by other spans.
        counted = (one for one in variants.measured(question) if one.kind == variants.SPAN)
        gone = _within_entries(question, known) | variants.words_of(counted)
        carrying = (
            said
            for said in heard.rest
            if said not in empty and said not in small and said not in gone and not _PREMISE.search(said)
        )
        words = [word for said in carrying for word in plain_words(said)]
        spoken = language if language in cues.codes() else None
        wanted = tuple(one - {topics.SHOP} for one in heard.topics if one != {topics.SHOP})
        if spans(question) and not weekdays(question):  # "3 minggu" are weeks, and "minggu" alone is Sunday
            wanted = tuple(one for one in wanted if one != {topics.DAY})
        return cls(wanted, tuple(dict.fromkeys(words)), cues.has(question, "amount", spoken))


NOTHING = Demand((), (), figure=False)


def lifted(
    question: str, language: str, found: list[Passage], count: int, chance: float
) -> tuple[list[Passage], float]:
    """The passages, best first, with those in front that say something of all that is asked; and how likely these
    answer it, 0 where there is none. `count`: how many passages there are; `chance`: how likely `found` holds the
    answer as it stands."""
    demand = Demand.of(question, language) if count <= SOME else NOTHING
    looked_at = (demand.topics or demand.words) and (count <= FEW or not demand.words)
    saying = [] if not looked_at else [passage for passage in found if _covering(passage, demand)]
    if not saying:
        return found, 0.0
    return _with_in_front(saying, found, demand, language, chance), COVERED if demand.topics else WORDS_COVERED


def _with_in_front(
    saying: list[Passage], found: list[Passage], demand: Demand, language: str, chance: float
) -> list[Passage]:
    own = [passage for passage in saying if not is_foreign(language, (passage.language,))]
    if not own and not is_foreign(language, (found[0].language,)) and chance >= SURE:
        return found  # a translation is not put before what the person can read
    first = own or saying
    ranked = [passage for passage in found if passage not in first]
    for dwelt in range(len(demand.topics) + 2):
        ranked = _above([passage for passage in first if _dwelt(passage, demand) == dwelt], ranked)
    return ranked


def _dwelt(passage: Passage, demand: Demand) -> int:
    """Of how many of the topics a place says more than a word: "we ship to any address in Java" speaks of addresses
    once, and "a handwritten card" of neither paying nor cards. One more where it names several ways to do it."""
    return max(
        sum(bool(asked & place.dwelt) for asked in demand.topics) + topics.names_ways(demand.topics, place.topics)
        for place in _covering(passage, demand)
    )


def _above(first: list[Passage], others: list[Passage]) -> list[Passage]:
    lift = max(0.0, others[0].score - first[0].score + LEAD) if first and others else 0.0
    return [*(replace(passage, score=passage.score + lift) for passage in first), *others]


def _covering(passage: Passage, demand: Demand) -> list[_Place]:
    # Every sentence of an answer is about its question.
    asked = passage.text.partition("\n")[0] if passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED} else ""
    about = f"{passage.title}\n{passage.heading}"
    return [one for one in _places(passage.text, about, asked) if one.covers(demand)]


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence or a few short ones, with what it stands under."""

    topics: Topics
    dwelt: Topics  # that it speaks of more than once
    grams: frozenset[str]
    figure: bool

    def covers(self, demand: Demand) -> bool:
        return (
            (self.figure or not demand.figure)
            and all(asked & self.topics for asked in demand.topics)
            and all(held(word, self.grams) for word in demand.words)
        )


def says_all(quotes: Sequence[Quote], demand: Demand) -> list[bool]:
    """Which of them say something of all the topics and words, with what they stand under."""
    return [bool(demand.topics) and _of_quote(quote).covers(demand) for quote in quotes]


def _of_quote(quote: Quote) -> _Place:
    passage = quote.passage
    asked = quote.context if passage.kind in {ChunkKind.FAQ, ChunkKind.CURATED} else ""
    return _place(quote.text, f"{passage.title}\n{passage.heading}", asked)


@lru_cache(maxsize=2 * SOME)
def _places(text: str, about: str, asked: str) -> tuple[_Place, ...]:
    return tuple(_place(window, about, asked) for window in windows(text))


def _place(window: str, about: str, asked: str) -> _Place:
    return _Place(
        topics.shown(window) | topics.shown(about) | topics.shown(asked),
        topics.dwelt(window if window.startswith(asked) else f"{asked}\n{window}"),
        grams_of(f"{about}\n{asked}\n{window}"),
        bool(_NUMBER.search(window)),
    )


def _within_entries(question: str, known: frozenset[str]) -> frozenset[str]:
    """The words of known entries of several words that a question holds: "до скольки", "what time"."""
    words, gone = cues.words(question), set[str]()
    for start in range(len(words)):
        for end in range(start + 2, min(start + LONGEST_EMPTY, len(words)) + 1):
            if " ".join(words[start:end]) in known:
                gone.update(words[start:end])
    return frozenset(gone)


@cache
def _empty() -> frozenset[str]:
    return frozenset().union(*(cues.entries(name) for name in _EMPTY))
