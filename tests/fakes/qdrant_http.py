"""Qdrant's REST over the client's own in-memory engine: the requests and answers of a server, and faults on demand.

It stands in for a server, which no package brings. What it cannot show: a server's own speed, limits and durability.
"""

from __future__ import annotations

import json
import re
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models

Body = dict[str, Any]


class QdrantHttp(ThreadingHTTPServer):
    """`refuse` holds statuses for the next requests, `slow` is how long each takes, `seen` what was asked."""

    daemon_threads = True

    def __init__(self, key: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.key = key
        self.engine = QdrantClient(":memory:", force_disable_check_same_thread=True)
        self.lock = threading.RLock()
        self.refuse: list[int] = []
        self.slow = 0.0
        self.seen: list[str] = []
        self.before: Callable[[str], None] = lambda request: None
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: self.serve_forever(0.05), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        server = self.server
        assert isinstance(server, QdrantHttp)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        request = f"{method} {self.path.partition('?')[0]}"
        server.seen.append(request)
        server.before(request)
        time.sleep(server.slow)
        if server.refuse:
            self._answer(server.refuse.pop(0), {"status": {"error": "as asked for"}})
        elif server.key is not None and self.headers.get("api-key") != server.key:
            self._answer(401, {"status": {"error": "no key"}})
        else:
            with server.lock, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._answer(*answer(server.engine, request, body))

    def _answer(self, status: int, content: Body) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None: ...


def answer(engine: QdrantClient, request: str, body: Body) -> tuple[int, Body]:
    for pattern, call in ROUTES.items():
        found = re.fullmatch(pattern, request)
        if found:
            try:
                return 200, {"result": plain(call(engine, *found.groups(), body)), "status": "ok", "time": 0.0}
            except ValueError as error:
                return 404 if "not found" in str(error) else 400, {"status": {"error": str(error)}}
    return 404, {"status": {"error": f"no such path: {request}"}}


def plain(value: Any) -> Any:
    return TypeAdapter(Any).dump_python(value, mode="json", exclude_none=True)


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


def selector(body: Body) -> Any:
    return body["points"] if body.get("points") is not None else read(models.FilterSelector, {"filter": body["filter"]})


def create(engine: QdrantClient, name: str, body: Body) -> bool:
    asked = read(models.CreateCollection, body)
    return engine.create_collection(name, vectors_config=asked.vectors, sparse_vectors_config=asked.sparse_vectors)


def written(_: object) -> Body:
    return {"operation_id": 0, "status": "completed"}


def scroll(engine: QdrantClient, name: str, body: Body) -> Body:
    asked = read(models.ScrollRequest, body)
    records, offset = engine.scroll(
        name,
        scroll_filter=asked.filter,
        limit=asked.limit or 10,
        offset=asked.offset,
        with_payload=asked.with_payload,
        with_vectors=asked.with_vector,
    )
    return {"points": plain(records), "next_page_offset": offset}


def query(engine: QdrantClient, name: str, body: Body) -> Iterator[Any]:
    asked = read(list[models.QueryRequest], body["searches"])
    return [plain(one) for one in engine.query_batch_points(name, asked)]


NAME = r"/collections/([\w-]+)"
ROUTES: dict[str, Callable[..., Any]] = {
    "GET /": lambda engine, body: {},
    "GET /aliases": lambda engine, body: engine.get_aliases(),
    "POST /collections/aliases": lambda engine, body: engine.update_collection_aliases(
        read(list[models.AliasOperations], body["actions"])
    ),
    "GET /collections": lambda engine, body: engine.get_collections(),
    f"GET {NAME}/exists": lambda engine, name, body: {"exists": engine.collection_exists(name)},
    f"PUT {NAME}": create,
    f"DELETE {NAME}": lambda engine, name, body: engine.delete_collection(name),
    f"PUT {NAME}/index": lambda engine, name, body: written(
        engine.create_payload_index(name, body["field_name"], body["field_schema"])
    ),
    f"POST {NAME}/points": lambda engine, name, body: engine.retrieve(
        name, body["ids"], with_payload=body.get("with_payload", True), with_vectors=body.get("with_vector", False)
    ),
    f"PUT {NAME}/points": lambda engine, name, body: written(
        engine.upsert(name, read(list[models.PointStruct], body["points"]))
    ),
    f"POST {NAME}/points/query/batch": query,
    f"POST {NAME}/points/scroll": scroll,
    f"POST {NAME}/points/count": lambda engine, name, body: engine.count(name, read(models.Filter, body["filter"])),
    f"POST {NAME}/points/payload": lambda engine, name, body: written(
        engine.set_payload(name, body["payload"], points=selector(body))
    ),
    f"POST {NAME}/points/payload/delete": lambda engine, name, body: written(
        engine.delete_payload(name, body["keys"], points=selector(body))
    ),
    f"POST {NAME}/points/delete": lambda engine, name, body: written(engine.delete(name, selector(body))),
}
