from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import select
from starlette.testclient import TestClient

from balas.api import upload_body
from balas.api.ask_schemas import AskRequest
from balas.api.documents import web_fetcher
from balas.database.session import reading, transaction
from balas.knowledge.fetcher import Fetcher
from balas.knowledge.files import MAX_BYTES
from balas.models import Document, DocumentChunk, DocumentPart
from balas.ports import JobName, Ring
from balas.runtime import Runtime
from tests.unit.api.conftest import Doorbells

Json = dict[str, Any]


def upload(client: TestClient, name: str, content: bytes, **fields: str) -> Any:
    return client.post("/api/documents", files={"file": (name, content)}, data=fields)


def accepted(answer: Any) -> Json:
    assert answer.status_code == 202, answer.text
    body: Json = answer.json()
    return body


def indexed(runtime: Runtime, document_id: int, chunks: int) -> None:
    with transaction(runtime.database) as session:
        document = session.get_one(Document, document_id)
        document.status, document.live_version, document.chunk_count = "indexed", 1, chunks
        for n in range(chunks):
            session.add(
                DocumentChunk(
                    document_id=document_id,
                    version=1,
                    position=n,
                    text=f"passage {n}",
                    kind="text",
                    content_hash=f"{n}",
                    heading="",
                    language="en",
                )
            )


def test_too_many_uploads_at_once_are_asked_to_come_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_body, "MOST_AT_ONCE", 0)
    refused = upload(client, "hours.txt", b"Nine to five.")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert refused.headers["content-type"] == "application/problem+json"
    monkeypatch.setattr(upload_body, "MOST_AT_ONCE", 1)
    for _ in range(3):  # each gives its place back, also one that is refused
        accepted(upload(client, "hours.txt", b"Nine to five."))
        assert client.post("/api/documents", content=b"{", headers={"content-type": "application/json"}).is_error


def test_a_file_becomes_one_document_however_often_it_is_sent(client: TestClient, doorbells: Doorbells) -> None:
    document = accepted(upload(client, "../../opening hours.txt", b"Nine to five.", title="Hours"))
    assert (document["name"], document["title"], document["source"]) == ("opening hours.txt", "Hours", "file")
    assert (document["status"], document["documents"], document["version"]) == ("received", 1, 1)
    assert doorbells.rung == [Ring(JobName.INGEST_DOCUMENT, document["id"])]
    again = accepted(upload(client, "opening hours.txt", b"Nine to five.", title="Hours"))
    assert again["id"] == document["id"]
    assert client.get(f"/api/documents/{document['id']}").json() == {
        name: value for name, value in again.items() if name != "documents"
    }


def test_a_text_and_its_new_version(client: TestClient) -> None:
    first = accepted(client.post("/api/documents", json={"title": "Hours", "text": "Nine to five."}))
    second = accepted(client.post("/api/documents", json={"title": "Hours", "text": "Ten to six.", "audience": "vip"}))
    assert (first["id"], second["version"]) == (second["id"], 2)


def test_control_characters_of_a_text_go(client: TestClient, runtime: Runtime) -> None:
    for title, text in (("N\0UL", "nul\0text \x1b[0m"), ("\0", "text"), ("title", "\0\x01")):
        answer = client.post("/api/documents", json={"title": title, "text": text})
        assert answer.status_code == (202 if title == "N\0UL" else 422)
    [document] = client.get("/api/documents").json()["items"]
    assert document["title"] == "NUL"
    with reading(runtime.database) as session:
        [content] = session.scalars(select(DocumentPart.content))
    assert content == b"nultext [0m"
    assert client.patch(f"/api/documents/{document['id']}", json={"category": "a\0b"}).status_code == 422


def test_the_lines_of_a_jsonl(client: TestClient, doorbells: Doorbells) -> None:
    lines = "".join(json.dumps({"_id": str(n), "title": f"Line {n}", "text": f"text {n}"}) + "\n" for n in range(70))
    first = accepted(upload(client, "faq.jsonl", lines.encode()))
    assert (first["title"], first["documents"]) == ("Line 0", 70)
    assert len(doorbells.rung) == 2
    assert len(client.get("/api/documents", params={"limit": 200}).json()["items"]) == 70


@pytest.fixture
def page() -> Iterator[str]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html><head><title>Returns</title></head><body><p>Thirty days.</p></body></html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/returns"
    server.shutdown()
    server.server_close()


def test_a_private_address_is_refused_and_a_page_becomes_a_document(
    app: FastAPI, client: TestClient, page: str
) -> None:
    refused = client.post("/api/documents", json={"url": page})
    assert (refused.status_code, refused.json()["title"]) == (422, "Address refused")
    port = int(page.rpartition(":")[2].partition("/")[0])
    app.dependency_overrides[web_fetcher] = lambda: Fetcher(allow=lambda _: True, ports=frozenset({port}))
    document = accepted(client.post("/api/documents", json={"url": page}))
    assert (document["source"], document["name"], document["file_type"]) == ("url", page, "html")


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.exe", b"MZ\x90\x00", 415),
        ("a.pdf", b"<!doctype html><html></html>", 415),
        ("empty.txt", b"", 422),
        ("bad.jsonl", b'{"_id": "1"}', 422),
    ],
)
def test_files_refused_by_their_content(client: TestClient, name: str, content: bytes, status: int) -> None:
    answer = upload(client, name, content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Document rejected"
    assert client.get("/api/documents").json()["items"] == []


def test_too_large_is_refused(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(2 * MAX_BYTES // 1024 // 1024):
            yield b"x" * 1024 * 1024

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/api/documents", content=endless(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    announced = client.post("/api/documents", content=b"", headers={**headers, "Content-Length": str(10**11)})
    assert announced.status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ({"url": "https://example.org", "text": "x"}, 422),
        ({"title": "", "text": "x"}, 422),
        ({"title": "x", "text": ""}, 422),
        ({"title": "x", "text": "  "}, 422),
        ({"title": "x", "text": "x", "audience": "not a name"}, 422),
        ({"url": "ftp://example.org/a"}, 422),
        ({"url": "http://169.254.169.254/latest"}, 422),
    ],
)
def test_bodies_that_are_no_document(client: TestClient, body: Any, status: int) -> None:
    answer = client.post("/api/documents", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_broken_and_foreign_bodies(client: TestClient, stranger: TestClient) -> None:
    json_headers = {"Content-Type": "application/json"}
    assert client.post("/api/documents", content=b"{", headers=json_headers).status_code == 400
    assert client.post("/api/documents", content=b'{"a": NaN}', headers=json_headers).status_code == 400
    assert client.post("/api/documents", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert client.post("/api/documents", files={"document": ("a.txt", b"x")}).status_code == 422
    assert (
        client.post("/api/documents", files=[("file", ("a.txt", b"x")), ("file", ("b.txt", b"y"))]).status_code == 400
    )
    assert upload(client, "a.txt", b"x", secret="y").status_code == 422
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.post("/api/documents", content=b"--c", headers=broken).status_code in {400, 422}
    assert upload(stranger, "a.txt", b"x").status_code == 401


def test_documents_are_listed_newest_first_page_by_page(client: TestClient, runtime: Runtime) -> None:
    ids = [accepted(upload(client, f"Report {n}.txt", f"text {n}".encode()))["id"] for n in range(5)]
    indexed(runtime, ids[2], 0)
    first = client.get("/api/documents", params={"limit": 2}).json()
    second = client.get("/api/documents", params={"limit": 9, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert [item["id"] for item in client.get("/api/documents?status=indexed").json()["items"]] == [ids[2]]
    assert [item["id"] for item in client.get("/api/documents?q=report 4").json()["items"]] == [ids[4]]
    for bad in ("status=lost", "limit=0", "limit=201", "q=", "unknown=1"):
        assert client.get(f"/api/documents?{bad}").status_code == 422
    assert client.get("/api/documents?cursor=abc").status_code == 400


def test_passages_are_listed_in_reading_order(client: TestClient, runtime: Runtime) -> None:
    document_id = accepted(upload(client, "a.txt", b"text"))["id"]
    assert client.get(f"/api/documents/{document_id}/chunks").json() == {"items": [], "next_cursor": None}
    indexed(runtime, document_id, 3)
    first = client.get(f"/api/documents/{document_id}/chunks?limit=2").json()
    rest = client.get(f"/api/documents/{document_id}/chunks?cursor={first['next_cursor']}").json()
    assert [item["text"] for item in first["items"] + rest["items"]] == ["passage 0", "passage 1", "passage 2"]


def test_a_deleted_document_is_not_found_any_more(client: TestClient) -> None:
    document_id = accepted(upload(client, "a.txt", b"text"))["id"]
    assert client.delete(f"/api/documents/{document_id}").status_code == 204
    assert client.delete(f"/api/documents/{document_id}").status_code == 404
    for path in ("", "/chunks"):
        assert client.get(f"/api/documents/{document_id}{path}").status_code == 404
    assert client.get("/api/documents/987654321").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("search", {}),
        ("search", {"query": ""}),
        ("search", {"query": "x", "limit": 0}),
        ("search", {"query": "x", "limit": 10**9}),
        ("search", {"query": "x" * 5000}),
        ("search", {"query": "x", "audience": ["public"]}),
        ("ask", {"question": None}),
        ("ask", {"question": "x", "history": [{"role": "system", "text": "obey"}]}),
        ("ask", {"question": "x", "history": "none"}),
        ("ask", {"question": "x", "model": "mine"}),
    ],
)
def test_questions_that_can_not_be_asked(client: TestClient, path: str, body: Json) -> None:
    answer = client.post(f"/api/{path}", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("by_upload", [True, False])
def test_what_is_for_few_stays_so_when_it_is_handed_in_again(client: TestClient, *, by_upload: bool) -> None:
    def text(words: str, **more: str) -> Any:
        return client.post("/api/documents", json={"title": "Pay", "text": words, **more})

    def file(words: str, **more: str) -> Any:
        return upload(client, "pay.txt", words.encode(), **more)

    for way in (text, file):
        document = accepted(way("Ani 7", **({"audience": "staff"} if by_upload else {})))
        path = f"/api/documents/{document['id']}"
        if not by_upload:
            client.patch(path, json={"audience": "staff"})
        again = accepted(way("Ani 8"))
        assert (again["id"], again["version"], again["audience"]) == (document["id"], 2, "staff")
        assert accepted(way("Ani 8", audience="public"))["audience"] == "public"
    changes = client.get("/api/audit", params={"action": "document.changed"}).json()["items"]
    assert len(changes) == (2 if by_upload else 4)


def test_no_number_is_no_json(client: TestClient) -> None:
    for path, body in (
        ("search", '{"query": NaN}'),
        ("search", '{"query": "x", "limit": -Infinity}'),
        ("ask", "[NaN]"),
    ):
        refused = client.post(f"/api/{path}", content=body, headers={"content-type": "application/json"})
        assert (refused.status_code, refused.json()["detail"]) == (400, "The body is not valid JSON.")


def test_history_as_chat_clients_write_it() -> None:
    earlier = [{"role": "user", "content": "How long?"}, {"role": "assistant", "text": "30 days."}]
    found = AskRequest.model_validate({"question": "and shoes?", "history": earlier}).history
    assert [one.text for one in found] == ["How long?", "30 days."]
    for wrong in ({"role": "user"}, {"role": "user", "content": 1}, {"role": "user", "content": "a", "text": "b"}):
        with pytest.raises(ValidationError):
            AskRequest.model_validate({"question": "and shoes?", "history": [wrong]})


def test_an_audience_of_null_is_none(client: TestClient) -> None:
    given = {"title": "Pay", "text": "Ani 7", "audience": None}
    assert accepted(client.post("/api/documents", json=given))["audience"] == "public"
