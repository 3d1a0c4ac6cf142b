from __future__ import annotations

import pytest

from balas.console import trace
from balas.rag.talk.smalltalk import Smalltalk
from balas.rag.words.language import LANGUAGES
from balas.rag.words.language_names import LANGUAGE_NAMES
from tests.console_answers import FAQ, shipping, unknown


def test_a_quoted_answer_in_plain_words() -> None:
    _, context = shipping("Berapa ongkos kirim ke Jakarta?")
    html = trace.html(context)
    assert f"Quoted “{FAQ}”" in html
    assert "93% sure" in html
    assert "<mark>Tujuan: Jabodetabek · Ongkir per kg: Rp 12.000 · Perkiraan tiba: 1–3 hari</mark>" in html
    for word in ("Meaning", "Words", "Spelling", "Indonesian", "Searching"):
        assert word in html
    for jargon in ("RAG", "vector", "token", "cosine", "BM25", "embedding"):
        assert jargon not in html


def test_not_knowing_is_said_so() -> None:
    _, context = unknown("Jual helikopter?")
    assert "Said that it does not know" in trace.html(context)
    assert trace.view(context)["lines"][0]["answerable"] == 0.12


def test_other_ways_to_answer() -> None:
    assert trace.verdict({"mode": "smalltalk"}, {}).heading == "Answered without the documents"
    written = trace.verdict({"mode": "model", "sources": [{"title": "A"}, {"title": "A"}, {"title": "B"}]}, {})
    assert written.reason == "Written from “A” and “B”, then checked against it."


def test_near_things_and_the_choice_of_one_are_told() -> None:
    offered = trace.verdict({"abstained": True}, {"near": ["Jam buka", "Parkir"]})
    assert offered.reason.endswith("Offered to choose from: “Jam buka”, “Parkir”.")
    chosen = trace.verdict({"sources": [{"title": "A"}]}, {"picked": ["Parkir"]})
    assert chosen.reason == "The person chose “Parkir” from the near things they were offered."
    assert trace.verdict({"mode": "smalltalk"}, {"decision": "small talk: which"}).heading.startswith("Asked which")


@pytest.mark.parametrize("kind", list(Smalltalk))
def test_each_kind_of_small_talk_is_named(kind: Smalltalk) -> None:
    verdict = trace.verdict({"mode": "smalltalk"}, {"decision": f"small talk: {kind.value}"})
    assert verdict.heading == trace.SMALL_TALK[kind.value]


def test_every_language_that_is_detected_has_a_name() -> None:
    assert set(LANGUAGE_NAMES) >= LANGUAGES


def test_a_record_of_an_older_version_is_still_shown() -> None:
    assert "Quoted the documents" in trace.html({"mode": "extractive", "trace": {"lines": [{"hits": [{}]}]}})
    assert "Why did it answer that?" in trace.html(None)


def test_documents_cannot_put_markup_into_the_trace() -> None:
    naughty = "<script>alert(1)</script>"
    hit = {"title": naughty, "text": f"before {naughty} after", "score": 1, "dense": 0.9}
    context = {
        "mode": "extractive", "sources": [{"title": naughty, "quote": naughty}],
        "trace": {"question": naughty, "lines": [{"question": naughty, "rewritten": naughty, "hits": [hit]}],
                  "checks": [{"check": naughty, "found": naughty}], "times": {naughty: 1.0}},
    }  # fmt: skip
    html = trace.html(context)
    assert "<script" not in html
    assert "<mark>&lt;script&gt;" in html


def test_bars_stay_within_their_scale() -> None:
    bundled = trace.Scale.of([{"dense": 0.9, "score": 4.0}, {"dense": 0.72, "score": 3.0}])
    assert (bundled.meaning(0.2), bundled.meaning(1.5)) == (0, 1)
    assert 0.5 < bundled.meaning(0.85) < 0.7
    assert bundled.together(4.0) == 1
    assert 0 < bundled.together(3.0) < 0.5
    other = trace.Scale.of([{"dense": 0.4, "score": 1.1}, {"dense": 0.1, "score": 0.3}])
    assert 0.4 < other.meaning(0.4) < 0.6
    assert 0 < other.together(0.3) < 0.4
    assert trace.Scale.of([]).together(0.0) == 0


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ({"check": "grounding", "sentence": "A.", "kept": True, "passages": [1, 3]}, "“A.” stands in passage 1 and 3."),
        ({"check": "grounding", "sentence": "Hi!", "kept": True, "passages": []}, "“Hi!” claims nothing."),
        ({"check": "grounding", "sentence": "B.", "kept": False, "problem": "no 42"}, "Left out “B.”: no 42."),
        ({"check": "output", "kept": True, "flags": ["phone", "url"]}, "Taken out before sending: phone, url."),
        ({"check": "new", "kept": True, "what": 1}, "new what: 1"),
    ],
)
def test_checks_are_sentences(check: dict[str, object], text: str) -> None:
    assert trace.finding(check).text == text


def test_a_passage_in_another_language_is_said_so() -> None:
    context = {"mode": "extractive", "trace": {"lines": [{"answerable": 0.38, "threshold": 0.5}],
               "checks": [{"check": "meaning", "kept": True, "cosine": 0.87}]}}  # fmt: skip
    html = trace.html(context)
    assert "another language than the question, but its meaning fits" in html
    assert "cosine" not in html
