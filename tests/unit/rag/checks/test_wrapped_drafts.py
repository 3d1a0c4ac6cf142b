"""What models put around an answer, and what they write that no chat can show: what is told stays decent and short."""

from __future__ import annotations

import pytest

from balas.choices import AnswerLength
from balas.conversations.responses import bubbles
from balas.rag.chain import AnswerChain
from balas.rag.checks.marks import marks, unmarked, with_marks_inside
from balas.rag.checks.table_rows import without_tables
from balas.rag.checks.tongues import spoken_in
from balas.rag.checks.wrappings import unwrapped
from balas.rag.generator import Generator
from balas.rag.model_client import ModelServer
from balas.rag.prompt_templates import Style
from balas.rag.question import Question
from balas.rag.quoting.extractive import Extractor
from tests.fakes import openai_server as fakes
from tests.unit.rag.test_chain import ask, embedder, generator, one_server, retriever, server, writing

__all__ = ["embedder", "generator", "one_server", "retriever", "server", "writing"]  # fixtures

ANSWER = "Kopi Gayo 250 g harganya Rp85.000."


@pytest.mark.parametrize(
    "draft",
    [
        '{"answer": "Kopi Gayo 250 g harganya Rp85.000 [1].", "confidence": 0.9}',
        '```json\n{"response": "Kopi Gayo 250 g harganya Rp85.000."}\n```',
        '["Kopi Gayo 250 g harganya Rp85.000."]',
        "Okay, the user asks for a price. </think>Kopi Gayo 250 g harganya Rp85.000 [1].",
        "Assistant: Kopi Gayo 250 g harganya Rp85.000 [1].",
        "Pertanyaan: berapa harga kopi gayo?\nJawaban: Kopi Gayo 250 g harganya Rp85.000 [1].",
        '"Kopi Gayo 250 g harganya Rp85.000 [1]."',
        "Kopi Gayo 250 g harganya \\(Rp85.000\\) [1].",
        "Berdasarkan dokumen 1, Kopi Gayo 250 g harganya Rp85.000 (sumber: passage 1).",
        "Kopi Gayo 250 g harganya Rp85.000 (1).",
        "Kopi Gayo 250 g harganya Rp85.000 【1†source】.",
        "Dokumen yang diberikan menyebutkan bahwa Kopi Gayo 250 g harganya Rp85.000.",
        "Berdasarkan informasi yang diberikan, Kopi Gayo 250 g harganya Rp85.000 [1].",
        "Kopi Gayo 250 g harganya Rp85.000 [1]. Kami juga memberi diskon 10%.",
        "Kopi Gayo 250 g harganya Rp85.000 [99].",
    ],
)
def test_the_answer_alone_is_told(writing, server, draft):
    server.script(fakes.Says(draft))
    answer = ask(writing, "berapa harga kopi gayo?")
    assert (answer.text, answer.mode) == (ANSWER, "model")
    assert len(server.chats) == 1
    assert bubbles(answer) == [f"{ANSWER}\n\nSumber: Daftar harga, hal. 2"]


def test_a_table_becomes_lines(writing, server):
    table = "| Nama | Harga |\n|---|---|\n| Kopi Gayo 250 g | Rp85.000 |\n| Kopi Toraja 250 g | Rp95.000 |"
    server.script(fakes.Says(f"Berikut harganya:\n\n{table}\n"))
    assert ask(writing, "berapa harga kopi gayo?").text == "Kopi Gayo 250 g: Rp85.000\nKopi Toraja 250 g: Rp95.000"


def test_a_wide_table_names_its_columns():
    table = ["| Boat | 1 hour | Day |", "| --- | :-: | --- |", "| Kayak | £14 | £48 |", "| 3 | 4 | 5 |", "That is all."]
    assert without_tables(table) == ["Kayak: 1 hour £14, Day £48", "That is all."]


@pytest.mark.parametrize(("length", "most"), [(AnswerLength.SHORT, 500), (AnswerLength.MEDIUM, 900)])
def test_pages_are_cut_to_what_a_chat_can_bear(one_server, retriever, embedder, length, most):
    said = " ".join(
        f"Kopi Gayo 250 g harganya Rp85.000 untuk pembeli kami yang ke{word}." for word in "abcdefghijk" * 4
    )
    one_server.reset(fakes.Says(said))
    built = Generator(ModelServer("m", "k", one_server.url), style=Style(length=length))
    try:
        chain = AnswerChain(retriever, built, extractor=Extractor(embedder))
        text = chain.answer(Question(("berapa harga kopi gayo?",))).text
    finally:
        built.close()
    assert 100 < len(text) <= most
    assert text.endswith(".")


def test_a_short_draft_in_another_language_is_asked_for_again(writing, server):
    server.script(fakes.Says("We are open on Saturday from 10:00 to 14:00 [2]."), fakes.Says("Sabtu 10.00–14.00 [2]."))
    answer = ask(writing, "hari sabtu buka jam berapa ya?", language="id")
    assert answer.text == "Sabtu 10.00–14.00."
    assert len(server.chats) == 2


@pytest.mark.parametrize(
    ("draft", "language", "told"),
    [
        ("We are open on Saturday.", "id", "en"),
        ("Kopi Gayo Rp85.000", "en", "en"),
        ("Iya, buka sampai 9.", "id", "id"),
        ("Check-in 14.00", "es", "es"),
        ("Abrimos los sábados de 10:00 a 14:00.", "en", "es"),
    ],
)
def test_few_words_tell_a_language_only_together(draft, language, told):
    assert spoken_in(draft, language, lambda _text, prior: prior or "en") == told


def test_what_is_no_wrapping_stays():
    assert unwrapped('{"name": "search", "arguments": {}}') == '{"name": "search", "arguments": {}}'
    assert unwrapped('"Gayo" and "Toraja"') == '"Gayo" and "Toraja"'
    assert unwrapped("Satu.\\n\\nDua.") == "Satu.\n\nDua."
    assert unwrapped("Info: buka 09.00") == "Info: buka 09.00"
    assert marks("We have sizes (2) and (3) for kids") == ()
    assert unmarked("Open at 9 (2).") == "Open at 9."
    assert with_marks_inside("The information desk is open.") == "The information desk is open."
