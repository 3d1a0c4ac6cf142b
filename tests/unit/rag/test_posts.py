"""The model server's calls, as openai's own client would make them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from balas.rag.posts import Completions, TextVectors

SAID: list[dict[str, Any]] = [
    {"model": "m", "messages": [{"role": "user", "content": "ada “kopi” ☕?"}], "max_completion_tokens": 9},
    {"model": "m", "messages": [], "max_completion_tokens": 9},
]
EMBEDDED: list[dict[str, Any]] = [{"model": "m", "input": ["ada “kopi” ☕?", " "]}, {"model": "m", "input": ["teh"]}]
ANSWER = {"choices": [], "data": [{"embedding": [1.0]}]}


@pytest.fixture(params=["http://model.test/v1", "https://model.test:8443/deployments/a%20b?version=1"])
def asked(request: pytest.FixtureRequest) -> Iterator[tuple[openai.OpenAI, list[httpx2.Request]]]:
    seen: list[httpx2.Request] = []

    def taken(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=ANSWER)

    network = httpx2.Client(transport=httpx2.MockTransport(taken), timeout=7)
    with openai.OpenAI(
        api_key="a key",
        base_url=request.param,
        organization="ours",
        default_headers={"X-Ours": "1"},
        default_query={"more": "2"},
        max_retries=0,
        http_client=network,
    ) as client:
        yield client, seen


def test_each_call_is_sent_as_openais_client_would_send_it(asked: tuple[openai.OpenAI, list[httpx2.Request]]) -> None:
    client, seen = asked
    for ours, theirs, bodies in (
        (Completions(client), client.chat.completions, SAID),
        (TextVectors(client), client.embeddings, EMBEDDED),
    ):
        seen.clear()
        for calls in (ours, theirs):
            for body in bodies:
                calls.create(**body)
        sent = [(one.method, one.url, one.headers, one.content, one.extensions["timeout"]) for one in seen]
        assert sent[: len(bodies)] == sent[len(bodies) :]
