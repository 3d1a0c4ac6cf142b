from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balas.waha.formatting import split_message


def test_a_short_text_is_one_part() -> None:
    assert split_message("hello") == ["hello"]
    assert split_message("x" * 3500) == ["x" * 3500]


@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\u200b", " \u200b\n"])
def test_a_blank_text_is_no_part(blank: str) -> None:
    assert split_message(blank) == []
    assert split_message(blank * 5000) == []


def test_cuts_between_paragraphs_first() -> None:
    text = "first paragraph. with a dot.\n\nsecond paragraph.\n\nthird one."
    assert split_message(text, 50) == ["first paragraph. with a dot.\n\nsecond paragraph.", "third one."]


def test_then_between_list_items() -> None:
    text = "\n".join(f"- item number {n}. It is nice." for n in range(6))
    parts = split_message(text, 70)
    assert "\n".join(parts) == text
    assert all(line.startswith("- ") for part in parts for line in part.split("\n"))


def test_then_between_sentences() -> None:
    assert split_message("One is here. Two is there! Three? Four.", 25) == [
        "One is here.",
        "Two is there! Three?",
        "Four.",
    ]
    assert split_message("今日は晴れです。明日は雨です。", 9) == ["今日は晴れです。", "明日は雨です。"]


def test_then_between_words_and_at_last_inside_them() -> None:
    assert split_message("aaa bbb ccc", 7) == ["aaa bbb", "ccc"]
    assert split_message("abcdefgh", 3) == ["abc", "def", "gh"]


def test_addresses_stay_whole() -> None:
    url = "https://example.com/a/very/long.path?with=dots.and!marks"
    parts = split_message(f"Some words before the address. See {url} for more. And more words.", 70)
    assert sum(url in part for part in parts) == 1


def test_marker_pairs_stay_whole() -> None:
    text = "Some words. *This is bold. All of it* and _this. is not_ `a. b` end."
    for limit in range(24, 60):
        for part in split_message(text, limit):
            assert all(part.count(marker) % 2 == 0 for marker in "*_`"), (limit, part)


def test_a_pair_longer_than_a_part_is_closed_and_opened_again() -> None:
    parts = split_message("*" + "bold words " * 20 + "end*", 40)
    assert len(parts) > 5
    assert all(part.startswith("*") and part.endswith("*") for part in parts)
    assert " ".join(part.strip("*") for part in parts) == "bold words " * 20 + "end"


def test_a_code_block_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line {n} = *x*" for n in range(20))
    parts = split_message(f"Before:\n\n```\n{code}\n```\n\nafter", 100)
    assert all(part.count("```") % 2 == 0 for part in parts)
    inside = [line for part in parts for line in part.split("\n") if line.startswith("line")]
    assert "\n".join(inside) == code


@pytest.mark.parametrize("grapheme", ["e\u0301", "👨‍👩‍👧", "🇮🇩", "👍🏽", "กำ", "นี้", "❤️", "각", "க்ஷ"[:2]])
def test_graphemes_are_never_torn(grapheme: str) -> None:
    text = grapheme * 30
    for limit in range(len(grapheme), 4 * len(grapheme) + 1):
        parts = split_message(text, limit)
        assert "".join(parts) == text
        assert all(len(part) % len(grapheme) == 0 for part in parts), limit


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split_message("x", 0)


PIECES = [
    "word ",
    "Ende. ",
    "\n",
    "\n\n",
    "- item ",
    "*bold. text* ",
    "_it a_ ",
    "https://e.x/a.b?c ",
    "`c. d` ",
    "ไทย",
    "🇮🇩",
]
PIECES += ["e\u0301", "```\na b\nc\n```\n", "> q ", "x" * 30, "  ", "12. "]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 80))
def test_parts_keep_the_limit_and_every_letter(text: str, limit: int) -> None:
    parts = split_message(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)
    kept = re.compile(r"[\s*_`\u200b]")
    assert kept.sub("", "".join(parts)) == kept.sub("", text)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=200), st.integers(1, 50))
def test_any_text_is_kept(text: str, limit: int) -> None:
    parts = split_message(text, limit)
    assert all(0 < len(part) <= limit for part in parts)
    kept = re.compile(r"[\s*_`~\u200b]")
    assert kept.sub("", "".join(parts)) == kept.sub("", text)


@pytest.mark.parametrize("piece", ["*a ", "a. ", "*", "`", "https://", "*a* b. ", "x", "\n", "🇮🇩", "e\u0301"])
def test_long_nonsense_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    parts = split_message(piece * (60_000 // len(piece)))
    assert time.process_time() - started < 5
    assert all(len(part) <= 3500 for part in parts)
