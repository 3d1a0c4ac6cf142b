"""Of a timetable the way, the day and the end of the day that are asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from balas.rag.quoting.extractive import Extract
from balas.rag.quoting.quotes import quotes, sources_of
from balas.rag.quoting.timetables import timetabled
from balas.values import ChunkKind, Passage

OUT = """Mon-Fri: 05:30; Saturday: 06:00; Sunday and holidays: 08:00
Mon-Fri: 20:45; Saturday: 00:30; Sunday and holidays: 19:00"""
BACK = """Mon-Fri: 06:15; Saturday: 06:45; Sunday and holidays: 08:45
Mon-Fri: 21:30; Saturday: –; Sunday and holidays: 19:45"""
BUS = """Departs: 06:30; Days: Monday to Friday
Departs: 14:00; Days: every day; Note: takes bicycles
Departs: 18:00; Days: every day"""
PRICES = "Line: Gamboa ferry; Fare: 9.80\nLine: Saco bus; Fare: 6.50"


def _passage(number: int, heading: str, text: str) -> Passage:
    return Passage(
        number, 1, "Timetable", f"Ferries › {heading}", None, text, 0, 1.0, 0.9, 0.5, 0.5, language="en",
        kind=ChunkKind.TABLE,
    )  # fmt: skip


TABLES = [
    _passage(1, "Ferry Town → Gamboa", OUT),
    _passage(2, "Ferry Gamboa → Town", BACK),
    _passage(3, "Bus Town → Saco", BUS),
    _passage(4, "Fares", PRICES),
]


@pytest.mark.parametrize(
    ("question", "quoted", "lines"),
    [
        (
            "last ferry to gamboa on sunday",
            0,
            ["Ferry Town → Gamboa", "Sunday and holidays: 19:00", "Ferry Gamboa → Town", "Sunday and holidays: 19:45"],
        ),
        ("first ferry from gamboa to town saturday", 0, ["Ferry Gamboa → Town", "Saturday: 06:45"]),
        ("last ferry from town to gamboa on saturday", 0, ["Ferry Town → Gamboa", "Saturday: 00:30"]),  # at night
        ("last ferry gamboa town saturday", 0, ["Ferry Gamboa → Town", "Saturday: 06:45"]),  # a dash is no departure
        ("última balsa town gamboa domingo", 0, ["Ferry Town → Gamboa", "Sunday and holidays: 19:00"]),
        (
            "what time is the bus to saco on sunday",
            2,
            [
                "Bus Town → Saco",
                "Departs: 14:00; Days: every day; Note: takes bicycles",
                "Departs: 18:00; Days: every day",
            ],
        ),
        ("last bus to saco", 2, ["Bus Town → Saco", "Departs: 18:00; Days: every day"]),
    ],
)
def test_times_are_those_of_what_is_asked_for(question, quoted, lines):
    first = quotes(TABLES[quoted])[0]
    told = timetabled(
        Extract(first.text, sources_of([first]), 1, 1, 1, 1, 1), question, [TABLES[quoted]], lambda: TABLES
    )
    assert told.text.splitlines() == lines
    assert told.sources


def test_a_long_timetable_is_read_over_its_passages():
    rows = [f"Departs: {hour:02}:15; Days: every day" for hour in range(6, 22)]
    heading = "Bus Town → Saco"
    parts = [replace(_passage(9, heading, "\n".join(rows[:8])), position=4)]
    parts.append(replace(_passage(10, heading, "\n".join(rows[8:])), position=5))
    back = replace(_passage(11, heading, "\n".join(rows[:3])), position=6)  # earlier: another table
    first = quotes(parts[0])[0]
    extract = Extract(first.text, sources_of([first]), 1, 1, 1, 1, 1)
    told = timetabled(extract, "last bus to saco", parts[:1], lambda: [back, *reversed(parts)])
    assert told.text.splitlines() == [heading, rows[-1], heading, rows[2]]


@pytest.mark.parametrize(("question", "quoted"), [("how much is the ferry on sunday", 3), ("how long is the ferry", 0)])
def test_what_asks_for_no_time_keeps_its_quote(question, quoted):
    first = quotes(TABLES[quoted])[0]
    extract = Extract(first.text, sources_of([first]), 1, 1, 1, 1, 1)
    assert timetabled(extract, question, [TABLES[quoted]], lambda: TABLES) is extract


def test_what_tells_no_time_gives_way_to_the_row_that_names_the_last_departure():
    seats = replace(TABLES[0], chunk_id=5, text="2+1 seats are on buses to Saco alone.", kind=ChunkKind.TEXT)
    rows = replace(
        TABLES[3], chunk_id=6, text="Line: Town - Saco; Departs: 10:00, 22:00\nLine: Town - Ilha; Departs: 8:00"
    )
    quote = Extract(seats.text, sources_of(quotes(seats)), 1, 1, 1, 1, 1)

    def told(question: str) -> str:
        return timetabled(quote, question, [seats, rows], lambda: [seats, rows]).text

    assert told("what time is the last bus to saco") == "Line: Town - Saco\nDeparts: 10:00, 22:00"
    assert told("what time is the last bus to Gamboa") == seats.text
    assert told("which buses to saco have seats") == seats.text
