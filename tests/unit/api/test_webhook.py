"""`POST /api/webhook` through the front door: what comes in, what is answered, what is on disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from starlette.testclient import TestClient

from balas.adapters.local_throttle import LocalThrottle
from balas.api.webhook import MAX_BODY_BYTES
from balas.database.engine import Database
from balas.database.session import reading
from balas.main import create_app
from balas.models import InboxMessage
from balas.runtime import Runtime
from balas.security.signatures import sign
from tests.lines.system import served
from tests.services import free_port
from tests.unit.api.conftest import Doorbells
from tests.waha_events import BOB, all_events, envelope, noweb, to_bytes

KEY = b"k" * 32
EVENTS = all_events()
Post = Callable[..., httpx2.Response]


@pytest.fixture
def hook(runtime: Runtime) -> FastAPI:
    stale_never = runtime.settings.model_copy(update={"balas_stale_after_seconds": 10**9})
    return create_app(replace(runtime, throttle=LocalThrottle(0), settings=stale_never))


@pytest.fixture
def post(hook: FastAPI) -> Iterator[Post]:
    with TestClient(hook, base_url="http://127.0.0.1") as client:

        def send(body: bytes, *, signature: str | None = None, **headers: str) -> Any:
            sent = {"X-Webhook-Hmac": signature if signature is not None else sign(KEY, body), **headers}
            return client.post("/api/webhook", content=body, headers=sent)

        yield send


def rows(database: Database) -> list[InboxMessage]:
    with reading(database) as session:
        return list(session.scalars(select(InboxMessage).order_by(InboxMessage.id)))


def text_event(body: str = "Jam buka?", number: int = 1, **payload: Any) -> bytes:
    told = noweb(number, body)
    return to_bytes(envelope("message", number, {**told, **payload}))


def test_a_message_is_stored_before_it_is_answered(post: Post, database: Database, doorbells: Doorbells) -> None:
    answer = post(text_event())
    assert answer.status_code == 200
    [row] = rows(database)
    assert answer.json() == {
        "status": "queued",
        "request_id": row.request_id,
        "job_id": str(row.id),
        "reason": None,
    }
    assert (row.text, row.state, row.pending) == ("Jam buka?", "received", True)
    assert [ring.row_id for ring in doorbells.rung] == [row.id]
    assert answer.headers["x-request-id"] == row.request_id


def test_each_webhook_of_a_session_of_ours_ends_its_silence(post: Post, runtime: Runtime) -> None:
    runtime.heard["default"] = 0.0
    post(text_event())
    assert time.time() - runtime.heard_at("default") < 60
    post(to_bytes({**json.loads(text_event()), "session": "another"}))
    assert list(runtime.heard) == ["default"]


def test_a_repeat_is_a_duplicate_and_rings_no_bell(post: Post, database: Database, doorbells: Doorbells) -> None:
    first = post(text_event()).json()
    again = post(text_event()).json()
    assert (again["status"], again["job_id"]) == ("duplicate", None)
    assert again["request_id"] != first["request_id"]
    assert len(rows(database)) == 1
    assert len(doorbells.rung) == 1


def test_message_and_message_any_are_one(post: Post, database: Database) -> None:
    told = noweb(1, "halo")
    post(to_bytes(envelope("message", 1, told)))
    assert post(to_bytes(envelope("message.any", 2, told))).json()["status"] == "duplicate"
    assert len(rows(database)) == 1


def test_twins_as_hidden_id_and_number_are_one(post: Post, database: Database) -> None:
    names = sorted(name for name in EVENTS if "twin" in name)
    assert len(names) == 2
    statuses = [post(to_bytes(EVENTS[name])).json()["status"] for name in names]
    assert statuses == ["queued", "duplicate"]
    assert len(rows(database)) == 1


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_of_every_engine_is_taken(post: Post, database: Database, name: str) -> None:
    answer = post(to_bytes(EVENTS[name]))
    assert answer.status_code == 200
    assert answer.json()["status"] in {"queued", "ignored"}
    assert len(rows(database)) == 1


def test_too_large_is_refused_by_its_header_and_by_counting(hook: FastAPI, database: Database) -> None:
    port = free_port()
    with served(hook, port):
        url = f"http://127.0.0.1:{port}/api/webhook"
        body = b"x" * (MAX_BODY_BYTES + 1)
        told = httpx2.post(url, content=body, headers={"X-Webhook-Hmac": sign(KEY, body)})
        assert told.status_code == 413
        assert told.headers["connection"] == "close"

        def endless() -> Iterator[bytes]:
            for _ in range(64):
                yield b"x" * 65_536

        # The connection may be closed while we are still writing.
        with contextlib.suppress(httpx2.WriteError):
            assert httpx2.post(url, content=endless(), headers={"X-Webhook-Hmac": "0"}).status_code == 413
    assert rows(database) == []


def test_compressed_bodies_are_not_inflated(post: Post, database: Database) -> None:
    assert post(text_event(), **{"Content-Encoding": "gzip"}).status_code == 415
    assert rows(database) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(hook: FastAPI, method: str) -> None:
    with TestClient(hook) as client:
        answer = client.request(method, "/api/webhook")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_a_database_that_is_away_is_503_and_the_next_call_works(post: Post, database: Database) -> None:
    with database.writer.connect() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO gone"))
        connection.commit()
    answer = post(text_event())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    with database.writer.connect() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO inbox"))
        connection.commit()
    assert post(text_event()).json()["status"] == "queued"


def test_the_eleventh_message_of_a_minute(
    runtime: Runtime, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("balas.adapters.local_throttle.time.monotonic", lambda: 1000.0)
    limited = replace(
        runtime,
        throttle=LocalThrottle(10),
        settings=runtime.settings.model_copy(update={"balas_stale_after_seconds": 10**9}),
    )
    with TestClient(create_app(limited)) as client:

        def send(body: bytes) -> dict[str, Any]:
            answer: dict[str, Any] = client.post(
                "/api/webhook", content=body, headers={"X-Webhook-Hmac": sign(KEY, body)}
            ).json()
            return answer

        for number in range(10):
            assert send(text_event(number=number))["status"] == "queued"
            assert send(text_event(number=number))["status"] == "duplicate"  # costs nothing
        refused = send(text_event(number=10))
        assert (refused["status"], refused["reason"]) == ("ignored", "rate_limited")
        other = to_bytes(envelope("message", 11, noweb(11, "halo", chat=BOB)))
        assert send(other)["status"] == "queued"
    assert len(rows(database)) == 12


@pytest.mark.anyio
async def test_five_at_once_are_five_times_200_and_one_row(hook: FastAPI, database: Database) -> None:
    body = text_event()
    async with hook.router.lifespan_context(hook):
        transport = httpx2.ASGITransport(hook)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            calls = [
                client.post("/api/webhook", content=body, headers={"X-Webhook-Hmac": sign(KEY, body)}) for _ in range(5)
            ]
            answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200] * 5
    assert sorted(answer.json()["status"] for answer in answers) == ["duplicate"] * 4 + ["queued"]
    assert len(rows(database)) == 1


def test_nothing_heavy_is_imported_on_this_path() -> None:
    import subprocess
    import sys

    script = (
        "import sys, balas.api.webhook, balas.main\n"
        "heavy = {'langchain_core', 'openai', 'qdrant_client', 'qdrant_edge', 'onnxruntime', 'numpy', 'lxml', 'rq'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.anyio
async def test_one_message_told_twice_at_once_takes_one_token(runtime: Runtime, database: Database) -> None:
    limited = replace(
        runtime,
        throttle=LocalThrottle(2),
        settings=runtime.settings.model_copy(update={"balas_stale_after_seconds": 10**9}),
    )
    app = create_app(limited)
    bodies = [
        to_bytes(envelope(name, 10 * number + place, noweb(number, "halo")))
        for number in range(2)
        for place, name in enumerate(("message", "message.any"))
    ]
    transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        calls = [client.post("/api/webhook", content=b, headers={"X-Webhook-Hmac": sign(KEY, b)}) for b in bodies]
        statuses = [answer.json()["status"] for answer in await asyncio.gather(*calls)]
    assert sorted(statuses) == ["duplicate", "duplicate", "queued", "queued"]
