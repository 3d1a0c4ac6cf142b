"""What a sentence claims to the letter, figures, addresses, months and names, and what a passage holds of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from balas.rag.checks.claims import Claims
from balas.rag.checks.leads import lead
from balas.rag.checks.polarity import ANY, Spoken
from balas.rag.checks.scope import ALL, each_of, scopes
from balas.rag.checks.sums import worked_out
from balas.rag.words import cues
from balas.rag.words.clocks import PARTS
from balas.rag.words.counted import counted, miscounted
from balas.rag.words.dates import Day, dates, without_known_dates
from balas.rag.words.figures import Figure, Figures, collected, figures, holds, links, months, phones
from balas.rag.words.lexical import grams_of, plain_words, word_grams
from balas.rag.words.names import names, renamed
from balas.rag.words.units import foreign_spans, is_countable, is_money, spans, unit_of

SAME_TONGUE = 0.5  # from here a sentence and a passage are surely in one language: every name must be found
MAX_COUNT = 100
PASSAGES_KEPT = 256  # ready to be looked up in: the same ones are found all day
SENTENCES_KEPT = 256  # each is held against every passage
_ACRONYM = re.compile(r"\b[A-Z]{3,6}\b")
_SHOUTED = re.compile(r"[a-zà-ÿ]")


@dataclass(frozen=True, slots=True)
class Known:
    """A text, ready to be looked up in."""

    figures: Figures
    grams: frozenset[str]
    words: frozenset[str]
    spans: frozenset[str]
    claims: Claims
    scopes: frozenset[int]  # how it widens what it states
    each: frozenset[str]  # what it names by the piece
    dates: frozenset[Day]
    counted: frozenset[tuple[int, str]]
    text: str


def has_figures(bare: str, language: str | None) -> bool:
    return bool(figures(without_links(bare), language) or links(bare))


@lru_cache(maxsize=SENTENCES_KEPT)
def says_figures_alone(bare: str) -> bool:
    """ "It is 8,000 shillings.": what of stands in the question."""
    plain = (word for word in cues.without(bare, "hollow") if not any(map(str.isdigit, word)))
    return any(map(str.isdigit, bare)) and all(unit_of("", f" {word}") for word in plain)


def is_count(figure: Figure) -> bool:
    """A number small enough to be a quantity somebody asked for."""
    small = any(value < MAX_COUNT for value in figure.values)
    return figure.minutes is None and is_countable(figure.unit) and small


def known_of(text: str, above: str = "", spoken: Spoken = ANY) -> Known:
    """`above`: title and headings."""
    whole = f"{above}\n{text}"
    words = frozenset(cues.words(whole))
    return Known(
        collected(whole, spoken),
        grams_of(whole),
        words,
        spans(whole),
        Claims(text, above, spoken),
        scopes(_stated(text)),
        each_of(whole),
        frozenset(dates(whole)),
        counted(whole),
        whole,
    )


def _stated(text: str) -> str:
    """Without a question that is not answered with yes."""
    question, _, answer = text.partition("\n")
    return answer if question.endswith(("?", "？", "؟")) and not lead(answer).says else text


@lru_cache(maxsize=PASSAGES_KEPT)
def known_passage(text: str, above: str, spoken: Spoken) -> Known:
    return known_of(text, above, spoken)


def share_of(sentence: str, grams: frozenset[str]) -> float:
    """How much of a sentence's content words a text holds, 0..1, by their character 4-grams."""
    words = _carrying(sentence)
    if not words:
        return 0.0
    shares = [sum(map(grams.__contains__, word)) / len(word) for word in words]
    return sum(share if share >= 0.5 else 0.0 for share in shares) / len(shares)


@lru_cache(maxsize=2 * SENTENCES_KEPT)  # of passages, too
def _carrying(sentence: str) -> tuple[tuple[str, ...], ...]:
    """The 4-grams of each content word."""
    plain = plain_words(" ".join(cues.without(sentence, "hollow"))) or plain_words(sentence)
    numbers = cues.ordered("number")  # figures are looked up by themselves
    words = [word for word in plain if word not in numbers and word not in PARTS] or plain
    return tuple(word_grams(word) for word in words)


def missing(
    bare: str, known: Known, asked: Known, language: str | None, share: float, *, echo: bool = False
) -> str | None:
    """The first figure, address or name of a sentence that the passage does not hold.

    A small count may be the person's own ("for 3 kg"); a price or a time never is: a wrong premise stays wrong.
    """
    dated = without_known_dates(without_links(bare), known.figures, known.dates)
    claimed = figures(dated, language)
    hours = any(figure.minutes is not None or figure.unit == "hour" for figure in claimed)
    unknown = [
        figure
        for figure in claimed
        if not ((echo or is_count(figure)) and holds(asked.figures, figure))
        and not holds(known.figures, figure, hours=hours)
        and not (figure.unit == "%" and 100 in figure.values and ALL in known.scopes)
    ]
    sums = worked_out(dated, claimed, lambda figure: figure not in unknown) if unknown else []
    if wrong := next((figure for figure in unknown if figure not in sums), None):
        return f"figure not in the passage: {wrong.raw}"
    if wrong_count := miscounted(bare, known.counted, asked.counted):
        return f"figure of something else: {wrong_count}"
    for url in links(bare):
        if url not in known.figures.links:
            return f"address not in the passage: {url}"
    if not months(bare) <= known.figures.months | asked.figures.months:
        return "month not in the passage"
    if other := renamed(bare, known.text):
        return f"name not in the passage: {other}"
    unnamed = (name for name in names_of(bare, language) if not _named(name, known, asked, share))
    return next((f"name not in the passage: {name}" for name in unnamed), None)


def unknown_span(bare: str, known: Known, language: str | None) -> bool:
    """A price for another span of time than any that the passage names: "a month" where it says "a day"."""
    priced = any(is_money(figure.unit) for figure in figures(bare, language))
    return priced and bool(foreign_spans(spans(bare), known.spans))


@lru_cache(maxsize=SENTENCES_KEPT)
def names_of(bare: str, language: str | None) -> tuple[str, ...]:
    if not _SHOUTED.search(bare):
        return ()
    exempt = _unnamed()
    german = language == "de"  # every noun has a capital
    found = [] if german else [name for name in names(bare) if not set(cues.words(name)) <= exempt]
    found = [name for name in found if not any(map(str.isdigit, name)) and not _is_unit(name)]
    return (*found, *(word for word in _ACRONYM.findall(bare) if word.lower() not in exempt))


@cache
def _unnamed() -> frozenset[str]:
    """ "Anda" and "Usted" are polite, "PM" is a time."""
    return cues.entries("day") | cues.entries("hollow") | cues.entries("filler") | {"am", "pm", "usted", "ustedes"}


def _is_unit(name: str) -> bool:
    """ "TL'lik": a currency with an ending."""
    bare, _, _ = name.partition("'")
    return unit_of("", f" {bare}") is not None


def _named(name: str, known: Known, asked: Known, share: float) -> bool:
    words = [word for word in cues.words(name) if word not in cues.entries("day")]
    if any(word in cues.ordered("month") for word in words):
        return True
    held = [word in known.words or word in asked.words for word in words]
    if share >= SAME_TONGUE or any(held):
        return all(held) if share >= SAME_TONGUE else True
    # Across languages and scripts a lone name may be spelled otherwise ("Londres"): its beginning must be there.
    latin = any(word.isascii() for word in known.words)
    return len(words) < 2 and (not latin or any(known_word[:3] == words[0][:3] for known_word in known.words))


@lru_cache(maxsize=SENTENCES_KEPT)
def without_links(bare: str) -> str:
    for number in dict.fromkeys(phones(bare)):
        bare = bare.replace(number, f" {number} ")
    return re.sub(r"https?://\S+|www\.\S+|(?<!\S)\S[^\s@]*+@\S+", " ", bare)
