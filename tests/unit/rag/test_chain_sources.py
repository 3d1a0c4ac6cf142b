"""Asked for its source, the chain sends the passage itself, or says that there is none."""

from __future__ import annotations

import pytest

from balas.rag.talk.phrases import phrase, source_line
from balas.rag.talk.source_request import Cited
from balas.values import Role, Source, Utterance
from tests.fakes import openai_server as fakes
from tests.unit.rag.test_chain import ask, embedder, generator, one_server, quoting, retriever, server, writing

__all__ = ["embedder", "generator", "one_server", "quoting", "retriever", "server", "writing"]  # fixtures


def test_asked_for_the_source_the_passage_itself_is_sent(quoting):
    cited = Cited((Source(1, "Daftar harga", 2, "Nama: Kopi Gayo 250 g; Harga: Rp85.000"),))
    answer = ask(quoting, "mana sumbernya?", cited=cited, language="id")
    assert answer.text == "“Nama: Kopi Gayo 250 g; Harga: Rp85.000”"
    assert source_line(answer.sources, answer.language) == "Sumber: Daftar harga, hal. 2"


@pytest.mark.parametrize(("url", "told"), [(None, True), ("https://toko.id/harga", False)])
def test_asked_for_the_source_a_web_page_passes_on_its_own_host_alone(quoting, url, told):
    cited = Cited((Source(1, "Harga", None, "Gayo Rp85.000 di https://toko.id/x dan https://lain.example/y", url),))
    answer = ask(quoting, "mana sumbernya?", cited=cited, language="id").text
    assert "https://toko.id/x" in answer
    assert ("lain.example" in answer) is told


def test_asked_for_a_source_that_is_none_or_gone_says_so(quoting):
    assert ask(quoting, "source?", cited=Cited(), language="en").text == phrase("source_none", "en")
    assert ask(quoting, "source?", cited=Cited(gone=True), language="en").text == phrase("source_gone", "en")
    assert ask(quoting, "source?", language="en").text == phrase("source_none", "en")


def test_over_the_api_the_source_of_the_last_question_is_found_again(quoting):
    history = (Utterance(Role.USER, "berapa harga kopi gayo?"), Utterance(Role.ASSISTANT, "Rp85.000"))
    answer = ask(quoting, "sumbernya?", history=history)
    assert "Kopi Gayo 250 g; Harga: Rp85.000" in answer.text
    assert [source.document_id for source in answer.sources] == [1]


def test_a_passage_cited_beside_the_right_one_is_not_named(writing, server):
    server.script(fakes.Says("You can return unopened goods within 14 days [1][2][3][4][5][6][7][8]."))
    answer = ask(writing, "Can I return unopened goods?")
    assert [source.title for source in answer.sources] == ["Shop information"]
