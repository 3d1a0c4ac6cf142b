"""What kind of thing a question asks for, and whether a text shows one that the question did not bring along."""

from __future__ import annotations

import re
from functools import cache

from balas.rag.words import cues
from balas.rag.words.names import names
from balas.rag.words.units import is_measure, measures, unit_of

KINDS = ("amount", "time", "person")
HALF = 0.5  # a number where a price or a time is asked for

CURRENCIES = (
    "rupiah|ringgit|euros?|dollars?|dólar(?:es)?|dollari|pesos?|reais|rupees?|रुपये|रुपए|रु|টাকা|روپے|ريال\\w*|درهم\\w*|دينار\\w*"
    "|جنيه\\w*|تومان|руб\\w*|грн|гривень|тенге|сум|lira|บาท|đồng|원|円|元|shillings?|shilingi|naira|rand|piso|zloty\\w*|zł|kron[eo]r|francs"
    "|franken|tl|try|kr|[kt]?sh|shs|rm|chf|pln|sek|nok|dkk|aed|sar|qar|kwd|egp|mad|kes|tzs|ugx|ngn|zar|inr|pkr|bdt|php|myr|sgd|thb|vnd|vnđ"
    "|gbp|usd|eur|idr|rs|rp"
)
_SIGNS = "[$€£¥₹₺₽₦₱฿₫₩﷼₴₸₪৳]"
_WORD = rf"(?<![^\W\d_])(?:{CURRENCIES})"
# A column's label makes its numbers money: "Fiyat (TL): 18000". South Africa's R stands before large numbers alone.
MONEY = re.compile(
    rf"(?:{_SIGNS}|{_WORD})(?:\)?\.?:)?\s*\.?\s*\d|\d\s*(?:rb|ribu|jt|juta|k\b|{_SIGNS}|đ|%)|[^\W_]\s*{_WORD}(?!\w)"
    r"|[\u3040-\u9fff\uac00-\ud7af\d](?:円|元|원)|(?-i:(?<!\w)R)\s?(?:\d{3}|\d{1,2}[ ,.]\d{2})",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_UNITS = (
    "hari|jam|menit|minggu|bulan|tahun|days?|hours?|minutes?|weeks?|months?|years?|días?|horas?|minutos?|semanas?"
    "|mes(?:es)?|años?|dias?|anos?|jours?|heures?|semaines?|mois|tage?n?|stunden?|wochen?|monate?n?|giorni|ore"
    "|dagen|uur|weken|gün|saat|hafta|дн|час|недел|день|يوم|أيام|ايام|ساع|أسبوع|दिन|घंटे|सप्ताह|ngày|giờ|tuần"
    "|วัน|ชั่วโมง|天|小时|日|時間|일|시간|siku|araw|oras"
)
_DURATION = re.compile(rf"\d\s*(?:{_UNITS})", re.IGNORECASE)
_TIME = re.compile(
    r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}\s?(?:am|pm|uhr|h)\b|\b(?:1\d|20)\d{2}\b|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")


def wanted_kinds(question: str) -> frozenset[str]:
    """ "amount" (how much, berapa, कितना, كم), "time" (when), "duration", "person" (who), or nothing."""
    if cues.has(question, "duration"):
        return frozenset({"duration"})
    return frozenset(kind for kind in KINDS if cues.has(question, kind))


def shows(text: str, kinds: frozenset[str], question: str = "") -> float:
    """1 when a text shows what is asked for, 0 when it does not, half a point for a bare number.

    The question's own figures and names count as nothing: "how old was he in 1998?" is not answered by "1998".
    """
    if not kinds:
        return 0.0
    brought = set(_FIGURE.findall(question))
    new = _FIGURE.sub(lambda figure: " " if figure[0] in brought else figure[0], text)
    return max(_SHOWN[kind](new, question) for kind in kinds)


def _amount(text: str, question: str) -> float:
    measure = _measure_asked(question)
    if measure:
        return float(measure in measures(text))
    return 1.0 if MONEY.search(text) else HALF if _NUMBER.search(text) else 0.0


def _measure_asked(question: str) -> str | None:
    """The unit right behind a "how many": "kaç kilo" asks for no price."""
    flat = cues.normal(question)
    found = (unit_of("", flat[match.end() :]) for match in _how_many().finditer(flat))
    return next((unit for unit in found if is_measure(unit)), None)


def _time(text: str, question: str) -> float:
    if _TIME.search(text):
        return 1.0
    days = cues.has(text, "day") and not cues.has(question, "day")
    return HALF if days or _NUMBER.search(text) else 0.0


def _duration(text: str, _question: str) -> float:
    return 1.0 if _DURATION.search(text) or _spelled().search(cues.normal(text)) else 0.0


def _person(text: str, question: str) -> float:
    known = set(cues.words(question))
    return 1.0 if any(cues.normal(name) not in known for found in names(text) for name in found.split()) else 0.0


@cache
def _how_many() -> re.Pattern[str]:
    asking = cues.entries("ask")
    words = [one for one in cues.entries("amount") if not asking.isdisjoint([one, one.split()[0]])]
    spaced = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if not cues.is_unspaced(word))
    unspaced = "|".join(re.escape(word) for word in words if cues.is_unspaced(word))
    return re.compile(rf"(?<!\w)(?:{spaced})(?!\w)(?:\s+d[ei](?=\s))?|{unspaced}")


@cache
def _spelled() -> re.Pattern[str]:
    """ "seven days", "tujuh hari"."""
    numbers = "|".join(map(re.escape, sorted(cues.ordered("number"), key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{numbers})\s+(?:{_UNITS})")


_SHOWN = {"amount": _amount, "time": _time, "duration": _duration, "person": _person}
