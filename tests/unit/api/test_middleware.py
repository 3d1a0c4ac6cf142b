from __future__ import annotations

import uuid
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from balas.api.middleware import RequestContext
from balas.api.routers import include_routers
from balas.database.engine import Database
from balas.runtime import Runtime
from balas.settings import Settings


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Which database stands behind does not matter here."""
    return sqlite


def test_every_answer_carries_a_request_id(client: TestClient, stranger: TestClient) -> None:
    for answer in (
        client.get("/api/messages"),
        stranger.get("/api/messages"),
        stranger.get("/livez"),
        stranger.get("/metrics"),
        stranger.get("/docs"),
        stranger.get("/nowhere"),
        stranger.post("/livez"),
        client.get("/api/messages?limit=0"),
    ):
        uuid.UUID(answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("given", ["a", "req-1.2_3", "x" * 64, "5c1f6f0e-8f0e-4d6e-9d5a-0c8c3f1f2a77"])
def test_a_sane_id_is_kept(stranger: TestClient, given: str) -> None:
    assert stranger.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", " ", "x" * 65, "a b", "a/b", "<script>", "a\tb", "ü".encode(), "a,b", "a\x00"])
def test_a_strange_id_is_replaced(stranger: TestClient, given: Any) -> None:
    uuid.UUID(stranger.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"])


def test_answers_with_personal_data_are_not_kept_by_caches(client: TestClient, stranger: TestClient) -> None:
    assert client.get("/api/messages").headers["cache-control"] == "no-store"
    assert stranger.get("/api/messages").headers["cache-control"] == "no-store"
    assert "cache-control" not in stranger.get("/livez").headers


def test_a_header_that_a_route_sets_itself_stays(stranger: TestClient) -> None:
    assert stranger.get("/docs").headers.get_list("cache-control") == ["no-cache"]


class TestOrigins:
    @pytest.fixture
    def settings(self, tmp_path: Any) -> Settings:
        return Settings(balas_data_dir=tmp_path, balas_cors_origins="https://desk.example, https://b.example")

    def test_a_named_origin_is_let_in(self, stranger: TestClient) -> None:
        preflight = stranger.options(
            "/api/messages",
            headers={"Origin": "https://desk.example", "Access-Control-Request-Method": "GET"},
        )
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://desk.example"
        assert "x-request-id" in preflight.headers
        answer = stranger.get("/livez", headers={"Origin": "https://b.example"})
        assert answer.headers["access-control-allow-origin"] == "https://b.example"

    def test_every_call_of_the_api_may_be_made(self, app: FastAPI, stranger: TestClient) -> None:
        calls = {(path, name.upper()) for path, found in app.openapi()["paths"].items() for name in found}
        assert {method for _, method in calls} > {"PUT", "PATCH"}
        for path, method in calls:
            preflight = stranger.options(
                path,
                headers={
                    "Origin": "https://desk.example",
                    "Access-Control-Request-Method": method,
                    "Access-Control-Request-Headers": "x-api-key, authorization, content-type, idempotency-key",
                },
            )
            assert preflight.status_code == 200, (method, path, preflight.text)
        exposed = stranger.get("/livez", headers={"Origin": "https://desk.example"}).headers
        assert "Idempotency-Replayed" in exposed["access-control-expose-headers"]

    @pytest.mark.parametrize(
        ("origin", "method", "header", "refused"),
        [
            ("https://evil.example", "GET", "x-api-key", "origin"),
            ("https://desk.example", "TRACE", "x-api-key", "method"),
            ("https://desk.example", "GET", "x-evil", "headers"),
            ("https://evil.example", "TRACE", "x-evil", "origin, method, headers"),
        ],
    )
    def test_a_refused_preflight_is_a_problem(
        self, stranger: TestClient, origin: str, method: str, header: str, refused: str
    ) -> None:
        answer = stranger.options(
            "/api/messages",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": header,
            },
        )
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        body = answer.json()
        assert body["instance"] == answer.headers["x-request-id"]
        assert (body["title"], body["status"]) == ("Bad Request", 400)
        assert f"CORS {refused}:" in body["detail"]
        assert "evil" not in answer.text
        named = answer.headers.get("access-control-allow-origin")
        assert named == (origin if origin == "https://desk.example" else None)
        assert "Origin" in answer.headers["vary"]
        assert int(answer.headers["content-length"]) == len(answer.content)

    def test_others_are_not(self, stranger: TestClient) -> None:
        answer = stranger.get("/livez", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_no_origin_is_let_in_unless_named(stranger: TestClient) -> None:
    answer = stranger.get("/livez", headers={"Origin": "https://desk.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.anyio
async def test_an_error_after_the_answer_began_ends_it_unfinished() -> None:
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("late")

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await RequestContext(app)(scope, None, send)  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["http.response.start"]


def test_the_application_needs_no_origin_setting(runtime: Runtime) -> None:
    app = FastAPI()
    app.state.runtime = runtime
    include_routers(app)
    assert [middleware.cls for middleware in app.user_middleware] == [RequestContext]
