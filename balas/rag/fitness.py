"""Whether a quote may stand under its question at all: a near miss is worse than no answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from balas.rag import cues, topics
from balas.rag.answer_kinds import MONEY
from balas.rag.weekdays import EVERY, weekdays
from balas.values import Passage

# What a quote must speak of where the question does: hours of other days and the price of a medicine mislead.
MUST_SAY = frozenset({"holiday", "health"})
_CODE = re.compile(r"(?<![\w.,])([^\W\d_x×]{1,2})[-\s]?(\d{1,3})(?![\w%]|[.,:]\d)")
_TYPED_CODE = re.compile(r"(?<![\w.,])([^\W\d_x×]{1,2})-?(\d{1,3})(?![\w%]|[.,:]\d)")
_DAY_FIRST = re.compile(r"(?<![\d.:])(\d{1,2})(?:er|st|nd|rd|th|º|\.)?\s+(?:de\s+|of\s+|tháng\s+)?([^\W\d_]+)")
_MONTH_FIRST = re.compile(r"([^\W\d_]+)\s+(\d{1,2})(?![\d:.]|\s*h\b)")
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
    if _is_of_a_day(question, wanted) and not (_dates(question) & _dates(quote) or _is_of_every_day(quote)):
        return False
    asked = codes(question)
    known = frozenset[str]()
    if asked:
        known = _codes_in(" \n".join(f"{one.title}\n{one.heading}\n{one.text}" for one in passages))
    return all(spelled & known for spelled in asked)


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
    return bool(_dates(question)) and any("hours" in one for one in wanted)


def _is_of_every_day(quote: str) -> bool:
    return weekdays(quote) == EVERY or bool(_DAILY.search(cues.normal(quote)))


def _dates(text: str) -> set[tuple[int, int]]:
    """(month, day) of the dates that name their month. "July: 14 h" is none."""
    flat, names = cues.normal(text), cues.ordered("month")
    said = [(match[2], match[1]) for match in _DAY_FIRST.finditer(flat)]
    said += [(match[1], match[2]) for match in _MONTH_FIRST.finditer(flat)]
    return {(names[month], int(day)) for month, day in said if month in names}
