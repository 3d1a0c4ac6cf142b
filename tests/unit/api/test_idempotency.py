"""Idempotency-Key: what is sent again is answered again and not done again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from balas.api import idempotency
from balas.api.documents import web_fetcher
from balas.database.session import transaction
from balas.knowledge.fetcher import Fetcher
from balas.models import InboxState, KeptReply
from balas.runtime import Runtime
from tests.unit.api.conftest import Doorbells, Story

HOURS = {"title": "Hours", "text": "Nine to five."}
LATER = {"title": "Hours", "text": "Ten to six."}
PAIR = {"questions": ["Do you deliver?"], "answer": "Yes, every day.", "language": "en"}


def post(client: TestClient, key: str, path: str = "/api/documents", **body: Any) -> Any:
    return client.post(path, headers={"Idempotency-Key": key}, **body)


def test_a_repeated_request_is_answered_as_before(client: TestClient, doorbells: Doorbells) -> None:
    first = post(client, "one", json=HOURS)
    assert (first.status_code, "idempotency-replayed" in first.headers) == (202, False)
    assert post(client, "two", json=LATER).json()["version"] == 2
    again = post(client, "one", json=HOURS)
    assert (again.status_code, again.content, again.headers["content-type"]) == (202, first.content, "application/json")
    assert (again.headers["idempotency-replayed"], len(doorbells.rung)) == ("true", 2)
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert client.get(f"/api/documents/{first.json()['id']}").json()["version"] == 2, "the newer text stays"


def test_a_form_counts_by_what_is_in_it(client: TestClient, doorbells: Doorbells) -> None:
    for content, status in ((b"Nine to five.", 202), (b"Nine to five.", 202), (b"Nine to six.", 422)):
        answer = post(client, "one", files={"file": ("hours.txt", content)}, data={"title": "Hours"})
        assert answer.status_code == status
    assert len(doorbells.rung) == 1


def test_another_request_under_the_same_key_is_refused(client: TestClient) -> None:
    assert post(client, "one", json=HOURS).status_code == 202
    refused = post(client, "one", json=LATER)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert "Idempotency-Key" in refused.json()["detail"]
    assert post(client, "one", "/api/answers", json=PAIR).status_code == 202, "a key belongs to an address"


def test_whatever_creates_something_takes_a_key(client: TestClient, story: Story, doorbells: Doorbells) -> None:
    dead = story.letter(InboxState.DEAD, content="{}")
    story.letter(InboxState.DEAD, content="{}")
    for path, body in (
        ("/api/answers", PAIR),
        ("/api/websites", {"url": "https://example.org/"}),
        ("/api/audiences/parents", {"phones": ["628115550101"]}),
        (f"/api/dead/{dead.id}/retry", None),
        ("/api/dead/retry", None),
    ):
        before = len(doorbells.rung)
        first = post(client, "one", path, json=body)
        rung = len(doorbells.rung)
        again = post(client, "one", path, json=body)
        assert first.status_code in {200, 202}, first.text
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert len(doorbells.rung) == rung
        assert rung == before + (path != "/api/audiences/parents")


def test_an_error_is_not_kept(client: TestClient) -> None:
    assert post(client, "one", json={"title": "Hours"}).status_code == 422
    assert post(client, "one", content=b"{").status_code == 415
    assert post(client, "one", json=HOURS).status_code == 202


@pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
def test_a_key_is_a_short_name(client: TestClient, key: str) -> None:
    answer = client.post("/api/documents", headers={"Idempotency-Key": key.encode("latin-1")}, json=HOURS)
    assert answer.status_code == 422


def test_without_the_api_key_nothing_is_told(client: TestClient, stranger: TestClient) -> None:
    assert post(client, "one", json=HOURS).status_code == 202
    assert post(stranger, "one", json=HOURS).status_code == 401


def test_after_a_day_it_is_forgotten(client: TestClient, runtime: Runtime, doorbells: Doorbells) -> None:
    post(client, "one", json=HOURS)
    with transaction(runtime.database) as session:
        row = session.query(KeptReply).one()
        row.created_at -= timedelta(days=1, seconds=1)
    answer = post(client, "one", json=LATER)
    assert (answer.status_code, answer.json()["version"]) == (202, 2)


@pytest.fixture
def slow_page(app: FastAPI) -> Iterator[tuple[str, list[str]]]:
    """A page that takes a second, and who asked for it."""
    asked: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            time.sleep(1.0)
            body = b"<html><head><title>Returns</title></head><body><p>Thirty days.</p></body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = frozenset({server.server_port})
    app.dependency_overrides[web_fetcher] = lambda: Fetcher(allow=lambda _: True, ports=ports)
    yield f"http://127.0.0.1:{server.server_port}/returns", asked
    server.shutdown()
    server.server_close()


def at_once(client: TestClient, url: str, times: int) -> list[Any]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: post(client, "one", json={"url": url}), range(times)))


def test_several_at_once_are_done_once(
    client: TestClient, slow_page: tuple[str, list[str]], doorbells: Doorbells
) -> None:
    url, asked = slow_page
    answers = at_once(client, url, 4)
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 3
    assert (len(asked), len(doorbells.rung)) == (1, 1)


def test_who_waits_too_long_is_told_to_come_again(
    client: TestClient, slow_page: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.2)
    answers = sorted(at_once(client, slow_page[0], 2), key=lambda answer: int(answer.status_code))
    assert [answer.status_code for answer in answers] == [202, 409]
    assert answers[1].headers["retry-after"] == "5"


def test_a_request_whose_process_died_is_done_again(client: TestClient, runtime: Runtime, doorbells: Doorbells) -> None:
    first = post(client, "one", json=HOURS).json()
    with transaction(runtime.database) as session:
        row = session.query(KeptReply).one()
        row.status, row.content = None, None  # as it was before its answer was kept, with a lease that ran out
    again = post(client, "one", json=HOURS)
    assert (again.status_code, again.json()["id"], again.json()["version"]) == (202, first["id"], 1)
    assert "idempotency-replayed" not in again.headers
    assert len(doorbells.rung) == 2
