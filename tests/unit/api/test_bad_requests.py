"""Whatever is sent, the answer is a problem that repeats nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.testclient import TestClient

from balas.api.admission import Area
from balas.api.deps import MAX_JSON_BYTES, protected_router
from balas.api.paging import encode_cursor
from balas.conversations.archive import Place
from balas.database.engine import Database
from balas.errors import DocumentRejected, ModelUnavailable
from tests.unit.api.conftest import API_KEY, START, Story

CANARY = "zq7-canary"


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Which database stands behind does not matter here."""
    return sqlite


def assert_problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) >= {"type", "title", "status", "detail", "instance"}
    assert body["status"] == status
    assert body["instance"] == answer.headers["x-request-id"]
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text
    return body


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=100)
    count: int = Field(default=1, le=10)
    colour: dict[str, int] = Field(default_factory=dict)


@pytest.fixture
def notes(app: FastAPI) -> None:
    """Routes of the kinds that take a body or fail, which the archive has none of."""
    router = protected_router(Area.KNOWLEDGE)

    @router.post("/notes")
    def add_note(note: Note) -> Note:
        return note

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError(CANARY)

    @router.get("/away")
    def away() -> None:
        raise ModelUnavailable("The model does not answer.", retry_after_seconds=12.2)

    @router.get("/rejected")
    def rejected() -> None:
        raise DocumentRejected("This type is not read.", status=415)

    assert isinstance(router, APIRouter)
    app.include_router(router)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=201", "limit=1000000000", f"limit={CANARY}", "limit=1.5", "limit=", "limit=NaN",
        f"role={CANARY}", "role=", "role=User",
        f"conversation_id={CANARY}", "conversation_id=0", "conversation_id=9223372036854775808",
        "conversation_id=" + "9" * 5000, "conversation_id=1e3", "conversation_id=null",
        f"since={CANARY}", "since=2026-13-01", "since=", "until=yesterday",
        f"phone={CANARY}", "phone=", "phone=%25", "phone=___", "phone=%2B", "phone=" + "1" * 65,
        "phone=%D9%A1%D9%A2%D9%A3", "phone=1%00",
        "q=", "q=%00", "q=" + "x" * 501,
        f"sort={CANARY}", f"{CANARY}=1", "order_by=id;DROP", "conversation=7",
    ],
)  # fmt: skip
def test_queries_that_are_not_valid(client: TestClient, query: str) -> None:
    body = assert_problem(client.get(f"/api/messages?{query}"), 422)
    assert body["title"] == "Validation error"
    assert body["errors"]
    assert all(
        set(error) == {"pointer", "detail"} and error["pointer"].startswith("/query") for error in body["errors"]
    )


def _tampered() -> list[str]:
    good = encode_cursor(API_KEY, "messages", Place(START, 7))
    flipped = [good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :] for at in range(len(good))]
    other_key = encode_cursor("another key", "messages", Place(START, 7))
    other_listing = encode_cursor(API_KEY, "users", Place(START, 7))
    return [
        *flipped, good[:-1], good + "A", good + "=", good * 2, other_key, other_listing,
        "", " ", "null", "0", "-1", "7", "AAAA", "=", "%", "é", "\x00", "../..", "'; DROP TABLE messages; --",
        "A" * 9000,
    ]  # fmt: skip


def test_cursors_that_were_not_given_out(client: TestClient, story: Story) -> None:
    good = encode_cursor(API_KEY, "messages", Place(START, 7))
    assert client.get("/api/messages", params={"cursor": good}).status_code == 200
    for cursor in _tampered():
        body = assert_problem(client.get("/api/messages", params={"cursor": cursor}), 400)
        assert "cursor" in body["detail"]


@pytest.mark.parametrize("path", ["/api/users/{}", "/api/conversations/{}"])
def test_ids_that_no_row_has_are_404_and_nonsense_is_422(client: TestClient, path: str) -> None:
    for missing in (0, 1, 999_999, 2**63 - 1):
        assert_problem(client.get(path.format(missing)), 404)
    for nonsense in ("-1", str(2**63), "9" * 5000, CANARY, "1.5", "%00", "1;DROP", "%F0%9F%99%82"):
        body = assert_problem(client.get(path.format(nonsense)), 422)
        assert body["errors"][0]["pointer"].startswith("/path/")


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {API_KEY}x"}, {"Authorization": f"Basic {API_KEY}"}, {"Authorization": API_KEY},
        {"Authorization": f"Bearer {API_KEY[:-1]}"}, {"X-API-Key": ""}, {"X-API-Key": API_KEY.upper()},
        {"X-API-Key": "ключ".encode()}, {"Authorization": b"Bearer \xff\xfe"}, {"Cookie": f"key={API_KEY}"},
    ],
)  # fmt: skip
def test_without_the_right_key(stranger: TestClient, headers: dict[str, Any]) -> None:
    expected = stranger.get("/api/books").json() | {"instance": ""}
    answer = stranger.get("/api/books", headers=headers)
    assert assert_problem(answer, 401) | {"instance": ""} == expected
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {API_KEY}"}, {"authorization": f"bearer  {API_KEY} "}, {"X-API-Key": API_KEY},
        {"Authorization": "Bearer wrong", "X-API-Key": API_KEY},
    ],
)  # fmt: skip
def test_with_the_right_key(stranger: TestClient, headers: dict[str, str]) -> None:
    assert stranger.get("/api/books", headers=headers).status_code == 200


def test_every_path_under_api_but_the_webhook_needs_the_key(app: FastAPI, stranger: TestClient) -> None:
    for path, operations in app.openapi()["paths"].items():
        if path.startswith("/api/") and path != "/api/webhook":
            for method in operations:
                url = path.replace("{", "").replace("}", "")
                assert_problem(stranger.request(method, url, content=b"{" * 10), 401)


def test_unknown_paths_and_methods(client: TestClient, stranger: TestClient) -> None:
    assert_problem(client.get(f"/api/{CANARY}"), 404)
    assert_problem(stranger.get(f"/{CANARY}"), 404)
    assert_problem(stranger.get(f"/docs/assets/{CANARY}"), 404)
    assert_problem(stranger.get("/docs/assets/..%2f..%2fdeps.py"), 404)
    for method, path, allowed in (
        ("POST", "/api/messages", "GET"),
        ("PUT", "/api/users/1", "DELETE, GET"),
        ("PATCH", "/api/documents", "GET, POST"),
        ("PUT", "/api/documents/1", "DELETE, GET, PATCH"),
        ("GET", "/api/dead/1/retry", "POST"),
        ("GET", "/api/webhook", "POST"),
        ("OPTIONS", "/health", "GET, HEAD"),
        ("BREW", "/api/books", "GET"),
    ):
        answer = client.request(method, path)
        assert_problem(answer, 405)
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html", 406), ("image/*", 406), ("application/json;q=0", 406), ("application/xml, text/plain;q=0.5", 406),
        ("", 200), ("*/*", 200), ("application/*", 200), ("text/html, */*;q=0.1", 200), ("APPLICATION/JSON", 200),
        ("application/problem+json", 200), ("application/json;q=0.9;v=1", 200),
    ],
)  # fmt: skip
def test_what_accepts_no_json_is_406(client: TestClient, accept: str, status: int) -> None:
    answer = client.get("/api/books", headers={"Accept": accept})
    assert answer.status_code == status
    if status == 406:
        assert_problem(answer, 406)


@pytest.mark.usefixtures("notes")
class TestBodies:
    def send(self, client: TestClient, body: bytes, kind: str | None = "application/json") -> Any:
        headers = {"Content-Type": kind} if kind else {}
        return client.post("/api/notes", content=body, headers=headers)

    @pytest.mark.parametrize(
        "body",
        [
            b"{", b"}", b"{'text': 1}", b'{"text":', f'{{"text": {CANARY}}}'.encode(), b"\xff\xfe{}", b"\x00", b'"',
            b"[" * 100_000, b'{"text": "a"} trailing', b'{"text": "a", "count": NaN}', b'{"text": "a", "count": 1e400}',
        ],
    )  # fmt: skip
    def test_unreadable_json_is_400(self, client: TestClient, body: bytes) -> None:
        assert_problem(self.send(client, body), 400)

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"null", b"[]", b'"text"', b"7", b"{}", b'{"text": null}', b'{"text": 7}', b'{"text": ["a"]}',
            b'{"text": "' + CANARY.encode() * 20 + b'"}', b'{"text": "a", "count": 11}',
            b'{"text": "a", "count": ' + b"9" * 5000 + b"}",
            f'{{"text": "a", "{CANARY}": 1}}'.encode(), b'{"text": "\\ud800"}',
        ],
    )  # fmt: skip
    def test_json_that_does_not_fit(self, client: TestClient, body: bytes) -> None:
        answer = self.send(client, body)
        if body.startswith(b'{"text": "a", "count": 999'):  # no JSON reader of Python takes such a number
            assert_problem(answer, 400)
        else:
            problem = assert_problem(answer, 422)
            assert all(error["pointer"].startswith("/body") for error in problem["errors"])

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json", "", None, "json"])
    def test_other_content_types_are_415(self, client: TestClient, kind: str | None) -> None:
        assert_problem(self.send(client, b'{"text": "a"}', kind), 415)

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/hal+json"])
    def test_spellings_of_json(self, client: TestClient, kind: str) -> None:
        assert self.send(client, b'{"text": "a"}', kind).status_code == 200

    def test_too_large_by_its_own_word(self, client: TestClient) -> None:
        body = b'{"text": "' + b"a" * MAX_JSON_BYTES + b'"}'
        answer = self.send(client, body)
        assert_problem(answer, 413)
        assert answer.headers["connection"] == "close"

    def test_too_large_without_saying_so(self, client: TestClient) -> None:
        read = 0

        def endless() -> Any:
            nonlocal read
            while read < 100:
                read += 1
                yield b" " * 65_536

        answer = client.post("/api/notes", content=endless(), headers={"Content-Type": "application/json"})
        assert_problem(answer, 413)

    def test_the_key_is_asked_for_before_the_body(self, stranger: TestClient) -> None:
        assert_problem(stranger.post("/api/notes", content=b"{", headers={"Content-Type": "text/plain"}), 401)

    def test_an_error_nobody_expected(self, client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
        answer = client.get("/api/broken")
        assert_problem(answer, 500)
        output = capsys.readouterr()
        assert CANARY not in output.out + output.err
        assert answer.headers["x-request-id"] in output.out + output.err
        assert "RuntimeError" in output.out + output.err

    def test_errors_raised_on_purpose(self, client: TestClient) -> None:
        answer = client.get("/api/away")
        body = assert_problem(answer, 503)
        assert answer.headers["retry-after"] == "13"
        assert body["type"] == "urn:balas:problem:model-unavailable"
        assert assert_problem(client.get("/api/rejected"), 415)["detail"] == "This type is not read."
