"""Each call of a model is reserved before it and paid after it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from balas.errors import BudgetSpent, ModelRejected, ModelUnavailable
from balas.ports import Settle, unreserved
from balas.rag.breaker import Breaker
from balas.rag.generator import ATTEMPTS, MAX_TURN, UnusableDraft
from balas.rag.model_client import ModelServer
from balas.rag.question import Question
from balas.values import Passage, Role, Utterance
from tests.fakes import openai_server as fakes
from tests.fakes.openai_server import FakeOpenAI
from tests.unit.rag.test_generator import GAYO, generator, server

__all__ = ["generator", "server"]  # fixtures


def test_the_reservation_is_asked_before_every_single_call_and_can_stop_it(server, generator):
    allowed = [None, BudgetSpent("spent")]

    def reserve(most: float) -> Settle:
        if (refusal := allowed.pop(0)) is not None:
            raise refusal
        return unreserved(most)

    server.script(fakes.Status(500))
    with pytest.raises(BudgetSpent):
        generator().generate(Question(("x",)), [GAYO], "id", reserve=reserve)
    assert len(server.chats) == 1


@pytest.fixture
def held(generator):
    """The most that calls may cost, each with what it cost in the end: None where that stays unknown."""
    calls: list[list[float | None]] = []

    def reserve(most: float) -> Settle:
        calls.append([most, None])
        return lambda cost: calls[-1].__setitem__(1, cost)

    def ask(text: str = "berapa harga kopi gayo?", **options):
        with suppress(ModelUnavailable, ModelRejected):
            generator(**options).generate(Question((text,)), [GAYO], "id", reserve=reserve)
        return calls

    return ask


TRUE_COST = pytest.approx((100 * 1.0 + 20 * 2.0) / 1e6)


@pytest.mark.parametrize(
    ("script", "costs"),
    [
        ([fakes.Says("Rp85.000 [1].")], [TRUE_COST]),
        ([fakes.Empty(), fakes.Says("Rp85.000 [1].")], [TRUE_COST, TRUE_COST]),
        ([fakes.Status(429, {"Retry-After": "0"}), fakes.Says("Rp85.000 [1].")], [0.0, TRUE_COST]),
        ([fakes.Status(401)], [0.0]),
        ([fakes.Status(400)], [0.0]),
        ([fakes.Status(500), fakes.Cut()], [None, None]),
        ([fakes.BadJson(), fakes.Huge()], [None, None]),
        ([fakes.Hang(30), fakes.Hang(30)], [None, None]),
    ],
)
def test_each_call_is_reserved_and_becomes_what_it_cost_where_that_is_known(server, held, script, costs):
    server.script(*script)
    assert [cost for _, cost in held(timeout_seconds=1.0)] == costs
    assert len(server.chats) == len(costs)


def test_a_server_that_is_not_reached_costs_nothing(server, held):
    with FakeOpenAI() as gone:
        url = gone.url
    assert [cost for _, cost in held(base_url=url)] == [0.0, 0.0]


def test_a_call_that_the_breaker_stops_is_not_reserved(server, held):
    breaker = Breaker()
    breaker.refused("no credit")
    assert held(breaker=breaker) == []
    assert server.calls == []


@pytest.mark.parametrize("text", ["harga?", "ราคากาแฟเท่าไหร่ " * 60, "👩‍👩‍👧‍👦" * 200, "a b " * 900])
def test_what_is_reserved_covers_every_tokenizer_and_the_longest_answer(server, held, text):
    """No token is shorter than a byte; the marks around a message are a few."""
    ((most, _),) = held(text)
    sent = server.chats[0].messages
    tokens = sum(len(message["content"].encode()) + 8 for message in sent)
    assert most >= (tokens * 1.0 + server.chats[0].body["max_completion_tokens"] * 2.0) / 1e6


def test_what_two_useless_answers_took_is_told(server, generator):
    server.script(fakes.Empty(), fakes.Empty())
    with pytest.raises(UnusableDraft) as caught:
        generator().generate(Question(("x",)), [GAYO], "id")
    assert (caught.value.usage.prompt_tokens, caught.value.usage.cost) == (200, pytest.approx(280 / 1e6))


def test_input_and_output_of_a_call_have_an_end(server, generator):
    """Whatever people, documents and the chat before hold; and the client tries nothing again by itself."""
    long = "kata " * 20_000
    passage = Passage(1, 7, long[:255], long[:255], 2, long, 0, 4.0, 0.9, 0.5, 0.5)
    history = tuple(Utterance(Role.USER, long) for _ in range(12))
    ours = generator()
    server.default = fakes.Says("Rp85.000 [1].")
    ours.generate(Question((long,), history, quoted=long, answered=(long, long)), [passage] * 8, "id")
    ours.rewrite(long[:MAX_TURN], history)
    answer, rewrite = server.chats
    assert sum(len(message["content"]) for message in answer.messages) < 45_000
    assert sum(len(message["content"]) for message in rewrite.messages) < 12_500
    assert {call.body["max_completion_tokens"] for call in server.chats} == {ModelServer("m", "sk-test").max_tokens}
    server.script(fakes.Status(500), fakes.Status(500), fakes.Status(500))
    with pytest.raises(ModelUnavailable):
        ours.generate(Question(("x",)), [GAYO], "id")
    assert len(server.chats) == 2 + ATTEMPTS


def test_a_follow_up_is_reserved_with_its_answer_ahead(server, generator):
    asked: list[int] = []

    def reserve(most: float, ahead: int = 0) -> Settle:
        asked.append(ahead)
        return unreserved(most)

    generator().rewrite("dan Minggu?", (), reserve=reserve)
    generator().generate(Question(("dan Minggu?",)), [GAYO], "id", reserve=reserve)
    assert asked == [1, 0]
