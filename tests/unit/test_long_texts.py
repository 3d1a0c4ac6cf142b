"""Texts made to be slow: four times as long may take four times as long, not sixteen times."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from balas.rag.checks.literals import known_of, without_links
from balas.rag.checks.output_filter import OutputRules, filtered, tidied, without_urls
from balas.rag.grounding import unmarked
from balas.rag.question import Question, questions
from balas.rag.words.dates import dates
from balas.rag.words.figures import links
from balas.rag.words.sentences import split_sentences
from balas.waha.formatting import split_message, to_whatsapp

SHORT, LONG = 4_000, 16_000
SLACK_SECONDS = 0.1  # a quadratic one takes half a second and more
PATTERNS = {
    "one letter": "a",
    "numbers": "1 ",
    "no blanks": "营业时间",
    "open stars": "*a ",
    "brackets": "(",
    "mail": "a@a@",
    "addresses": "http://",
    "lines": "\n",
    "blanks": " ",
    "links": "![a](",
    "square brackets": "[",
    "tags": "<a ",
    "dashes": "1-",
    "colons": "a:",
}
READERS: dict[str, Callable[[str], object]] = {
    "dates": dates,
    "known_of": known_of,
    "links": links,
    "without_links": without_links,
    "unmarked": unmarked,
    "sentences": split_sentences,
    "questions": lambda text: questions([text]),
    "without_urls": lambda text: without_urls(text, "", frozenset()),
    "tidied": tidied,
    "filtered": lambda text: filtered(text, text, OutputRules(private=("One of six words in a row.",)), text),
    "split_message": split_message,
    "to_whatsapp": to_whatsapp,
}


@pytest.mark.parametrize("name", READERS)
def test_time_grows_with_the_length_alone(name: str) -> None:
    read = READERS[name]
    read("Call 0812 3456 7890 at 9 am.")  # tables are loaded
    slow = {}
    for kind, pattern in PATTERNS.items():
        short, long = (_seconds(read, (pattern * size)[:size]) for size in (SHORT, LONG))
        for _ in range(3):  # a garbage collection or a busy machine is not the text's fault
            if long > 8 * short + SLACK_SECONDS:
                long = min(long, _seconds(read, (pattern * LONG)[:LONG]))
        if long > 8 * short + SLACK_SECONDS:
            slow[kind] = (round(short, 3), round(long, 3))
    assert not slow


def test_pairs_in_pairs_are_split_whatever_their_number() -> None:
    text = ("*a " * 20_000) + "*"

    parts = split_message(text)

    assert max(map(len, parts)) <= 3500
    assert sum(part.count("a") for part in parts) == 20_000


def test_what_is_looked_at_of_a_turn_is_bounded() -> None:
    turn = Question(lines=("a" * 10, "b" * 10, "c" * 10), quoted="d" * 30).within(15)

    assert turn.lines == ("a" * 10, "b" * 5)
    assert turn.quoted == "d" * 15


def _seconds(read: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    read(text)
    return time.thread_time() - began
