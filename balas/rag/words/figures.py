"""Numbers, prices, times, dates and addresses in a text, whatever their spelling: "Rp85rb" is "85.000" is "85,000"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import NamedTuple

from balas.rag.words import cues
from balas.rag.words.clocks import clocks, in_digits, without_fractions
from balas.rag.words.lexical import folded
from balas.rag.words.units import BESIDE, is_money, same_unit, unit_of

MIN_PHONE = 7  # digits
SAME_PHONE = 9  # last digits that make two numbers the same, whatever the country or trunk prefix

_SCALES = {
    1_000: "rb|ribu|k|thousand|thousands|mil|mille|mila|tausend|duizend|bin|тыс|тысяч|тысячи|тисяч"
    "|ألف|الف|آلاف|الاف|هزار|हजार|हज़ार|হাজার|ہزار|พัน|nghìn|ngàn|千|천|elfu|dubu|ẹgbẹ̀rún|libo",
    10_000: "万|萬|만|หมื่น",
    100_000: "lakh|lakhs|लाख|লাখ|لاکھ|แสน",
    1_000_000: "jt|juta|mio|mn|million|millions|millionen|millones|millón|milhão|milhões|milioni|miljoen|milyon"
    "|млн|миллион|миллиона|миллионов|мільйон|مليون|ملايين|میلیون|ล้าน|triệu|百万|백만|milioni|milyan",
    10_000_000: "crore|crores|करोड़|কোটি|کروڑ",
}
_SCALE_OF = {folded(word): Decimal(scale) for scale, said in _SCALES.items() for word in said.split("|")}
_SCALE = "|".join(sorted(map(re.escape, _SCALE_OF), key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?<!\d)\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)|\d+(?:[.,'’٬٫]\d+)*(?:\s{{0,8}}(?:{_SCALE})(?!\w))?|\d+"
)
_SCALED = re.compile(rf"^(?P<digits>.*?)\s*(?P<scale>{_SCALE})?$", re.DOTALL)
_DATE = re.compile(r"(?<!\d)(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?!\d)")
_PHONE = re.compile(r"(?<![\w/])\+?\(?\d(?:[\s().–-]{0,2}\d){6,16}(?!\w)")
_TLD = (
    "com|net|org|info|biz|io|app|dev|xyz|shop|store|online|site|link|click|top|live|page|cloud|tech|edu|gov|mil|icu|vip"
    "|id|sg|es|pt|br|fr|de|nl|tr|ru|ua|cn|pk|th|vn|jp|kr|ke|ng|za|ph|uk|eu|ly|gl|gg|tk|ai|ws|cc|tv|co|ar|mx|cl|ae|sa|bd"
    "|zip|mov|support|finance|loan|loans|bid|monster|website|quest|sbs|cfd|cyou|gdn|buzz|pw|cam|download|stream|trade"
    "|lat|lol|mobi|su|рф|рус|укр|中国|网址"
)
_WORDY_TLD = "in|it|to|me|us|so|is|at|be|my|no|am|do|la"  # words too: only with a path or a further name before them
_HOST = r"(?<![\w@.-])(?:[\w-]{1,63}\.)+"
URL = re.compile(
    r"(?:https?|ftp)://[^\s<>\"'）)\]]+|\bwww\.[^\s<>\"'）)\]]+|(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+"
    rf"|{_HOST}(?:(?:{_TLD}|xn--[a-z0-9-]+)\b(?:/[^\s<>\"')\]]*)?|(?:{_WORDY_TLD})/[^\s<>\"')\]]*)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"^\d{1,2}[.:]\d{2}$")
# A sheet's "1500000": it may be a telephone number as well.
UNGROUPED = re.compile(r"(?<![\d.,+])[1-9]\d{6,10}(?![\d.,]*\d)")
_GROUPED = re.compile(r"^\d{1,3}(?:[.,'’٬ \u00a0\u202f]\d{3})+$")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as written, with every way it may be meant."""

    raw: str
    values: frozenset[Decimal]
    minutes: int | None = None  # after midnight, when it may be a time of day
    unit: str | None = None  # what it counts, by the name in `units.toml`


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything countable that a text holds, to look others' figures up in."""

    values: frozenset[Decimal]
    times: frozenset[int]
    months: frozenset[int]
    digits: str  # runs of digits, parted by blanks
    links: frozenset[str]
    units: Mapping[Decimal, frozenset[str | None]]  # what each value counts; None where nothing is said


def figures(text: str, language: str | None = None) -> list[Figure]:
    """The numbers and times of a text. Number words count in `language` alone: "once" is eleven in Spanish only."""
    return list(_figures(text, language))


@lru_cache(maxsize=512)  # several checks ask it of each sentence, for every passage
def _figures(text: str, language: str | None) -> tuple[Figure, ...]:
    text = in_digits(without_fractions(text), language)
    found = [Figure(one.raw, frozenset(one.values), one.minutes, one.unit) for one in _read(folded(text))]
    spelled: Mapping[str, int] = cues.ordered("number", language) if language else {}
    return (*found, *_spelled(text, spelled))


def collected(text: str, spoken: frozenset[str] = frozenset()) -> Figures:
    """The figures of a passage, and the parts of a date. Number words count in the languages that are `spoken`, in all
    where none is known: "on" is ten in Turkish only."""
    text = without_fractions(text)
    flat = folded(text)
    read = list(_read(flat))
    ones = [one for one in _spelled(text, _ones(spoken)) if one.unit is not None]
    spelled = [*_spelled(text, _listed("number", spoken)), *ones]
    words = {value for one in spelled for value in one.values}
    units: dict[Decimal, set[str | None]] = {}
    counted = [(one.values, one.unit) for one in read] + [(one.values, one.unit) for one in spelled]
    for values, unit in counted:
        for value in values:
            units.setdefault(value, set()).add(unit)
    dates = {Decimal(part) for match in _DATE.finditer(flat) for part in match.group(1, 3, 4)}
    ungrouped = {Decimal(run) for run in UNGROUPED.findall(flat)}
    numeric_months = {int(part) for match in _DATE.finditer(flat) for part in match.group(1, 3) if 1 <= int(part) <= 12}
    return Figures(
        frozenset({value for one in read for value in one.values} | words | dates | ungrouped),
        frozenset(one.minutes for one in read if one.minutes is not None),
        frozenset(months(text) | numeric_months),
        " ".join(re.sub(r"\D", "", run) for run in _PHONE.findall(flat)) + " " + " ".join(re.findall(r"\d{4,}", flat)),
        links(text),
        {value: frozenset(seen) for value, seen in units.items()},
    )


@cache
def _listed(name: str, spoken: frozenset[str]) -> Mapping[str, int]:
    if not spoken & cues.languages_with(name):
        return cues.ordered(name)
    return {word: place for one in spoken for word, place in cues.ordered(name, one).items()}


@cache
def _ones(spoken: frozenset[str]) -> Mapping[str, int]:
    return dict.fromkeys(_listed("one", spoken), -1)


def months(text: str) -> set[int]:
    """Months by name, 1..12, where a number stands beside them: "may" and "mar" are words of their own too."""
    found, names = cues.words(text), cues.ordered("month")
    return {
        names[word] + 1
        for here, word in enumerate(found)
        if word in names and any(near.isdecimal() for near in found[max(0, here - 2) : here + 3])
    }


def phones(text: str) -> list[str]:
    """Runs that look like phone or account numbers, as written. Prices and dates are none."""
    flat = folded(text)
    return [match[0] for match in _PHONE.finditer(flat) if _is_phone(match[0])]


def _is_phone(run: str) -> bool:
    parts = [part for part in re.split(r"[\s()–-]+", run) if part]
    amounts = all(_GROUPED.match(part) or _CLOCK.match(part) or len(part) <= 2 for part in parts)
    years = len(parts) == 2 and all(re.match(r"^(?:19|20)\d{2}$", part) for part in parts)
    spaced = bool(_GROUPED.match(run))
    return not (amounts or years or spaced or _DATE.search(run))


@lru_cache(maxsize=128)  # asked of each sentence, for every passage
def links(text: str) -> frozenset[str]:
    """Addresses of pages and mail in one spelling: no scheme, no "www.", no closing punctuation, lower case."""
    return frozenset(link(match[0]) for match in URL.finditer(text) if not match[0].replace(".", "").isdigit())


def link(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.strip().casefold()).rstrip("/.,;:!?…")


def holds(held: Figures, figure: Figure, *, hours: bool = False) -> bool:
    """Is this figure among those held, in any spelling, and does it count the same there?

    `hours`: beside times a bare number may be one too ("с 8 до 22 часов").
    """
    bare = figure.values if hours and figure.minutes is None and figure.unit in {None, "hour"} else frozenset[Decimal]()
    if {value * 60 for value in bare if value <= 24} & held.times:
        return True
    known = figure.values & held.values
    if known and figure.minutes is None and not any(_counts_same(held, value, figure.unit) for value in known):
        return False
    if known or (figure.minutes is not None and figure.minutes in held.times):
        return True
    if figure.minutes is not None and figure.minutes % 60 == 0:
        return Decimal(figure.minutes // 60) in held.values
    return holds_number(held, figure.raw)


def is_alike(one: Figure, other: Figure) -> bool:
    """Could one stand in the other's place: two times, two prices, two numbers of days?"""
    if (one.minutes is None) is not (other.minutes is None):
        return False
    if one.unit is None or other.unit is None:
        return one.minutes is not None or one.unit is other.unit
    return same_unit(one.unit, other.unit) or (is_money(one.unit) and is_money(other.unit))


def holds_number(held: Figures, number: str) -> bool:
    """Is this phone or account number among those held? "+62 812…" is "0812…"."""
    digits = re.sub(r"\D", "", folded(number))
    if len(digits) < MIN_PHONE:
        return False
    return any(digits in run or digits[-SAME_PHONE:] == run[-SAME_PHONE:] for run in held.digits.split())


def _counts_same(held: Figures, value: Decimal, unit: str | None) -> bool:
    seen = held.units.get(value, frozenset())
    return unit is None or not seen or None in seen or any(one and same_unit(unit, one) for one in seen)


def _spelled(text: str, names: Mapping[str, int]) -> Iterator[Figure]:
    found = cues.spans(text) if names else []
    for here, (word, _, end) in enumerate(found):
        following = found[here + 1] if here + 1 < len(found) else None
        pair = f"{word} {following[0]}" if following else word
        if following and pair in names:
            word, end = pair, following[2]
        if word in names:
            yield Figure(word, frozenset({Decimal(names[word] + 2)}), unit=unit_of("", text[end : end + BESIDE]))


class _Read(NamedTuple):
    raw: str
    values: set[Decimal]
    minutes: int | None = None
    unit: str | None = None


def _read(flat: str) -> Iterator[_Read]:
    taken = bytearray(len(flat))  # 1 for each character of what was read already
    for match in _PHONE.finditer(flat):
        if _is_phone(match[0]):
            _mark(taken, *match.span())
            yield _Read(match[0], set())
    for clock in clocks(flat):
        if clock.minutes is None or taken[clock.start]:
            continue
        if not clock.is_marked and is_money(_unit_beside(flat, clock.start, clock.end)):
            continue  # "$4.50"
        values = _values(clock.raw.split()[0]) if not clock.is_marked and "." in clock.raw else set[Decimal]()
        _mark(taken, clock.start, clock.end)
        yield _Read(clock.raw, values, clock.minutes)
    for match in _NUMBER.finditer(flat):
        if not taken[match.start()]:
            yield _Read(match[0], _values(match[0]), None, _unit_beside(flat, *match.span()))


def _mark(taken: bytearray, start: int, end: int) -> None:
    taken[start:end] = b"\1" * (end - start)


def _unit_beside(flat: str, start: int, end: int) -> str | None:
    return unit_of(flat[max(0, start - BESIDE) : start], flat[end : end + BESIDE])


def _values(raw: str) -> set[Decimal]:
    """What a number means: "1.500" is 1500 (three digits after a mark are thousands), "1,5 juta" 1500000."""
    match = _SCALED.match(raw)
    if match is None:
        return set()
    scale = _SCALE_OF.get(match["scale"] or "", Decimal(1))
    digits = match["digits"].strip()
    plain = re.sub(r"[.,'’٬٫\s]", "", digits)
    spellings = {plain} if _GROUPED.match(digits) or digits.isdecimal() else set[str]()
    whole, mark, fraction = _last_mark(digits)
    if mark and (not spellings or whole == "0"):
        spellings.add(f"{re.sub(r'[^0-9]', '', whole)}.{fraction}")
    values = set[Decimal]()
    for spelling in spellings:
        try:
            values.add((Decimal(spelling) * scale).normalize())
        except InvalidOperation:
            continue
    return values


def _last_mark(digits: str) -> tuple[str, str, str]:
    found = re.match(r"^(.*)([.,'’٫])(\d+)$", digits)
    return (found[1], found[2], found[3]) if found else (digits, "", "")
