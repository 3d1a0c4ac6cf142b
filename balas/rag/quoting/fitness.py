"""Whether a quote may stand under its question at all: a near miss is worse than no answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

from balas.rag.words import cues, topics
from balas.rag.words.answer_kinds import MONEY, wanted_kinds
from balas.rag.words.dates import dates
from balas.rag.words.units import spans
from balas.rag.words.weekdays import EVERY, weekdays
from balas.values import Passage

# What a quote must speak of where the question does: hours of other days and the price of a medicine mislead.
HOLIDAY = "holiday"
MUST_SAY = frozenset({HOLIDAY, "health"})
LONGEST_POINTER = 14  # words; a longer sentence says something itself
_FIGURE = re.compile(r"\d|https?://|www\.|@")
_CODE = re.compile(r"(?<![\w.,])([^\W\d_x×]{1,2})[-\s]?(\d{1,3})(?![\w%]|[.,:]\d)")
_TYPED_CODE = re.compile(r"(?<![\w.,])([^\W\d_x×]{1,2})-?(\d{1,3})(?![\w%]|[.,:]\d)")
_DAILY = re.compile(
    r"\b(?:every ?day|daily|seven days|7 days|(?:se)?tiap hari|todos los d[ií]as|todos os dias|diari[oa]|diariamente"
    r"|tous les jours|täglich|jeden tag|ogni giorno|elke dag|dagelijks|codziennie|her gün|ежедневно|каждый день|щодня"
    r"|kila siku|araw-araw|hàng ngày|mỗi ngày)\b|كل يوم|يومي|हर दिन|रोज|प्रतिदिन|প্রতিদিন|روزانہ|ทุกวัน|每天|每日|毎日|매일"
)
# Letters of other scripts that are read, or look, like Latin ones.
_LATIN = {
    "р": "rp",
    "а": "a",
    "б": "b",
    "с": "cs",
    "в": "bv",
    "м": "m",
    "к": "k",
    "т": "t",
    "х": "hx",
    "е": "e",
    "д": "d",
}


def fits(question: str, passages: Iterable[Passage], quote: str) -> bool:
    """May the quote be shown? `passages`: all that were found; `quote`: with what it stands under."""
    wanted = topics.heard(question).topics
    told = topics.shown(quote)
    if any(one & MUST_SAY and not one & told for one in wanted):
        return False
    if _is_of_a_day(question, wanted) and not (dates(question) & dates(quote) or is_of_every_day(quote)):
        return False
    asked = codes(question)
    known = frozenset[str]()
    if asked:
        known = _codes_in(" \n".join(f"{one.title}\n{one.heading}\n{one.text}" for one in passages))
    return all(spelled & known for spelled in asked)


def tells_how_long(question: str, quote: str) -> bool:
    """Is there a span of time, where one is asked for? What else is said of the thing is near by its name alone."""
    return "duration" not in wanted_kinds(question) or bool(spans(quote)) or cues.has(quote, "day")


def of_the_holiday(question: str, quotes: Sequence[tuple[str, str]]) -> list[bool]:
    """Which quotes may answer as to the holiday that is asked about; each with what it stands under. Where one names
    it, no other may: another holiday's row, or the usual hours, mislead."""
    days = [one for one in topics.heard(question).topics if HOLIDAY in one]
    named = [one - {HOLIDAY} for one in days]
    by_name = [all(one & topics.shown(text) for one in named) for _, text in quotes]
    if all(named) and any(by_name):
        return by_name
    return [all(one & topics.shown(f"{above}\n{text}") for one in days) for above, text in quotes]


def names_holiday(question: str) -> bool:
    return any(HOLIDAY in one for one in topics.heard(question).topics)


def is_pointer(text: str) -> bool:
    """Does it only say where else something stands ("holidays: see below")?"""
    return cues.has(text, "elsewhere") and not _FIGURE.search(text) and len(cues.words(text)) <= LONGEST_POINTER


def codes(question: str) -> list[frozenset[str]]:
    """The codes of a question ("r22", "b2"), each in the spellings that it may have. Times and sums are none."""
    return [
        _spelled(match[1], match[2])
        for match in _TYPED_CODE.finditer(cues.normal(question))
        if not MONEY.search(match[0]) and not cues.has(match[0], "weekday_short")
    ]


def _codes_in(text: str) -> frozenset[str]:
    spelled = (_spelled(match[1], match[2]) for match in _CODE.finditer(cues.normal(text)))
    return frozenset[str]().union(*spelled)


def _spelled(letters: str, number: str) -> frozenset[str]:
    return frozenset("".join(read) + number for read in product(*(_LATIN.get(one, "") + one for one in letters)))


def _is_of_a_day(question: str, wanted: Iterable[topics.Topics]) -> bool:
    """Does it ask whether a certain date is a working day?"""
    return bool(dates(question)) and any("hours" in one for one in wanted)


def is_of_every_day(quote: str) -> bool:
    return weekdays(quote) == EVERY or bool(_DAILY.search(cues.normal(quote)))
