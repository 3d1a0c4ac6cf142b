"""How much of a question's words each of several quotes holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from balas.rag.question import Asked
from balas.rag.quoting.quotes import Quote
from balas.rag.words import cues
from balas.rag.words.language import small_words
from balas.rag.words.lexical import grams_of, plain_words, word_grams
from balas.rag.words.units import is_measure, measures, unit_of

CARRIED_WEIGHT = 0.4  # words taken from an earlier question count less than the person's own
MOST_CARRIED = 0.8  # of what the person's own weigh, all of them together
SMALL_WEIGHT = 0.3  # function words
CONTEXT_WEIGHT = 0.6  # a word found in the heading above counts less than one in the sentence
ONE = "1"
BEFORE_WEIGHT = 0.4  # and one found in the sentence before less again: "It costs 5 euros" is about what came before


def word_shares(asked: Asked, found: Sequence[Quote], language: str = "") -> list[tuple[float, float]]:
    """For each quote: how much of the question's words it and its context hold, and how much it holds itself.

    A word that few of the quotes hold ("Gayo" among coffees) weighs more than one they all share ("coffee").
    """
    terms = terms_of(asked, language)
    inside = [grams_of(quote.text) for quote in found]
    counted = {term: unit for term in terms if is_measure(unit := unit_of("", term))}  # "kilo", which is "kg" elsewhere
    by_number = [measures(quote.text) if counted else frozenset[str]() for quote in found]
    around = [grams_of(f"{quote.context} {quote.passage.title}") for quote in found]
    before = [frozenset[str](), *inside[:-1]]
    rows = [
        [
            (
                1.0 if counted.get(term) in units else held(term, own),
                max(CONTEXT_WEIGHT * held(term, above), BEFORE_WEIGHT * held(term, previous) if quote.follows else 0.0),
            )
            for term in terms
        ]
        for quote, own, above, previous, units in zip(found, inside, around, before, by_number, strict=True)
    ]
    weights = []
    for number, (_, weight) in enumerate(terms.items()):
        frequency = sum(row[number][0] for row in rows)
        weights.append(weight * math.log(1 + (len(found) + 0.5) / (frequency + 0.5)))
    total = sum(weights) or 1.0
    return [
        (
            sum(w * max(inside, around) for w, (inside, around) in zip(weights, row, strict=True)) / total,
            sum(w * inside for w, (inside, _) in zip(weights, row, strict=True)) / total,
        )
        for row in rows
    ]


def terms_of(asked: Asked, language: str = "") -> dict[str, float]:
    """The words of a question that carry its subject, with their weight."""
    own, small = set(plain_words(asked.own)), small_words(language, asked.own)
    bare = plain_words(" ".join(_carrying(asked.search))) or plain_words(asked.search)
    said = sum(word in own and word not in small for word in set(bare))
    carried = sum(word not in own for word in set(bare))
    most = min(CARRIED_WEIGHT, MOST_CARRIED * said / carried) if said and carried else CARRIED_WEIGHT
    return {word: (1.0 if word in own else most) * (SMALL_WEIGHT if word in small else 1.0) for word in bare}


def without_replaced(asked: Asked, found: Sequence[Quote], language: str = "") -> Asked:
    """A follow-up without those of the words before it that stand in no place of its own words, where others do: of
    "kalau Dinoyo?" after "cabang Sawojajar?" one branch is meant."""
    if not asked.is_completed:
        return asked
    own = set(plain_words(asked.own))
    terms = [word for word in terms_of(asked, language) if word not in small_words(language, asked.own)]
    texts = [grams_of(f"{quote.context} {quote.text}") for quote in found]
    its = [grams for grams in texts if all(held(word, grams) for word in terms if word in own)]
    carried = [word for word in terms if word not in own and any(held(word, grams) for grams in texts)]
    gone = {word for word in carried if not any(held(word, grams) for grams in its)}
    if not its or not gone or len(gone) == len(carried) or not own & set(terms):
        return asked
    left = [word for word in asked.search.split() if word not in gone]
    return replace(asked, search=" ".join(left))


def _carrying(question: str) -> list[str]:
    """Without the "1" of "how much is 1 kg", which is that of "grade 1" nowhere."""
    words, kept = cues.words(question), cues.without(question, "hollow")
    alone = any(word == ONE and (not at or words[at - 1] not in kept) for at, word in enumerate(words))
    return [word for word in kept if word != ONE] if alone else kept


def held(term: str, grams: frozenset[str]) -> float:
    """Share of a word's 4-grams that a text holds, so that "harganya" meets "harga"; below half counts as chance."""
    wanted = word_grams(term)
    share = sum(gram in grams for gram in wanted) / len(wanted)
    return share if share >= 0.5 else 0.0
