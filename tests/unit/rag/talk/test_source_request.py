""" "Source?" in the person's words, and questions that only look like it."""

from __future__ import annotations

import pytest

from balas.rag.talk.phrases import languages
from balas.rag.talk.source_request import around, asks_for_source, language_of_request
from balas.rag.words import cues


@pytest.mark.parametrize(
    "text",
    [
        "source?", "mana sumbernya kak?", "fonte?", "where does that come from?", "¿de dónde sale eso?", "ما المصدر؟",
        "de onde veio isso?", "d'où ça vient ?", "Woher wissen Sie das?", "откуда это?", "यह कहाँ लिखा है?",
        "แหล่งที่มาคืออะไร", "来源是什么？", "出典は？", "출처가 어디예요?", "can you show me the source please",
        "thanks! what's the source?", "kaynağı ne?", "nguồn ở đâu?",
    ],
)  # fmt: skip
def test_the_source_is_asked_for_in_many_languages(text):
    assert asks_for_source([text])


@pytest.mark.parametrize(
    "text",
    [
        "where does the coffee come from?", "sumber air panas di mana?", "is there open source software?", "thanks", "",
        "fuente de chocolate precio?", "a fonte da praça fica aberta?", "kopi ini dari mana?", "Quelle heure est-il ?",
        "who said I can return it?", "how much is it?", "ini buktinya min",
    ],
)  # fmt: skip
def test_questions_about_the_documents_are_none(text):
    assert not asks_for_source([text])


def test_every_language_has_words_for_it_and_they_tell_the_language():
    for language in languages():
        first = next(iter(sorted(cues.entries("source", language))))
        assert asks_for_source([first]), language
    assert language_of_request(["mana sumbernya?"], None, "en") == "id"
    assert language_of_request(["fonte?"], "pt", "it") == "pt"
    assert language_of_request(["source?"], "fr", "en") == "fr"
    assert language_of_request(["source?"], None, "fr") == "en"
    assert language_of_request(["la source ?"], None, "fr") == "fr"


def test_a_long_passage_is_cut_around_the_words_cited():
    text = "\n".join(f"Line number {n} says something of its own." for n in range(60))
    cut = around(text, "Line number 30 says", 300)
    assert "Line number 30 says" in cut
    assert len(cut) <= 304
    assert cut.startswith("… Line")
    assert around("short", "else") == "short"
    assert len(around("x" * 2000, "y", 300)) <= 303
