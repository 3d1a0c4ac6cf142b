"""What a list tells of each thing it names: its price, its size, how long it takes.

A list is a table, lines of which each names a thing with its figure, or a sentence that does so ("small 18,000, large
25,000").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from balas.rag.quoting.extremes import Measure
from balas.rag.quoting.quotes import Quote
from balas.rag.words import cues, topics
from balas.rag.words.answer_kinds import CURRENCIES, MONEY
from balas.rag.words.figures import UNGROUPED, figures
from balas.rag.words.units import is_money

LONGEST = 160  # characters of a line or clause that names one thing
LONGEST_NAME = 6  # words of its name
FEWEST = 2  # things that make lines or clauses a list
_CLAUSE = re.compile(r"(?<!\d)[,;،、，]\s*|[,;،、，]\s+(?=\D)|[,;،、，](?=\s)")
_LABEL = re.compile(r"[:：]\s*")
_PER_CENT = re.compile(r"\d\s*%|%\s*\d")
_CURRENCY = re.compile(rf"(?<![^\W\d_])(?:{CURRENCIES})\s*\.?\s*$|[$€£¥₹₺₽₦₱฿₫₩]\s*$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_CODE = re.compile(r"(?=\S*\d)[\w./-]+|[A-Z0-9./-]{2,}")
_SPANS = {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "month": 43200, "year": 525600}
_SIZES = {
    "ml": ("volume", "0.001"), "cl": ("volume", "0.01"), "l": ("volume", "1"), "lt": ("volume", "1"),
    "liter": ("volume", "1"), "litre": ("volume", "1"), "litro": ("volume", "1"), "oz": ("volume", "0.0296"),
    "мл": ("volume", "0.001"), "л": ("volume", "1"), "g": ("weight", "0.001"), "gr": ("weight", "0.001"),
    "gram": ("weight", "0.001"), "kg": ("weight", "1"), "кг": ("weight", "1"), "г": ("weight", "0.001"),
    "cm": ("length", "0.01"), "см": ("length", "0.01"), "mm": ("length", "0.001"), "inch": ("length", "0.0254"),
    "m2": ("area", "1"), "sqm": ("area", "1"), "qm": ("area", "1"), "м2": ("area", "1"), "sq m": ("area", "1"),
}  # fmt: skip
_SIZE = re.compile(rf"(?<![\w.,])(\d+(?:[.,]\d+)?)\s*({'|'.join(sorted(_SIZES, key=len, reverse=True))})(?!\w)")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a list. `cells` are without the labels of their columns; the first that is no code is its name."""

    quote: Quote
    name: str
    cells: tuple[str, ...]
    column: str  # the label of the names' column
    figures: tuple[tuple[Decimal, str], ...]  # with what each counts
    is_line: bool = True  # a whole line or row

    @property
    def heading(self) -> str:
        """What stands right above it."""
        return self.quote.lead.rstrip(" :：") or self.quote.context

    @property
    def above(self) -> tuple[str, ...]:
        """The headings further up, without the title."""
        return tuple(part for part in self.quote.passage.heading.split(" › ") if part.strip())


def items(quotes: Sequence[Quote], measure: Measure) -> list[Item]:
    """The things that these quotes tell this measure of."""
    found = [one for quote in quotes for one in (_row(quote, measure) if quote.is_row else _listed(quote, measure))]
    lists = Counter(_list_of(one) for one in found)
    return [one for one in found if one.quote.is_row or lists[_list_of(one)] >= FEWEST]


def _list_of(item: Item) -> tuple[int, int]:
    """The paragraph of a clause; lines that each name a thing make one list with the others of their passage."""
    return item.quote.passage.chunk_id, -1 if item.is_line else item.quote.line


def _row(quote: Quote, measure: Measure) -> Iterator[Item]:
    pairs = [_pair(cell) for cell in quote.cells]
    read = tuple(
        one for place, (label, value) in enumerate(pairs) for one in _figures(value, label * (place > 0), measure)
    )
    named = [(label, value) for label, value in pairs if not _CODE.fullmatch(value)] or pairs
    if read:
        yield Item(quote, named[0][1], tuple(value for _, value in pairs), named[0][0], read)


def _pair(cell: str) -> tuple[str, str]:
    label, mark, value = cell.partition(": ")
    return (label.strip(), value.strip()) if mark else ("", label.strip())


def _listed(quote: Quote, measure: Measure) -> Iterator[Item]:
    lines = quote.text.splitlines()
    lead = lines[0] if len(lines) > 1 and lines[0].endswith((":", "：")) else quote.lead
    for line in lines:
        if len(lines) == 1 or line is not lead:
            clauses = _clauses(line, measure)
            for clause in clauses:
                item = _said(replace(quote, text=clause, lead=lead), measure)
                if item:
                    yield replace(item, is_line=len(clauses) == 1 and _fills_its_line(quote, line))


def _fills_its_line(quote: Quote, line: str) -> bool:
    return any(one.strip() == line for one in quote.passage.text.splitlines())


def _said(quote: Quote, measure: Measure) -> Item | None:
    said = quote.bare.strip()
    read = tuple(_figures(said, "", measure))
    name = _LABEL.split(said)[0] if _LABEL.search(said) and not _DIGIT.search(_LABEL.split(said)[0]) else ""
    first = _DIGIT.search(said)
    name = _CURRENCY.sub("", name or said[: first.start() if first else 0]).strip(" -–—.:(")
    if not read or len(said) > LONGEST or not 0 < len(cues.words(name)) <= LONGEST_NAME:
        return None
    return Item(quote, name, (said,), "", read)


def _clauses(line: str, measure: Measure) -> list[str]:
    """A sentence's parts that each tell a figure; what tells none belongs to the next that does."""
    parts, begun, at = list[str](), 0, 0
    for cut in _CLAUSE.finditer(line):
        if any(_figures(line[at : cut.start()], "", measure)):
            parts.append(line[begun : cut.start()])
            begun = cut.end()
        at = cut.end()
    rest = line[begun:]
    if len(parts) + any(_figures(rest, "", measure)) < FEWEST:
        return [line]
    if not any(_figures(rest, "", measure)):
        return parts
    return [*parts, rest]


def _figures(value: str, label: str, measure: Measure) -> Iterator[tuple[Decimal, str]]:
    if measure is Measure.SIZE:
        for match in _SIZE.finditer(value.casefold().replace("²", "2")):
            kind, factor = _SIZES[match[2]]
            yield Decimal(match[1].replace(",", ".")) * Decimal(factor), kind
    elif measure is Measure.SPAN:
        for one in figures(value):
            unit = one.unit or _unit_of(label)
            if unit in _SPANS and one.values:
                yield min(one.values) * _SPANS[unit], "span"
    else:
        yield from _prices(value, label)


def _unit_of(label: str) -> str | None:
    return next((one.unit for one in figures(f"1 {label.strip(' ()')}") if one.unit), None)


def _prices(value: str, label: str) -> Iterator[tuple[Decimal, str]]:
    """The sums of money of a cell or a clause; any number where the label says that it is a price."""
    value = UNGROUPED.sub(lambda run: f"{int(run[0]):,}", value)
    is_priced = any(topics.PRICE in topic for topic in topics.heard(label).topics) if label else False
    is_fee = not is_priced and cues.has(label, "amount") and not topics.heard(label).topics  # "Fee: 700"
    if is_fee and not any(one.unit for one in figures(value)):
        is_priced = True
    if _PER_CENT.search(value) or not (is_priced or MONEY.search(f"{label}: {value}" if label else value)):
        return
    read = [one for one in figures(value) if one.values and one.minutes is None]
    money = [one for one in read if is_money(one.unit)]
    for one in money or read[:1]:
        yield min(one.values), one.unit if one.unit and is_money(one.unit) else ""
