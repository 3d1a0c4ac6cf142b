"""Who may tell us something: the signature of the raw bytes, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from balas.adapters.local_throttle import LocalThrottle
from balas.database.engine import Database
from balas.main import create_app
from balas.runtime import Runtime
from balas.security.signatures import sign
from tests.unit.api.test_webhook import KEY, Post, hook, post, rows, text_event

__all__ = ["hook", "post"]  # fixtures


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Webhook-Hmac": "{wrong}"}, 401),
        ({"X-Webhook-Hmac": "abc"}, 401),
        ({"X-Webhook-Hmac": ""}, 401),
        ({"X-Webhook-Hmac": "{RIGHT}"}, 200),
        ({"X-Webhook-Hmac": "{right}", "X-Webhook-Hmac-Algorithm": "sha512"}, 200),
        ({"X-Webhook-Hmac": "{right}", "X-Webhook-Hmac-Algorithm": "sha256"}, 401),
        ({"X-Webhook-Hmac": "{right}", "X-Webhook-Hmac-Algorithm": "none"}, 401),
    ],
)
def test_a_call_is_stored_only_with_the_right_signature(
    hook: FastAPI, database: Database, headers: dict[str, str], status: int
) -> None:
    body = text_event()
    right = sign(KEY, body)
    words = {"{right}": right, "{RIGHT}": right.upper(), "{wrong}": sign(b"x" * 32, body)}
    with TestClient(hook) as client:
        sent = {name: words.get(value, value) for name, value in headers.items()}
        answer = client.post("/api/webhook", content=body, headers=sent)
    assert answer.status_code == status
    assert len(rows(database)) == (1 if status == 200 else 0)
    if status == 401:
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("given", [[], [b"\xff\xfe\x00abc".hex().encode()], [b"\xc3\xa4" * 64]])
def test_missing_and_foreign_signatures(hook: FastAPI, database: Database, given: list[bytes]) -> None:
    with TestClient(hook) as client:
        answer = client.post("/api/webhook", content=text_event(), headers=[(b"x-webhook-hmac", v) for v in given])
    assert answer.status_code == 401
    assert rows(database) == []


def test_two_signature_headers_never_pass(hook: FastAPI) -> None:
    body = text_event()
    right = sign(KEY, body).encode()
    with TestClient(hook) as client:
        answer = client.post(
            "/api/webhook", content=body, headers=[(b"x-webhook-hmac", right), (b"x-webhook-hmac", b"0" * 128)]
        )
    assert answer.status_code == 401


def test_the_raw_bytes_are_signed_not_their_meaning(post: Post) -> None:
    body = text_event()
    reordered = json.dumps(json.loads(body), sort_keys=True).encode()
    assert post(reordered, signature=sign(KEY, body)).status_code == 401
    assert post(body + b"\n", signature=sign(KEY, body)).status_code == 401


def test_an_old_key_counts_while_it_is_listed(runtime: Runtime) -> None:
    body = text_event()
    both = replace(runtime, throttle=LocalThrottle(0), secrets=replace(runtime.secrets, hmac_keys=(b"n" * 32, KEY)))
    with TestClient(create_app(both)) as client:
        assert client.post("/api/webhook", content=body, headers={"X-Webhook-Hmac": sign(KEY, body)}).is_success


def test_why_a_signature_is_refused(hook: FastAPI) -> None:
    body = text_event()
    right = sign(KEY, body)
    with TestClient(hook) as client:

        def refused(*headers: tuple[str, str]) -> str:
            answer = client.post("/api/webhook", content=body, headers=list(headers))
            assert answer.status_code == 401
            detail: str = answer.json()["detail"]
            return detail

        assert "X-Webhook-Hmac is missing" in refused()
        assert "sha512" in refused(("X-Webhook-Hmac", right), ("X-Webhook-Hmac-Algorithm", "sha256"))
        assert "does not fit" in refused(("X-Webhook-Hmac", right[::-1]))
        assert "more than one" in refused(("X-Webhook-Hmac", right), ("X-Webhook-Hmac", right))
