"""From a turn to an answer: quotes, a model over real HTTP, small talk, abstention, and what never goes out."""

from __future__ import annotations

import json
from typing import NoReturn

import pytest

from balas.errors import BudgetSpent, ModelUnavailable
from balas.rag.chain import AnswerChain
from balas.rag.checks.output_filter import OutputRules
from balas.rag.citations import merged
from balas.rag.generator import Generator
from balas.rag.model_client import ModelServer
from balas.rag.prompt_templates import PROMPT_VERSION
from balas.rag.question import Question
from balas.rag.quoting.extractive import Extractor
from balas.rag.talk.phrases import phrase, source_line
from balas.rag.vectors.embedded_model import EmbeddedModel
from balas.values import Retrieval, Role, Utterance
from tests.fakes import openai_server as fakes
from tests.fakes.openai_server import FakeOpenAI
from tests.unit.rag.corpus import SmallRetriever, passages

SATURDAY = (Utterance(Role.USER, "What time do you open on Saturday?"), Utterance(Role.ASSISTANT, "10:00"))


@pytest.fixture(scope="module")
def embedder():
    return EmbeddedModel()


@pytest.fixture
def retriever(embedder):
    return SmallRetriever(embedder)


@pytest.fixture
def quoting(retriever, embedder):
    return AnswerChain(retriever, None, extractor=Extractor(embedder))


@pytest.fixture(scope="module")
def one_server():
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture(scope="module")
def generator(one_server):
    built = Generator(ModelServer("m", "sk-test", one_server.url, timeout_seconds=5.0))
    yield built
    built.close()


@pytest.fixture
def server(one_server):
    one_server.reset()
    return one_server


@pytest.fixture
def writing(generator, retriever, embedder):
    rules = OutputRules(secrets=frozenset({"CANARY-7731"}))
    return AnswerChain(retriever, generator, extractor=Extractor(embedder), rules=rules)


def ask(chain, *lines, **fields):
    return chain.answer(Question(lines, **fields))


@pytest.mark.parametrize(
    ("text", "language", "source"),
    [
        ("berapa harga kopi gayo?", "id", "Sumber: Daftar harga, hal. 2"),
        ("How much is the Gayo coffee?", "en", "Source: Daftar harga, p. 2"),
        ("¿Cuánto cuesta el café Gayo?", "es", "Fuente: Daftar harga, pág. 2"),
        ("गायो कॉफी कितने की है?", "hi", "स्रोत: Daftar harga, पृ. 2"),
        ("كم سعر قهوة غايو؟", "ar", "المصدر: Daftar harga, ص 2"),
    ],
)
def test_a_price_is_quoted_with_its_page_in_the_persons_language(quoting, text, language, source):
    answer = ask(quoting, text)
    assert "Rp85.000" in answer.text
    assert "Rp95.000" not in answer.text
    assert (answer.mode, answer.abstained, answer.language) == ("extractive", False, language)
    assert source_line(answer.sources, answer.language) == source


def test_two_questions_of_a_turn_are_both_answered_in_order(quoting, retriever):
    answer = ask(quoting, "bisa COD?", "berapa harga teh hijau?")
    assert answer.text.index("COD tersedia") < answer.text.index("Rp40.000")
    assert {source.document_id for source in answer.sources} == {1, 3}
    assert [searched[0] for searched in retriever.searched] == ["bisa COD?", "berapa harga teh hijau?"]


def test_three_bubbles_of_one_question_are_one_search(quoting, retriever):
    assert "Rp85.000" in ask(quoting, "halo", "berapa harga", "kopi gayo?").text
    assert [searched[0] for searched in retriever.searched] == ["berapa harga kopi gayo?"]


def test_the_unanswered_of_two_questions_is_named(quoting, retriever):
    retriever.unanswerable.add("parkir")
    answer = ask(quoting, "berapa harga teh hijau?", "ada tempat parkir mobil?")
    assert not answer.abstained
    assert phrase("partial", answer.language, question="ada tempat parkir mobil?") in answer.text


def test_a_follow_up_is_searched_completed_and_in_its_own_words(quoting, retriever):
    answer = ask(quoting, "and on Sunday?", history=SATURDAY)
    assert "On Sunday we are closed." in answer.text
    (completed, _, _), (own, _, _) = retriever.searched
    assert completed.startswith("and on Sunday")
    assert "open" in completed
    assert own == "and on Sunday?"


def test_audiences_reach_the_search(quoting, retriever):
    ask(quoting, "harga?", audiences=frozenset({"public", "staff"}))
    assert retriever.searched[0][2] == frozenset({"public", "staff"})


def test_below_the_threshold_it_abstains_without_sources(quoting, retriever):
    retriever.answerable = 0.3
    answer = ask(quoting, "siapa presiden Prancis?", language="id")
    assert answer.abstained
    assert answer.sources == ()
    assert answer.text == phrase("abstain", "id")
    assert answer.trace["decision"].startswith("abstained")


def test_the_trace_is_json_and_tells_the_whole_way(quoting):
    trace = ask(quoting, "and on Sunday?", history=SATURDAY).trace
    assert json.loads(json.dumps(trace)) == trace
    (line,) = trace["lines"]
    assert line["rewritten"]
    assert line["answerable"] == 0.9
    assert {"document_id", "title", "page", "dense", "words", "characters", "score", "text"} <= set(line["hits"][0])
    assert trace["decision"] == "quoted from the documents"
    assert {"retrieve", "extract", "total"} <= set(trace["times"])


def test_a_models_answer_is_checked_and_keeps_its_sources(writing, server):
    server.script(fakes.Says("Kopi Gayo 250 g harganya Rp85.000 [1]. Ongkirnya Rp1.000 [1]."))
    answer = ask(writing, "berapa harga kopi gayo?")
    assert (answer.text, answer.mode) == ("Kopi Gayo 250 g harganya Rp85.000.", "model")
    assert source_line(answer.sources, "id") == "Sumber: Daftar harga, hal. 2"
    assert answer.sources[0].quote.startswith("Nama: Kopi Gayo")
    assert answer.usage.tokens == 120
    assert answer.trace["prompt_version"] == PROMPT_VERSION
    assert [check["kept"] for check in answer.trace["checks"]] == [True, False]


def test_the_last_message_is_the_turn_and_nothing_else(writing, server):
    ask(writing, "halo", "berapa harga", "kopi gayo?", history=SATURDAY)
    (call,) = server.answers
    assert call.last_user == "halo\nberapa harga\nkopi gayo?"
    assert [message["role"] for message in call.messages] == ["system", "user", "assistant", "user"]


def test_an_answer_without_marks_is_kept_and_gets_its_source(writing, server):
    server.script(fakes.Says("Harga Kopi Gayo 250 g adalah Rp85.000."))
    answer = ask(writing, "berapa harga kopi gayo?")
    assert answer.text == "Harga Kopi Gayo 250 g adalah Rp85.000."
    assert answer.sources[0].document_id == 1


def test_an_answer_in_another_language_than_the_documents_is_told_by_meaning(writing, server):
    server.script(fakes.Says("Sí, aceptamos devoluciones de productos sin abrir."))
    answer = ask(writing, "¿Puedo devolver un producto sin abrir?")
    assert not answer.abstained
    assert answer.sources[0].document_id == 2


@pytest.mark.parametrize("said", ["[[NO_ANSWER]]", "Saya tidak tahu.", "Maaf, kami kurang tahu soal itu."])
def test_a_model_that_does_not_know_abstains(writing, server, said):
    server.script(fakes.Says(said), fakes.Says(said))
    answer = ask(writing, "berapa harga kopi gayo?")
    assert answer.abstained
    assert answer.sources == ()
    assert answer.handover == "unanswered"


@pytest.mark.parametrize("said", ["Kopi Gayo harganya Rp12.000 [1].", "Ibu kota Prancis adalah Paris."])
def test_when_nothing_of_a_draft_is_held_the_documents_are_quoted(writing, server, said):
    server.script(fakes.Says(said), fakes.Says(said))
    answer = ask(writing, "berapa harga kopi gayo?")
    assert (answer.mode, answer.abstained, answer.handover) == ("extractive", False, None)
    assert "Rp85.000" in answer.text
    assert answer.trace["decision"] == "quoted from the documents"
    assert any(check["check"] == "grounding" and not check["kept"] for check in answer.trace["checks"])
    assert answer.usage.tokens > 0


@pytest.mark.parametrize("broken", [fakes.Empty(), fakes.Says("x", finish="content_filter"), fakes.Status(400)])
def test_useless_answers_fall_back_to_quotes_and_the_trace_says_so(writing, server, broken):
    server.script(broken, broken)
    answer = ask(writing, "berapa harga kopi gayo?")
    assert (answer.mode, answer.abstained) == ("extractive", False)
    assert "Rp85.000" in answer.text
    assert answer.trace["checks"][0]["check"] == "model"


def test_a_long_answer_in_the_wrong_language_is_asked_for_again(writing, server):
    wrong = "The price of the Gayo coffee in our shop is Rp85.000 for every bag of 250 grams that we sell [1]."
    server.script(fakes.Says(wrong), fakes.Says("Harga Kopi Gayo Rp85.000 [1]."))
    assert ask(writing, "berapa harga kopi gayo hari ini ya?").text == "Harga Kopi Gayo Rp85.000."
    assert len(server.chats) == 2


def test_a_model_that_is_away_parks_the_turn(writing, server):
    server.default = fakes.Status(503)
    with pytest.raises(ModelUnavailable):
        ask(writing, "berapa harga kopi gayo?")


def test_a_spent_budget_stops_the_call(writing, server):
    def reserve(most: float) -> NoReturn:
        raise BudgetSpent("spent")

    with pytest.raises(BudgetSpent):
        writing.answer(Question(("berapa harga kopi gayo?",)), reserve=reserve)
    assert server.calls == []


def test_only_follow_ups_are_rewritten_and_the_own_words_are_searched_too(writing, server, retriever):
    server.script(fakes.Says("What time do you open on Sunday?"))
    ask(writing, "and on Sunday?", history=SATURDAY)
    assert [call.is_rewrite for call in server.chats] == [True, False]
    assert retriever.searched[0][0] == "What time do you open on Sunday?"
    assert "and on Sunday?" in [searched for searched, _, _ in retriever.searched]
    server.calls.clear()
    ask(writing, "Can I return a damaged product to you?", history=SATURDAY)
    assert [call.is_rewrite for call in server.chats] == [False]


def test_passages_of_two_questions_take_turns_and_come_once():
    found = passages()
    first = Retrieval("a", "id", (found[0], found[1]), 0.9)
    second = Retrieval("b", "id", (found[1], found[2]), 0.9)
    assert [one.chunk_id for one in merged([first, second])] == [1, 2, 3]
    assert len(merged([first, second], limit=2)) == 2


HOURS = "What time do you open on Saturday?"
