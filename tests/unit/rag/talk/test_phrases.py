"""Every line in every language, and the source line."""

from __future__ import annotations

import re

import pytest

from balas.rag.talk.phrases import echo, languages, phrase, source_line
from balas.rag.talk.smalltalk import Smalltalk
from balas.values import Source

NAMES = [kind.value for kind in Smalltalk] + [
    "abstain", "partial", "unknown", "partial_unknown", "near", "near_one", "approved",
    "apology", "apology_day", "media_unreadable", "picture_unseen", "rate_limited", "source", "page", "source_none",
    "source_gone", "ends", "unnamed",
]  # fmt: skip
EXPECTED = set("en id ms es pt fr de it nl tr ru uk ar fa hi bn ur th vi zh ja ko sw ha yo zu tl pl".split())  # noqa: SIM905


def test_fixed_lines_exist_in_these_languages():
    assert languages() == EXPECTED


@pytest.mark.parametrize("name", NAMES)
def test_every_line_exists_in_every_language_with_the_same_places_to_fill(name):
    wanted = set(re.findall(r"{\w+}", phrase(name, "en")))
    for language in languages():
        line = phrase(name, language)
        assert line.strip() == line
        assert set(re.findall(r"{\w+}", line)) == wanted, language
        if language != "en" and name not in {"page", "source", "emoji"}:
            assert line != phrase(name, "en"), language


def test_unknown_languages_fall_back_to_english_and_tags_to_their_language():
    assert phrase("abstain", "xx") == phrase("abstain", None) == phrase("abstain", "en")
    assert phrase("abstain", "pt-BR") == phrase("abstain", "pt")
    assert phrase("abstain", "in") == phrase("abstain", "id")


def test_an_unknown_name_is_an_error():
    with pytest.raises(KeyError):
        phrase("no such line", "en")


def test_source_line_names_pages_once_and_documents_apart():
    sources = [
        Source(1, "Daftar harga", 2, "a"), Source(1, "Daftar harga", 2, "b"), Source(1, "Daftar harga", 4, "c"),
        Source(2, "Jam\nbuka", None, "d"),
    ]  # fmt: skip
    assert source_line(sources, "id") == "Sumber: Daftar harga, hal. 2, 4; Jam buka"
    assert source_line([Source(1, "Price list", 2, "a")], "en") == "Source: Price list, p. 2"
    assert source_line([], "en") == ""


def test_source_line_names_rows_of_a_sheet_together():
    sources = [Source(1, "Prices", None, "a", rows=(12, 5)), Source(1, "Prices", None, "b", rows=(4, 6))]
    assert source_line(sources, "en") == "Source: Prices, rows 4–6, 12"
    assert source_line(sources[:1], "pt") == "Fonte: Prices, linhas 5, 12"
    assert source_line([Source(1, "Prices", None, "a", rows=(5,))], "en") == "Source: Prices, row 5"
    assert source_line(sources[:1], "id") == "Sumber: Prices, baris 5, 12"


def test_source_line_names_the_sheet_that_the_rows_are_counted_in():
    shoes, bags = (Source(1, "Prices", None, "a", heading=name, rows=(3,)) for name in ("Shoes", "Bags"))
    assert source_line([shoes, bags, shoes], "en") == "Source: Prices, Shoes, row 3; Prices, Bags, row 3"
    assert source_line([Source(1, "Handbook", 2, "a", heading="Refunds")], "en") == "Source: Handbook, p. 2"


def test_a_title_with_braces_is_only_text():
    assert source_line([Source(1, "{page} {sources}", 3, "a")], "en") == "Source: {page} {sources}, p. 3"


def test_a_question_is_repeated_short_and_on_one_line():
    assert echo("a\nb") == "a b"
    assert len(echo("x" * 500)) == 80


def test_a_web_page_is_named_with_its_address() -> None:
    page = Source(1, "Opening hours", None, "a", "https://example.org/hours")
    assert source_line([page, page], "en") == "Source: Opening hours (https://example.org/hours)"
    bare = Source(1, "https://example.org/", 3, "a", "https://example.org/")
    assert source_line([bare], "en") == "Source: https://example.org/, p. 3"
