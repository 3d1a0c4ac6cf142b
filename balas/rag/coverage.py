"""Is all that a question asks about said in one place? What tells in a shop of a few passages.

Beside few passages neither rarity nor a lead says anything, and three words have a vector that is near to everything.
What is left is to look: a word is covered where it stands, a topic (see `topics`) where it is spoken of in any words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from balas.rag import cues, topics
from balas.rag.answer_kinds import CURRENCIES
from balas.rag.closeness import windows
from balas.rag.lexical import grams_of, plain_words
from balas.rag.topics import Topics
from balas.rag.word_shares import held
from balas.values import Passage

FEW = 40  # passages: among more, words meet in one place by chance
SOME = 120  # among more, topics do too
COVERED = 0.8  # how likely a question is answered that is covered there: measured, .9 of those not taken for such
WORDS_COVERED = 0.5  # without a topic: .7
LEAD = 0.05

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
        carrying = (said for said in heard.rest if said not in _empty() and not _PREMISE.search(said))
        words = [word for said in carrying for word in plain_words(said)]
        spoken = language if language in cues.codes() else None
        wanted = tuple(one - {topics.SHOP} for one in heard.topics if one != {topics.SHOP})
        return cls(wanted, tuple(dict.fromkeys(words)), cues.has(question, "amount", spoken))


NOTHING = Demand((), (), figure=False)


def lifted(question: str, language: str, found: list[Passage], count: int) -> tuple[list[Passage], float]:
    """The passages, best first, with those in front that say something of all that is asked; and how likely these
    answer it, 0 where there is none. `count`: how many passages there are."""
    demand = Demand.of(question, language) if count <= SOME else NOTHING
    looked_at = (demand.topics or demand.words) and (count <= FEW or not demand.words)
    saying = [] if not looked_at else [passage for passage in found if _covers(passage, demand)]
    if not saying:
        return found, 0.0
    others = [passage for passage in found if passage not in saying]
    lift = max(0.0, others[0].score - saying[0].score + LEAD) if others else 0.0
    first = [replace(passage, score=passage.score + lift) for passage in saying]
    return [*first, *others], COVERED if demand.topics else WORDS_COVERED


def _covers(passage: Passage, demand: Demand) -> bool:
    return any(place.covers(demand) for place in _places(passage.text, f"{passage.title}\n{passage.heading}"))


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence or a few short ones, with what it stands under."""

    topics: Topics
    grams: frozenset[str]
    figure: bool

    def covers(self, demand: Demand) -> bool:
        return (
            (self.figure or not demand.figure)
            and all(asked & self.topics for asked in demand.topics)
            and all(held(word, self.grams) for word in demand.words)
        )


@lru_cache(maxsize=2 * SOME)
def _places(text: str, about: str) -> tuple[_Place, ...]:
    return tuple(
        _Place(topics.shown(window) | topics.shown(about), grams_of(f"{about}\n{window}"), bool(_NUMBER.search(window)))
        for window in windows(text)
    )


@cache
def _empty() -> frozenset[str]:
    return frozenset().union(*(cues.entries(name) for name in _EMPTY))
