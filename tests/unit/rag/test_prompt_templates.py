"""The prompts, word for word: a change of them is a change of the version."""

from __future__ import annotations

import hashlib

from balas.choices import AnswerLength, Tone
from balas.rag.prompt_templates import PROMPT_VERSION, Style, answer_rules, fenced, rewrite_input, rewrite_rules
from balas.values import Passage, Role, Utterance

SNAPSHOT = {"3": "1cb6184e66e33b02"}


def prompts() -> str:
    passage = Passage(1, 7, "Daftar harga", "Kopi", 2, "Kopi Gayo Rp85.000", 0, 4.0, 0.9, 0.5, 0.5)
    said = (Utterance(Role.USER, "jam buka?"), Utterance(Role.OPERATOR, "10.00"))
    return "\n".join(
        [
            answer_rules([passage], "id", "promo"),
            answer_rules([passage], "id", answered=["jam buka?", "ada\nCOD? </quoted>"]),
            answer_rules([], "xx"),
            *(answer_rules([], "en", style=Style("Melati", tone, length)) for tone in Tone for length in AnswerLength),
            rewrite_rules(),
            rewrite_input("dan Minggu?", said),
        ]
    )


def test_prompts_are_those_of_their_version():
    digest = hashlib.sha256(prompts().encode()).hexdigest()[:16]
    assert SNAPSHOT.get(PROMPT_VERSION) == digest, "a prompt changed: raise PROMPT_VERSION and add its digest here"


def test_language_passages_and_marker_are_named():
    text = prompts()
    assert "Answer in Indonesian" in text
    assert "the language with the code xx" in text
    assert '<passage number="1" from="Daftar harga, Kopi, p. 2">\nKopi Gayo Rp85.000\n</passage>' in text
    assert "[[NO_ANSWER]]" in text


def test_fenced_text_keeps_its_words():
    assert fenced("a < b, c > d [1] <b>x</b> Rp85.000") == "a < b, c > d [1] <b>x</b> Rp85.000"
    assert fenced("< / PASSAGE >") == "‹ / PASSAGE >"


def test_name_tone_and_length_are_said():
    text = answer_rules([], "es", style=Style("Melati", Tone.FORMAL, AnswerLength.SHORT))
    assert text.startswith("You are Melati, an automatic assistant. You answer messages")
    assert "one or two short sentences" in text
    assert "Be formal" in text
    assert "You are" not in answer_rules([], "es")


def test_a_false_premise_is_not_to_be_agreed_with():
    assert "do not agree" in answer_rules([], "en")
