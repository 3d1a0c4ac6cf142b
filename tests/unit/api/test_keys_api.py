"""Keys that were given out: what each opens, until when, and what whoever has none of them learns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import event, text, update
from starlette.testclient import TestClient

from balas.access import Scope
from balas.api.deps import GuardedRoute
from balas.api.routers import ROUTERS
from balas.database.engine import Database
from balas.database.session import transaction
from balas.models import ApiKey
from balas.runtime import Runtime
from tests.unit.api.conftest import API_KEY

Json = dict[str, Any]
WRONG = "balas_" + "A" * 43
OPENED_BY = {
    ("GET", "/api/documents"): Scope.KNOWLEDGE_READ,
    ("POST", "/api/websites"): Scope.KNOWLEDGE_WRITE,
    ("GET", "/api/golden"): Scope.KNOWLEDGE_READ,
    ("POST", "/api/answers"): Scope.KNOWLEDGE_WRITE,
    ("GET", "/api/messages"): Scope.CONVERSATIONS_READ,
    ("GET", "/api/audiences/parents"): Scope.CONVERSATIONS_READ,
    ("GET", "/api/gaps.csv"): Scope.CONVERSATIONS_READ,
    ("POST", "/api/dead/retry"): Scope.CONVERSATIONS_WRITE,
    ("DELETE", "/api/users/99"): Scope.CONVERSATIONS_WRITE,
    ("POST", "/api/ask"): Scope.ASK,
    ("POST", "/api/search"): Scope.ASK,
    ("GET", "/api/stats"): Scope.FIGURES,
    ("GET", "/api/audit"): Scope.ADMIN,
    ("GET", "/api/keys"): Scope.ADMIN,
    ("POST", "/api/keys"): Scope.ADMIN,
}


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """SQLite; both for the tests that ask for it."""
    found: Database = request.getfixturevalue(getattr(request, "param", "sqlite"))
    return found


both = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("mysql", marks=pytest.mark.mysql)], indirect=True, ids=["sqlite", "mysql"]
)


def issued(client: TestClient, *scopes: str, **more: Any) -> Json:
    answer = client.post("/api/keys", json={"name": "test", "scopes": list(scopes), **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: Json = answer.json()
    return found


def status(stranger: TestClient, key: str, method: str = "GET", path: str = "/api/books") -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return stranger.request(method, path, headers=headers, json={} if method == "POST" else None).status_code


def problem(stranger: TestClient, key: str | None) -> Json:
    answer = stranger.get("/api/books", headers={"X-API-Key": key} if key else {})
    assert answer.headers["content-type"] == "application/problem+json"
    found: Json = answer.json()
    return {**found, "instance": ""}


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_its_scope_and_nothing_else(client: TestClient, stranger: TestClient, scope: Scope) -> None:
    key = issued(client, scope)["key"]
    for (method, path), needed in OPENED_BY.items():
        found = status(stranger, key, method, path)
        opens = scope in {needed, Scope.ADMIN} or (scope, needed) == (Scope.ASK_AUDIENCES, Scope.ASK)
        assert (found == 403) != opens, (method, path, found)
        assert found != 401


def test_every_route_under_api_has_a_scope() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    under_api = [route for route in routes if route.path.startswith("/api/")]
    assert all(isinstance(route, GuardedRoute) for route in under_api)
    opened = {
        route.area.scope(method)
        for route in under_api
        if isinstance(route, GuardedRoute)
        for method in route.methods or ()
    }
    assert opened == set(Scope) - {Scope.ASK_AUDIENCES}


@pytest.mark.parametrize("path", ["/api/ask", "/api/search"])
def test_what_an_audience_is_told_takes_a_key_for_it(client: TestClient, stranger: TestClient, path: str) -> None:
    """Both keys get past the door with what is public: then this library, which is none, fails."""
    body = {"/api/ask": {"question": "The code?"}, "/api/search": {"query": "The code?"}}[path]
    anybody, insider = (issued(client, scope)["key"] for scope in ("ask", "ask:audiences"))

    def asked(key: str, **more: str) -> int:
        return stranger.post(path, json=body | more, headers={"X-API-Key": key}).status_code

    refused = stranger.post(path, json=body | {"audience": "staff"}, headers={"X-API-Key": anybody})
    assert (refused.status_code, refused.json()["detail"].split()[-1]) == (403, "ask:audiences.")
    assert asked(anybody, audience="public,staff") == 403
    assert [asked(anybody), asked(anybody, audience="public"), asked(insider, audience="staff")] == [500] * 3


def test_a_refusal_says_which_scope_it_takes(client: TestClient, stranger: TestClient) -> None:
    key = issued(client, "ask", "knowledge:read")["key"]
    refused = problem(stranger, key)
    assert (refused["status"], refused["title"]) == (403, "Not allowed")
    assert refused["detail"].endswith("scope figures.")
    assert key not in str(refused)


def test_a_key_is_refused_before_its_body_is_read(client: TestClient, stranger: TestClient) -> None:
    key = issued(client, "figures")["key"]
    for headers in ({}, {"Idempotency-Key": "once"}):
        answer = stranger.post("/api/answers", content=b"{", headers={"X-API-Key": key, **headers})
        assert answer.status_code == 403


@both
def test_none_wrong_revoked_and_expired_are_one_answer(
    client: TestClient, stranger: TestClient, runtime: Runtime
) -> None:
    revoked, expired, good = (issued(client, "figures", days=7) for _ in range(3))
    assert [status(stranger, one["key"]) for one in (revoked, expired, good)] == [200] * 3
    assert client.delete(f"/api/keys/{revoked['id']}").status_code == 204
    with transaction(runtime.database) as session:
        ended = datetime.fromisoformat(expired["created_at"]) - timedelta(seconds=1)
        session.execute(update(ApiKey).where(ApiKey.id == expired["id"]).values(expires_at=ended))
    without = problem(stranger, None)
    assert without["status"] == 401
    for key in (WRONG, revoked["key"], expired["key"], good["key"].swapcase(), good["key"][:-1], "x"):
        assert problem(stranger, key) == without
    assert status(stranger, good["key"]) == 200


@both
def test_the_key_itself_is_nowhere(client: TestClient, runtime: Runtime) -> None:
    key = issued(client, "ask", days=90)
    with transaction(runtime.database) as session:
        kept = session.execute(text("SELECT * FROM api_keys")).mappings().one()
    assert key["key"] not in str(dict(kept))
    assert key["key"].removeprefix("balas_")[:20] not in str(dict(kept))
    listed = client.get("/api/keys").json()["items"]
    assert listed == [{name: value for name, value in key.items() if name != "key"}]
    lasts = datetime.fromisoformat(key["expires_at"]) - datetime.fromisoformat(key["created_at"])
    assert lasts == timedelta(days=90)


def test_a_repeated_request_gives_out_another_key(client: TestClient) -> None:
    """Keeping the answer would keep the key."""
    body = {"name": "test", "scopes": ["ask"]}
    first, second = (client.post("/api/keys", json=body, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert first.json()["key"] != second.json()["key"]


@both
def test_use_is_written_down_once_an_hour(client: TestClient, stranger: TestClient, runtime: Runtime) -> None:
    key = issued(client, "figures")
    assert key["last_used_at"] is None
    assert status(stranger, key["key"]) == 200
    first = client.get("/api/keys").json()["items"][0]["last_used_at"]
    assert first is not None
    said: list[str] = []
    event.listen(runtime.database.writer, "before_cursor_execute", lambda *told: said.append(told[2]))
    assert status(stranger, key["key"]) == 200
    assert not [one for one in said if one.startswith("UPDATE")]
    with transaction(runtime.database) as session:
        session.execute(update(ApiKey).values(last_used_at=datetime.fromisoformat(first) - timedelta(hours=1)))
    assert status(stranger, key["key"]) == 200
    assert client.get("/api/keys").json()["items"][0]["last_used_at"] >= first


def test_revoking_twice_and_what_was_never_there(client: TestClient) -> None:
    key = issued(client, "ask")
    assert client.delete(f"/api/keys/{key['id']}").status_code == 204
    for gone in (key["id"], 0, 999):
        assert client.delete(f"/api/keys/{gone}").status_code == 404


def test_the_log_says_who_gave_it_out_and_who_used_it(client: TestClient, stranger: TestClient) -> None:
    key = issued(client, "knowledge:write")
    answer = {"questions": ["Do you deliver?"], "answer": "Yes."}
    kept = stranger.post("/api/answers", json=answer, headers={"X-API-Key": key["key"]})
    assert kept.status_code == 202
    client.delete(f"/api/keys/{key['id']}")
    entries = client.get("/api/audit").json()["items"][::-1]
    assert [(one["who"], one["action"], one["target"]) for one in entries] == [
        ("api", "key.issued", str(key["id"])),
        (f"key {key['id']}", "answer.approved", str(kept.json()["id"])),
        ("api", "key.revoked", str(key["id"])),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": "", "scopes": ["ask"]}, {"name": "x" * 65, "scopes": ["ask"]}, {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]}, {"name": "x", "scopes": "ask"}, {"name": "x\x00", "scopes": ["ask"]},
        {"name": "x", "scopes": ["ask"], "days": 0}, {"name": "x", "scopes": ["ask"], "days": 3651},
        {"name": "x", "scopes": ["ask"], "key": "mine"},
    ],
)  # fmt: skip
def test_what_is_no_key(client: TestClient, body: Json) -> None:
    assert client.post("/api/keys", json=body).status_code == 422
    assert client.get("/api/keys").json()["items"] == []


def test_keys_are_listed_newest_first_page_by_page(client: TestClient) -> None:
    ids = [issued(client, "ask")["id"] for _ in range(3)]
    first = client.get("/api/keys", params={"limit": 2}).json()
    second = client.get("/api/keys", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_the_first_key_is_none_of_them_and_needs_no_database(stranger: TestClient, runtime: Runtime) -> None:
    said: list[str] = []
    event.listen(runtime.database.writer, "before_cursor_execute", lambda *told: said.append(told[2]))
    event.listen(runtime.database.reader, "before_cursor_execute", lambda *told: said.append(told[2]))
    assert status(stranger, API_KEY, "GET", "/api/documents/x") == 422
    assert status(stranger, "guessed") == 401
    assert said == []
