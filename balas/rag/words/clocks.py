"""Times of day in a text, as people say them: "9 am", "19 Uhr", "2 giờ chiều", "शाम 4 से 6 बजे", "saa 2 asubuhi"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from balas.rag.words import cues
from balas.rag.words.lexical import folded

# The parts of a day as they are said after a time and before it.
_AFTER = {
    "morning": r"a\.?\s?m\b\.?|pagi|(?:de|por) la mañana|de la madrugada|da manhã|da madrugada|du matin|del mattino"
    r"|in the morning|утра|sáng|صباحا|فجرا|ص\b|morgens|früh|vormittags",
    "noon": "siang|noon|mittags|trưa|ظهرا|дня",
    "evening": r"p\.?\s?m\b\.?|sore|petang|(?:de|por) la tarde|da tarde|de l'après-midi|du soir|del pomeriggio"
    r"|in the (?:afternoon|evening)|вечера|chiều|tối|مساء|عصرا|بعد الظهر|م\b|nachmittags|abends",
    "night": "malam|(?:de|por) la noche|da noite|di sera|at night|ночи|đêm|ليلا|nachts",
    "asubuhi": "asubuhi", "mchana": "mchana", "jioni": "jioni", "usiku": "usiku", "alfajiri": "alfajiri",
}  # fmt: skip
_BEFORE = {
    "morning": "sabah|सुबह|午前|早上|上午|朝|오전",
    "noon": "öğlen|दोपहर|中午|昼",
    "evening": "öğleden sonra|akşam|शाम|午後|下午|晚上|夕方|夜|오후",
    "night": "gece|रात",
}
_FROM_SIX = {"asubuhi": 6, "mchana": 6, "jioni": 6, "usiku": 18, "alfajiri": 18}  # Swahili counts from six o'clock
_PLAIN = r"uhr|h\b|o'clock|बजे|点|點|時(?!間)|시(?!간)"
_HOUR = "часов|часа|giờ"  # a length of time where no part of the day follows
_HALF_PAST = "y media|e meia|et demie"
_JOIN = re.compile(
    r"\s*(?:-|–|—|~|〜|से|to|until|till|bis|à|a|até|às|hasta|ile|до|đến|tới|から|至|到|부터|حتي|الي|hadi)\s*(?:las\s+)?"
)
_SAID_BESIDE = 32  # characters behind a spelled hour that are looked at


_MINUTES = {
    "30 min": "half an hour|media hora|meia hora|une demi-heure|demi-heure|setengah jam"
    "|halbe stunde|halben stunde|mezz'ora|half uur"
    "|yarım saat|полчаса|півгодини|pół godziny|nửa tiếng|نصف ساعة|आधा घंटा|आधे घंटे|半小时|半時間|nusu saa",
    "15 min": "quarter of an hour|un cuarto de hora|um quarto de hora|un quart d'heure|viertelstunde|четверть часа",
    "45 min": "three quarters of an hour|tres cuartos de hora|trois quarts d'heure|dreiviertelstunde",
}


PARTS = frozenset(word for said in _AFTER.values() for word in re.findall(r"[^\W\d_]{3,}", said))


class Clock(NamedTuple):
    """A time, or a bare hour whose `minutes` after midnight are not told."""

    start: int
    end: int
    raw: str
    minutes: int | None
    is_marked: bool  # a word says that it is a time


def clocks(flat: str) -> Iterator[Clock]:
    """Of a text as `folded` spells it."""
    last: tuple[int, str, int] | None = None  # where the time before ended, its part of the day, its minutes
    for match in _pattern().finditer(flat):
        part = _part(match)
        if part is None and last and _JOIN.fullmatch(flat[last[0] : match.start()]) and _at(match, last[1]) > last[2]:
            part = last[1]
        marked = part is not None or match["plain"] is not None
        minutes = _at(match, part) if marked or match["minute"] else None
        yield Clock(match.start(), match.end(), match[0].strip(), minutes, marked)
        last = (match.end(), part, minutes) if part is not None and minutes is not None else None


def without_fractions(text: str) -> str:
    """Parts of an hour in minutes."""
    return _fraction().sub(
        lambda match: next(name for name, said in _MINUTES.items() if match[0].casefold() in said), text
    )


def in_digits(text: str, language: str | None) -> str:
    """The text with its spelled hours as numbers: "nine in the morning", "الحادية عشرة ليلا"."""
    hours = _hours(language) if language else {}
    pieces: list[str] = []
    done = 0
    found = cues.spans(text) if hours else []
    for here, (word, start, end) in enumerate(found):
        two = found[here + 1] if here + 1 < len(found) else None
        pair = f"{word} {two[0]}" if two else word
        said, stop = (pair, two[2]) if two and pair in hours else (word, end)
        if start < done or said not in hours or not _beside().match(folded(text[stop : stop + _SAID_BESIDE])):
            continue
        pieces += [text[done:start], str(hours[said])]
        done = stop
    return "".join([*pieces, text[done:]])


def _at(match: re.Match[str], part: str | None) -> int:
    hour, minute = int(match["hour"]), int(match["minute"] or (30 if match["past"] else 0))
    if part in _FROM_SIX:
        hour += 0 if match["minute"] else _FROM_SIX[part]  # "8:00 asubuhi" is written as elsewhere
    elif hour == 12:
        hour = 0 if part in {"morning", "night"} else 12
    elif part == "evening" or (part == "night" and hour >= 6) or (part == "noon" and hour <= 5):
        hour += 12 if hour < 12 else 0
    return (hour * 60 + minute) % 1440


def _part(match: re.Match[str]) -> str | None:
    return next(
        (name for group in ("after", "before") for name in _AFTER if match.groupdict().get(f"{group}_{name}")), None
    )


def _hours(language: str) -> dict[str, int]:
    """Of one to twelve; in Arabic as ordinals, too."""
    hours = {word: place + 2 for word, place in cues.ordered("number", language).items()}
    return hours | {word: place + 1 for word, place in cues.ordered("hour", language).items()}


@cache
def _pattern() -> re.Pattern[str]:
    after = "|".join(f"(?P<after_{name}>{folded(said)})" for name, said in _AFTER.items())
    before = "|".join(f"(?P<before_{name}>{folded(said)})" for name, said in _BEFORE.items())
    plain = folded(_PLAIN)
    return re.compile(
        rf"(?:(?:(?<![^\W\d_])|(?<=[぀-鿿]))(?:{before})\s*)?(?<![\d.,:/-])(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d))?"
        rf"(?![\d.,:/]*\d)\s*(?P<past>{folded(_HALF_PAST)})?\s*(?P<plain>{plain})?\s*(?:(?:{_HOUR})?\s*(?:{after}))?"
    )


@cache
def _fraction() -> re.Pattern[str]:
    """Longest first: "trois quarts d'heure" is no "quart d'heure"."""
    said = sorted((one for spellings in _MINUTES.values() for one in spellings.split("|")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, said)), re.IGNORECASE)


@cache
def _beside() -> re.Pattern[str]:
    after = "|".join(folded(said) for said in _AFTER.values())
    return re.compile(rf"\s*(?:{folded(_HALF_PAST)})?\s*(?:(?:{folded(_PLAIN)}|{_HOUR})\s*)?(?:{after}|uhr|o'clock)")
