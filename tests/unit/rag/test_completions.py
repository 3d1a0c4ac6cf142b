"""The model's call, as openai's own client would make it."""

from __future__ import annotations

from typing import Any

import httpx2
import openai

from balas.rag.completions import Completions


def test_each_call_is_sent_as_openais_client_would_send_it() -> None:
    seen: list[httpx2.Request] = []

    def taken(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"choices": []})

    network = httpx2.Client(transport=httpx2.MockTransport(taken), timeout=7)
    client = openai.OpenAI(api_key="a key", base_url="http://model.test/v1", max_retries=0, http_client=network)
    bodies: list[dict[str, Any]] = [
        {"model": "m", "max_completion_tokens": 9, "messages": [{"role": "user", "content": "ada “kopi” ☕?"}]},
        {"model": "m", "max_completion_tokens": 9, "messages": []},
    ]
    completions = Completions(client)
    for body in bodies:
        completions.create(**body)
    for body in bodies:
        client.post("/chat/completions", cast_to=httpx2.Response, body=body)
    ours, theirs = seen[:2], seen[2:]
    assert [(one.method, one.url, one.headers, one.content, one.extensions["timeout"]) for one in ours] == [
        (one.method, one.url, one.headers, one.content, one.extensions["timeout"]) for one in theirs
    ]
