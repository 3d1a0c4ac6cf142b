"""What a question tells things apart by, and the quote for it does not name: another size, colour, day or place.

The nearest that the documents say is quoted all the same; who reads it is told that it is of others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from balas.rag.quoting import bounds, extremes
from balas.rag.quoting.extractive import Extract
from balas.rag.quoting.fitness import is_of_every_day
from balas.rag.quoting.naming import stands
from balas.rag.quoting.quotes import is_item, is_row
from balas.rag.quoting.timetables import is_end
from balas.rag.quoting.vocabulary import SHORTEST, Vocabulary
from balas.rag.talk.phrases import phrase
from balas.rag.words import cues, topics, variants
from balas.rag.words.answer_kinds import MONEY, wanted_kinds
from balas.rag.words.language import is_foreign, small_words
from balas.rag.words.lexical import plain_words
from balas.rag.words.names import names
from balas.rag.words.ranges import counted, within
from balas.rag.words.weekdays import day_groups, weekdays
from balas.values import Passage

EQUALS = 2  # rows or items that nothing in the question tells apart
MOST_WORDS = 2  # that are named
TWO = 2  # parts of "Wi-Fi, water and tea" between commas
SHORT_PART = 3  # words of what is listed in a sentence
_EMPTY = ("hollow", "aside", "ask", "amount", "time", "duration", "point", "courtesy", "filler", "open", "negation")
_ASIDE = re.compile(r"\([^)]*\)")
_COMMA = re.compile(r"[,،、，]")
_OF = frozenset(cues.words("de di da du do del of von dari van"))
_AND = frozenset(cues.words("and dan y e et und ve и та और এবং اور และ và en i na at"))
_ELIDED = re.compile(r"^(?:[cdjlmnst]|qu)['’]", re.IGNORECASE)
_INITIALS = re.compile(r"\b[A-Z]{2,5}\b")
_NOT_REPEATED = re.compile(r"://|www\.|@|!\[|[A-Z]{2}-?\d")  # addresses and codes, whoever put them into the question
_NOUNS_HAVE_CAPITALS = "de"


def with_unnamed(
    extract: Extract, question: str, language: str, near: Sequence[Passage], search: Callable[[], Sequence[Passage]]
) -> Extract:
    """Headed by a line that says what it does not name. `near`: the passages that were found; `search`: more of them,
    among which a word may stand."""
    word = unnamed(extract, question, language, near, search)
    return replace(extract, text=f"{phrase('unnamed', language, word=word)}\n{extract.text}") if word else extract


def unnamed(
    extract: Extract, question: str, language: str, near: Sequence[Passage], search: Callable[[], Sequence[Passage]]
) -> str:
    """As typed; "" where nothing tells that the quote is of something else."""
    if extremes.heard(question) or bounds.heard(question) or _NOT_REPEATED.search(question):
        return ""
    asked = _Compared(extract, question, language, near, search)
    return next((word for tell in asked.checks if (word := tell())), "")


class _Compared:
    """A question beside the quote for it."""

    def __init__(
        self,
        extract: Extract,
        question: str,
        language: str,
        near: Sequence[Passage],
        search: Callable[[], Sequence[Passage]],
    ) -> None:
        self._extract, self._question, self._language, self._search = extract, question, language, search
        self._said = f"{extract.text}\n{extract.context}"
        self._near = near

    @property
    def checks(self) -> tuple[Callable[[], str], ...]:
        return self.measure, self.colour, self.name, self.thing, self.day

    def measure(self) -> str:
        """ "250 W" beside rows of 200 W and 350 W, or a sentence that tells of both."""
        inside = within(self._said, counted(self._question))
        is_outside = inside < 0 and bool(self._rows)
        if inside > 0 or (not is_outside and bounds.limits(self._said)):
            return ""
        told = variants.measured(self._said)
        for one in variants.measured(self._question):
            kin = {other.value for other in told if other.kind == one.kind}
            is_beside = kin and one.value not in kin and (self._rows or self._tells_apart(one, kin))
            if (is_outside or is_beside) and not self._is_time(one):
                return _typed(self._question, one.words)
        return ""

    def colour(self) -> str:
        told = "\n".join([self._said, *self._lines])  # of a wide row not all is shown
        others = [word for word in cues.words(told) if variants.COLOUR in variants.kinds_of(word)]
        rest = topics.heard(self._question).rest  # "tanggal merah" is a holiday
        asked = (word for word in rest if variants.COLOUR in variants.kinds_of(word))
        return "" if self._is_foreign or not others else next((one for one in asked if not stands(one, told)), "")

    def name(self) -> str:
        """A name that stands nowhere, of a firm or a place."""
        if self._language == _NOUNS_HAVE_CAPITALS or self._question.isupper():
            return ""
        found = (name for name in names(self._question) if not self._is_known(name))
        # Of initials only where others stand: "PTA" may be said of parents and teachers.
        return next((name for name in found if not _INITIALS.fullmatch(name) or _INITIALS.search(self._said)), "")

    def thing(self) -> str:
        """A word that stands nowhere, where several rows or items are quoted because no word chose among them, or a
        price of something that has only some of the question's words in its name."""
        if self._is_foreign:
            return ""
        named = self._unmet_but_day
        if self._are_several or self._is_enumeration or self._is_of_another:
            named = {word for word in self._carrying if not self._is_known(word) and not variants.kinds_of(word)}
        if not self._rows and self._is_of_another:
            named = {word for word in named if any(_ends(beside, {word}) for beside in self._beside_known)}
            if sum(stands(word, self._extract.text) for word in self._carrying) > len(named):
                return ""  # most of what is asked stands there: "резины" may be its "шин"
        spans = cues.spans(self._question)
        typed = [_ELIDED.sub("", self._question[start:end]) for word, start, end in spans if _ends(word, named)]
        return ", ".join(dict.fromkeys(typed[:MOST_WORDS]))

    def day(self) -> str:
        asked, told = weekdays(self._question), weekdays(self._said)
        if not asked or not told or asked & told or is_of_every_day(self._said) or _names_other_days(self._said):
            return ""
        flat = cues.normal(self._question)
        return ", ".join(flat[start:end] for start, end in day_groups(self._question))

    @cached_property
    def _carrying(self) -> list[str]:
        """The words that name something, no topic among them."""
        small = small_words(self._language, self._question).union(*(cues.entries(name) for name in _EMPTY))
        small |= variants.words_of(variants.measured(self._question))  # "2 Std"
        left = extremes.naming(" ".join(topics.heard(self._question).rest))
        return [word for word in left if word not in small and len(word) >= SHORTEST and not is_end(word)]

    @property
    def _unmet_but_day(self) -> set[str]:
        """ "Open house on Saturday", where day care on Saturday is asked for, which is told of elsewhere."""
        words, is_of_day = self._carrying, weekdays(self._question) & weekdays(self._said)
        if not is_of_day or self._rows or any(stands(word, self._said) for word in words):
            return set()
        is_told = all(self._words_near.name(word) or self._words_anywhere.name(word) for word in words)
        return set(words) if is_told else set()

    @cached_property
    def _rows(self) -> list[str]:
        return [line for line in self._lines if is_row(line)]

    @cached_property
    def _items(self) -> list[str]:
        return [line for line in self._lines if is_item(line)]

    @cached_property
    def _is_enumeration(self) -> bool:
        """ "Cash, debit card, transfer": a sentence with a part of a few words between two commas, where nothing is
        asked for but whether it is so."""
        if wanted_kinds(self._question):
            return False
        parts = [_COMMA.split(line) for line in self._lines if not is_row(line)]
        short = (0 < len(cues.words(part)) <= SHORT_PART for among in parts for part in among[1:-1])
        return any(short) or any(_is_list_of_three(line) for line in self._lines)

    @property
    def _are_several(self) -> bool:
        return max(len(self._rows), len(self._items)) >= EQUALS

    @property
    def _is_of_another(self) -> bool:
        """ "Carrot cake with chocolate", where the price of a chocolate éclair is asked for."""
        if "amount" not in wanted_kinds(self._question):
            return False
        if not self._rows:
            return bool(MONEY.search(self._extract.text)) and bool(self._beside_known)
        if len(self._rows) != 1:
            return False
        name = _ASIDE.sub("", self._rows[0].partition("; ")[0].partition(": ")[2])
        small = small_words(self._language, self._question)
        met = [
            stands(word, self._question) for word in plain_words(name) if len(word) >= SHORTEST and word not in small
        ]
        return any(met) and not all(met)

    @cached_property
    def _beside_known(self) -> set[str]:
        """The words next to one that stands in the quote: "the class of Spanish" beside "the class of English"."""
        words = [word for word in cues.words(self._question) if word not in _OF]
        pairs = [*pairwise(words), *((other, one) for one, other in pairwise(words))]
        return {other for one, other in pairs if len(one) >= SHORTEST and stands(one, self._extract.text)}

    @cached_property
    def _lines(self) -> list[str]:
        return [line for source in self._extract.sources for line in source.quote.splitlines()]

    @cached_property
    def _is_foreign(self) -> bool:
        cited = {source.document_id for source in self._extract.sources}
        known = self._near if cited & {one.document_id for one in self._near} else self._passages
        return is_foreign(self._language, tuple(one.language for one in known if one.document_id in cited))

    @cached_property
    def _passages(self) -> Sequence[Passage]:
        return self._search()

    @cached_property
    def _words_near(self) -> Vocabulary:
        return Vocabulary(self._near)

    @cached_property
    def _words_anywhere(self) -> Vocabulary:
        return Vocabulary(self._passages)

    def _is_known(self, said: str) -> bool:
        """Does a word of it stand anywhere? Most stand near by; for others more is looked through."""
        words = plain_words(said)
        words = [word for word in words if len(word) >= SHORTEST] or words  # not the "d'" of "d'espagnol"
        near = any(self._words_near.hold(word) for word in words)
        return near or any(self._words_anywhere.hold(word) for word in words)

    def _is_time(self, one: variants.Measured) -> bool:
        return any(cues.has(word, "day") or cues.has(word, "time") for word in one.words if not word.isdecimal())

    def _tells_apart(self, one: variants.Measured, kin: set[Decimal]) -> bool:
        """Does a sentence of several such counts leave this one out? Spans of time and ages are mostly limits, and the
        "20 de" of a date counts nothing."""
        if len(kin) < EQUALS or one.kind == variants.SPAN or cues.is_unspaced(self._question):
            return False
        units = (word.lstrip("0123456789.,") for word in one.words)
        return any(unit and unit not in cues.entries("hollow", self._language) for unit in units)


def _is_list_of_three(line: str) -> bool:
    """ "Wi-Fi, water and tea are free"."""
    parts = [cues.words(part) for part in _COMMA.split(line)]
    is_one = len(parts) == TWO and 0 < len(parts[0]) <= SHORT_PART and any(word in _AND for word in parts[1][1:2])
    return is_one and not is_row(line) and not cues.has(line, "negation")


def _ends(word: str, named: set[str]) -> bool:
    """Arabic articles are left out of words that name things."""
    return any(word.endswith(one) for one in named)


def _names_other_days(text: str) -> bool:
    """ "weekends", "on holidays": what has no name of a day of the week."""
    flat = cues.normal(text)
    for start, end in reversed(day_groups(text)):
        flat = f"{flat[:start]} {flat[end:]}"
    return topics.DAY in topics.shown(flat)


def _typed(text: str, words: frozenset[str]) -> str:
    """From the first of these words to the last, as it was written."""
    places = [(start, end) for word, start, end in cues.spans(text) if word in words]
    places += [match.span() for word in words if cues.is_unspaced(word) for match in re.finditer(re.escape(word), text)]
    places.sort()
    return text[places[0][0] : places[-1][1]] if places else ", ".join(sorted(words))
