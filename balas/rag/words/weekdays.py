"""Days of the week in a text, ranges among them: "Senin–Jumat", "Monday to Friday", "de terça a sábado"."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from balas.rag.words import cues

DAYS = 7
EVERY = frozenset(range(DAYS))
_JOINS = (
    r"\s*[-–—~]\s*|\s*(?:to|until|through|thru|till|sampai dengan|sampai|hingga|s/?d|a|al|hasta|à|às|ao|até|au|bis"
    r"|bis zum|t/m|tot|tot en met|-?dan|do"
    r"|по|до|إلى|الى|حتى|تا|से|থেকে|سے|ถึง|đến|tới|至|到|から|부터|에서|hadi|mpaka|zuwa"
    r"|hanggang)\s*(?:(?:and|el|la|los|o|a|as|os|den|het|le|il|hari)\s+|วัน)?"
)
# Words of everyday use too: "segunda via" is a second copy, "dua minggu" two weeks.
_COUNTING = re.compile(r"(?:\d|\b(?:per|tiap|setiap|beberapa|dua|tiga|empat|lima|enam|satu|bawat|isang))\s*$")
_PARTED = re.compile(r"[\s-]+")  # "sonn- und", "segunda-feira"
_HANGUL = re.compile("[\uac00-\ud7a3]")
_WEEKS = frozenset({"minggu", "linggo", "ہفتہ", "ہفتے", "isonto"})
_ORDINALS = frozenset({"segunda", "terça", "terca", "quarta", "quinta", "sexta"})
_NEXT = re.compile(
    r"\s*(?:$|[^\w\s]|\d|(?:feira|a|à|às|ao|até|e|ou|o|das|de|não|nao|só|são|tem|está|abre\w*|fecha\w*)\b)"
)


def weekdays(text: str) -> frozenset[int]:
    """Monday is 0. Days within a range count; a range over the week's end goes round."""
    flat = cues.normal(text)
    found = [(start, end, _days()[_PARTED.sub(" ", flat[start:end])]) for start, end in _places(flat)]
    days = {day for _, _, day in found}
    for (_, end, first), (start, _, last) in pairwise(found):
        if _join().fullmatch(flat[end:start]):
            days |= set(_range(first, last))
    for match in _short_range().finditer(flat):
        for names in _short():
            if match[1] in names and match[2] in names:
                days |= set(_range(names[match[1]], names[match[2]]))
    for match in _short_before_times().finditer(flat):
        days |= {names[match[1]] for names in _short() if match[1] in names}
    return frozenset(days)


def day_groups(text: str) -> list[tuple[int, int]]:
    """Where days are named in a text, a range as one; places count in `cues.normal`, near enough to cut a text."""
    groups: list[tuple[int, int]] = []
    flat = cues.normal(text)
    for start, end in _places(flat):
        if groups and _join().fullmatch(flat[groups[-1][1] : start]):
            groups[-1] = (groups[-1][0], end)
        else:
            groups.append((start, end))
    return groups


def meets(text: str, asked: frozenset[int]) -> float:
    """1 when a text speaks of a day that was asked for, -1 when it speaks of other days alone."""
    told = weekdays(text) if asked else frozenset[int]()
    return 0.0 if not told else 1.0 if told & asked else -1.0


def opens_with(text: str, asked: frozenset[int]) -> bool:
    """Does a text begin with one of these days? "All week but Sunday" does not."""
    return bool((weekdays(text) - weekdays(text.partition(" ")[2])) & asked)


def _range(first: int, last: int) -> list[int]:
    return [(first + step) % DAYS for step in range((last - first) % DAYS + 1)]


def _places(flat: str) -> list[tuple[int, int]]:
    return [match.span() for match in _pattern().finditer(flat) if _is_day(flat, match)]


def _is_day(flat: str, match: re.Match[str]) -> bool:
    word = match[0]
    if word in _WEEKS:
        return not _COUNTING.search(flat[max(0, match.start() - 12) : match.start()])
    return word not in _ORDINALS or bool(_NEXT.match(flat[match.end() :]))


@cache
def _days() -> dict[str, int]:
    return {_PARTED.sub(" ", cues.normal(name)): day for name, day in cues.ordered("weekday").items()}


@cache
def _short() -> list[dict[str, int]]:
    """Abbreviations of each language: "mar" alone may be a month or the sea, "Mon–Fri" is no accident."""
    return [dict(names) for code in cues.codes() if (names := cues.ordered("weekday_short", code))]


@cache
def _short_range() -> re.Pattern[str]:
    # A Latin word ends before what joins: "taxa seg. a qui." holds no range from "tax" on.
    return re.compile(rf"(?<!\w)([^\W_]{{2,3}})(?![a-z\u00df-\u024f])\.?(?:{cues.normal(_JOINS)})([^\W_]{{2,3}})(?!\w)")


@cache
def _short_before_times() -> re.Pattern[str]:
    """ "Sa 9:00–9:45". Before one time alone such a word may be another: "do 18:00" is "until" in Polish."""
    time = r"\d{1,2}(?:[:.h]\d{2}|\s*(?:uhr|h|am|pm))"
    return re.compile(rf"(?<!\w)([^\W\d_]{{2,3}})\.?,?\s+(?:\d{{1,2}}|{time})\s*[-–—]\s*{time}(?!\w)")


@cache
def _join() -> re.Pattern[str]:
    # What stands between may also hold "feira" and the Arabic or Persian word for day.
    joins = cues.normal(_JOINS)
    return re.compile(rf"(?:[\s-]*feiras?|日)?(?:{joins})(?:يوم\s+)?")


@cache
def _pattern() -> re.Pattern[str]:
    """Longest first; scripts without blanks anywhere, Arabic after a joined "and", "on" or "for" too."""
    unspaced: list[str] = []
    spaced: list[str] = []
    for name in sorted(_days(), key=len, reverse=True):
        (unspaced if cues.is_unspaced(name) or _HANGUL.match(name) else spaced).append(
            re.escape(name).replace(r"\ ", _PARTED.pattern)
        )
    return re.compile(rf"{'|'.join(unspaced)}|(?:(?<!\w)|(?<=(?<!\w)[وبل]))(?:{'|'.join(spaced)})(?![^\W\d_])")
