"""Timetables: of the rows of times those of the day, the line and the end of the day that are asked for.

A row of a timetable names nothing ("Mon–Fri: 07:00; Saturday: 08:30"): whether it is one of the way that is meant, its
heading tells, and of what day a time is, its column.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TypeVar

from balas.rag.quoting import extremes
from balas.rag.quoting.extractive import Extract
from balas.rag.quoting.fitness import HOLIDAY, is_of_every_day, names_holiday
from balas.rag.quoting.naming import stands
from balas.rag.quoting.quotes import Quote, quotes, sources_of
from balas.rag.words import cues, topics
from balas.rag.words.answer_kinds import wanted_kinds
from balas.rag.words.clocks import clocks
from balas.rag.words.lexical import folded
from balas.rag.words.weekdays import weekdays
from balas.values import ChunkKind, Passage

FEWEST = 2  # rows
SHORTEST = 3  # letters of a word that may name a line
MOST_TABLES = 3
LONGEST = 700  # characters
Listed = TypeVar("Listed")
SURE = (1.0, 1.0, 1.0, 1.0, 1.0)
_BETWEEN = re.compile(r"[\s,;/|·•–-]*")
_FIRST, _LAST = "first", "last"


@dataclass(frozen=True, slots=True)
class _Row:
    quote: Quote
    cells: tuple[tuple[str, str], ...]  # with the labels of their columns

    def times(self) -> list[tuple[str, list[str]]]:
        """The columns that hold nothing but times, and these as written."""
        read = [(label, _times(value)) for label, value in self.cells]
        return [(label, times) for label, times in read if times]

    @property
    def is_of_times(self) -> bool:
        return len(self.times()) == len(self.cells)


@dataclass(frozen=True, slots=True)
class _Table:
    passage: Passage
    rows: tuple[_Row, ...]
    end: int = 0  # the position of the last passage that it takes

    @property
    def heading(self) -> str:
        return self.passage.heading.split(" › ")[-1].strip() or self.passage.title

    @property
    def is_grid(self) -> bool:
        """Nothing but times, by columns."""
        return all(row.is_of_times for row in self.rows)


def timetabled(
    extract: Extract, question: str, near: Sequence[Passage], search: Callable[[], Sequence[Passage]]
) -> Extract:
    """What the timetables tell that the extract was taken from; itself where they are none, or no time is asked for.
    `near`: the passages that were found; `search`: more of them, among which the other tables are."""
    cited = {(source.document_id, source.heading) for source in extract.sources}
    its = [table for passage in near if (passage.document_id, passage.heading) in cited and (table := _table(passage))]
    if not its or not _asks_for_times(question):
        return _with_a_time(extract, question, near)
    tables = _whole([table for passage in search() if (table := _table(passage))]) or its
    said = [_told(table, question) for table in _meant(question, tables, its)[:MOST_TABLES]]
    quoted = "\n".join(source.quote for source in extract.sources)
    if all(not table.is_grid for table in its) and all(row.quote.text in quoted for _, _, rows in said for row in rows):
        return extract  # its rows are shown already
    text = "\n".join(f"{heading}\n{times}" for heading, times, _ in said)
    if not said or len(text) > LONGEST:
        return extract
    return Extract(text, sources_of([row.quote for _, _, rows in said for row in rows]), *SURE)


def _with_a_time(extract: Extract, question: str, near: Sequence[Passage]) -> Extract:
    """What tells no time gives way to the row of times that names what is asked for, where the first or the last
    departure is: "2+1 seats to Istanbul" is no answer to "when does the last bus to Istanbul leave?"."""
    if end_of_day(question) is None or wanted_kinds(question) != {"time"} or _tells_a_time(extract.text):
        return extract
    rows = [row for passage in near if passage.kind is ChunkKind.TABLE for row in _rows(passage) if row.times()]
    words = [word for word in extremes.naming(question) if not is_end(word) and not weekdays(word)]
    counts = [sum(stands(word, row.quote.text) for word in words) for row in rows]
    most = max(counts, default=0)
    named = [row.quote for row, count in zip(rows, counts, strict=True) if count == most]
    if not most or len(named) > 1:
        return extract
    return Extract("\n".join(named[0].cells), sources_of(named), *SURE)


def _tells_a_time(text: str) -> bool:
    return any(clock.minutes is not None for clock in clocks(folded(text)))


def end_of_day(text: str) -> str | None:
    """ "first", "last", or None where a text asks for neither."""
    return next((end for end in (_LAST, _FIRST) if any(_is_end(word, end) for word in _said(text))), None)


def is_end(word: str) -> bool:
    return _is_end(word, _FIRST) or _is_end(word, _LAST)


def _asks_for_times(question: str) -> bool:
    kinds = wanted_kinds(question)
    if "duration" in kinds or "amount" in kinds:
        return False
    hours = any("hours" in topic for topic in topics.heard(question).topics)
    days = bool(weekdays(question)) or names_holiday(question)
    return days or hours or "time" in kinds or end_of_day(question) is not None


def _table(passage: Passage) -> _Table | None:
    if passage.kind is not ChunkKind.TABLE:
        return None
    rows = tuple(_rows(passage))
    timed = [row for row in rows if row.times()]
    is_one = len(rows) >= FEWEST and len(timed) == len(rows)
    table = _Table(passage, rows)
    return table if is_one and (table.is_grid or all(len(row.times()) == 1 for row in rows)) else None


def _rows(passage: Passage) -> list[_Row]:
    return [_Row(quote, tuple(_pair(cell) for cell in quote.cells if _tells(cell))) for quote in quotes(passage)]


def _whole(tables: Sequence[_Table]) -> list[_Table]:
    """A long timetable is several passages: what goes on later in the day under the same heading is of one."""
    found: list[_Table] = []
    for table in sorted(tables, key=lambda one: (one.passage.document_id, one.passage.position)):
        if found and _goes_on(found[-1], table):
            found[-1] = replace(found[-1], rows=(*found[-1].rows, *table.rows), end=table.passage.position)
        else:
            found.append(replace(table, end=table.passage.position))
    return found


def _goes_on(table: _Table, other: _Table) -> bool:
    place, next_place = [(one.passage.document_id, one.passage.heading) for one in (table, other)]
    (label, last), (next_label, first) = table.rows[-1].times()[0], other.rows[0].times()[0]
    is_later = _minutes(last[-1]) <= _minutes(first[0])
    return place == next_place and label == next_label and other.passage.position == table.end + 1 and is_later


def _minutes(time: str) -> int:
    return next(clock.minutes or 0 for clock in clocks(folded(time)))


def _pair(cell: str) -> tuple[str, str]:
    label, mark, value = cell.partition(": ")
    return (label.strip(), value.strip()) if mark else ("", label.strip())


def _tells(cell: str) -> bool:
    """No dash in place of a time."""
    return not _BETWEEN.fullmatch(_pair(cell)[1])


def _times(value: str) -> list[str]:
    """The times of a cell that holds nothing else, as written."""
    flat, at, found = folded(value), 0, list[str]()
    for clock in clocks(flat):
        if clock.minutes is None or not _BETWEEN.fullmatch(flat[at : clock.start]):
            return []
        found.append(clock.raw)
        at = clock.end
    return found if _BETWEEN.fullmatch(flat[at:]) else []


def _meant(question: str, tables: Sequence[_Table], its: Sequence[_Table]) -> Sequence[_Table]:
    """Those whose headings and rows hold most of the question's words; of two ways the one that is named in the
    question's order ("from the island to town")."""
    words = [word for word in cues.words(question) if len(word) >= SHORTEST and not is_end(word) and not weekdays(word)]
    counts = [sum(stands(word, _about(table)) for word in words) for table in tables]
    most = max(counts)
    best = [table for table, count in zip(tables, counts, strict=True) if count == most] if most else its
    ordered = [table for table in best if _is_in_order(words, table.heading)]
    return ordered or best


def _about(table: _Table) -> str:
    cells = [value for row in table.rows for _, value in row.cells if not _times(value)]
    return "\n".join([table.heading, *cells])


def _is_in_order(words: Sequence[str], heading: str) -> bool:
    said = cues.words(heading)
    places = [next((at for at, one in enumerate(said) if stands(word, one)), None) for word in words]
    known = [place for place in places if place is not None]
    return known == sorted(known)


def _told(table: _Table, question: str) -> tuple[str, str, Sequence[_Row]]:
    """The heading, the times with what they are of, and the rows that hold them."""
    end = end_of_day(question)
    if not table.is_grid:
        rows = _cut(_of_the_line(_of_the_day(table.rows, question), question), end)
        return table.heading, "\n".join(row.quote.text for row in rows), rows
    columns: dict[str, list[str]] = {}
    for row in table.rows:
        for label, times in row.times():
            columns.setdefault(label, []).extend(times)
    asked = [label for label in columns if _is_of_day(label, question)] or list(columns)
    lines = [f"{label}: {', '.join(_cut(columns[label], end))}".removeprefix(": ") for label in asked]
    return table.heading, "\n".join(lines), table.rows


def _of_the_day(rows: Sequence[_Row], question: str) -> Sequence[_Row]:
    asked = weekdays(question)
    on_it = [row for row in rows if not asked or not (told := weekdays(row.quote.text)) or asked & told]
    daily = [row for row in rows if row not in on_it and is_of_every_day(row.quote.text)]
    return [row for row in rows if row in on_it or row in daily] or rows


def _of_the_line(rows: Sequence[_Row], question: str) -> Sequence[_Row]:
    """The rows that hold most of the question's words, where some do and others do not."""
    words = [word for word in extremes.naming(question) if not weekdays(word)]
    counts = [sum(stands(word, row.quote.text) for word in words) for row in rows]
    return [row for row, count in zip(rows, counts, strict=True) if count == max(counts)]


def _is_of_day(label: str, question: str) -> bool:
    if names_holiday(question) and HOLIDAY in topics.shown(label):
        return True
    return bool(weekdays(label) & weekdays(question))


def _cut(listed: Sequence[Listed], end: str | None) -> Sequence[Listed]:
    """In the order that is listed: what leaves after midnight is of the evening before."""
    return listed[:1] if end == _FIRST else listed[-1:] if end == _LAST else listed


def _said(text: str) -> list[str]:
    """Words and pairs of them."""
    words = cues.words(text)
    return [*words, *(" ".join(pair) for pair in pairwise(words))]


def _is_end(said: str, end: str) -> bool:
    whole, begun = _lists()[end]
    return said in whole or any(said.startswith(one) for one in begun) or _is_within(said, whole)


def _is_within(said: str, whole: frozenset[str]) -> bool:
    return cues.is_unspaced(said) and any(one in said for one in whole if cues.is_unspaced(one))


@cache
def _lists() -> Mapping[str, tuple[frozenset[str], tuple[str, ...]]]:
    table = tomllib.loads(files("balas.rag.quoting").joinpath("timetables.toml").read_text(encoding="utf-8"))
    found: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {}
    for end, by_language in table.items():
        listed = [(code, entry) for code, said in by_language.items() for entry in said.split(" | ")]
        spelled = [
            (typed, entry.endswith("*"))
            for code, entry in listed
            for typed in cues.spellings(" ".join(cues.words(entry)), code)
        ]
        whole = frozenset(typed for typed, begins in spelled if not begins)
        found[end] = (whole, tuple(typed for typed, begins in spelled if begins))
    return found
