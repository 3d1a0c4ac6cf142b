"""Bodies that are too large, cut short, wrongly announced or without end, over real sockets."""

from __future__ import annotations

import json
import resource
import select as polling
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from balas.adapters.local_throttle import LocalThrottle
from balas.api.webhook import MAX_BODY_BYTES
from balas.cli import callers
from balas.database.engine import Database
from balas.database.session import reading
from balas.main import create_app
from balas.models import InboxMessage
from balas.runtime import Runtime
from balas.security.signatures import sign
from tests.lines.system import served
from tests.services import free_port

KEY = b"k" * 32
CHUNKED = "Transfer-Encoding: chunked"
CHUNK = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
# What the headers say of the body, the beginning of the body, what is sent until there is an answer, and its status.
BODIES: dict[str, tuple[list[str], bytes, bytes, int]] = {
    "none, and nothing said of it": ([], b"", b"", 401),
    "of no byte": (["Content-Length: 0"], b"", b"", 401),
    "a byte too long, by its header": ([f"Content-Length: {MAX_BODY_BYTES + 1}"], b"", b"", 413),
    "a byte too long, asking first": ([f"Content-Length: {MAX_BODY_BYTES + 1}", "Expect: 100-continue"], b"", b"", 413),
    "too long by far": ([f"Content-Length: {10**18}"], b"", b"", 413),
    "longer than numbers go": ([f"Content-Length: {10**30}"], b"", b"", 400),
    "longer than said": (["Content-Length: 3"], b"xxxxxx", b"", 400),  # what is left is no request
    "shorter than said": (["Content-Length: 30"], b"xxxxxx", b"", 408),
    "of negative length": (["Content-Length: -3"], b"xxx", b"", 400),
    "of two lengths": (["Content-Length: 3", "Content-Length: 4"], b"xxxx", b"", 400),
    "of one length, said twice": (["Content-Length: 3", "Content-Length: 3"], b"xxx", b"", 400),
    "of two lengths in one header": (["Content-Length: 3, 3"], b"xxx", b"", 400),
    "of a length in words": (["Content-Length: three"], b"xxx", b"", 400),
    "of a length in hexadecimals": (["Content-Length: 0x3"], b"xxx", b"", 400),
    "of a length with a sign": (["Content-Length: +3"], b"xxx", b"", 400),
    "of a length, and in chunks": (["Content-Length: 3", CHUNKED], b"3\r\nxxx\r\n0\r\n\r\n", b"", 400),
    "in chunks, and of a length": ([CHUNKED, "Content-Length: 3"], b"3\r\nxxx\r\n0\r\n\r\n", b"", 400),
    "in chunks": ([CHUNKED], b"3\r\nxxx\r\n0\r\n\r\n", b"", 401),
    "in chunks without end": ([CHUNKED], b"", CHUNK, 413),
    "in one chunk without end": ([CHUNKED], b"fffffffffff\r\n", b"x" * 65_536, 413),
    "in chunks that stop": ([CHUNKED], b"3\r\nxxx\r\n", b"", 408),
    "in a chunk longer than numbers go": ([CHUNKED], b"f" * 30 + b"\r\n", b"", 400),
    "in a chunk of negative length": ([CHUNKED], b"-3\r\nxxx\r\n", b"", 400),
    "in a chunk of a length in words": ([CHUNKED], b"three\r\nxxx\r\n", b"", 400),
    "in chunks with a trailer without end": ([CHUNKED], b"3\r\nxxx\r\n0\r\n", b"X-A: " + b"x" * 9_000 + b"\r\n", 431),
    "in a way that nobody knows": (["Transfer-Encoding: mystery"], b"xxx", b"", 400),
}


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Which database stands behind does not matter here."""
    return sqlite


@pytest.fixture
def port(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(callers, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(callers, "LOOK_EVERY_SECONDS", 0.2)
    with served(create_app(replace(runtime, throttle=LocalThrottle(0))), found := free_port()):
        yield found


def letters(database: Database) -> int:
    with reading(database) as session:
        return session.scalars(select(func.count()).select_from(InboxMessage)).one()


def answered(port: int, headers: list[str], body: bytes, more: bytes) -> tuple[HTTPResponse, bytes]:
    head = "\r\n".join(["POST /api/webhook HTTP/1.1", "Host: a", "X-Webhook-Hmac: 00", *headers])
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as caller:
        with suppress(ConnectionError):  # closed while we still write; what was answered can be read
            caller.sendall(head.encode() + b"\r\n\r\n" + body)
            sent = 0
            while more and sent < 16 * MAX_BODY_BYTES and not polling.select([caller], [], [], 0)[0]:
                caller.sendall(more)
                sent += len(more)
        answer = HTTPResponse(caller)
        answer.begin()
        return answer, answer.read()


def test_every_body_has_its_answer(port: int, database: Database) -> None:
    def told(name: str) -> tuple[int, dict[str, Any], str | None]:
        answer, said = answered(port, *BODIES[name][:3])
        assert answer.getheader("Content-Type") == "application/problem+json", name
        return answer.status, json.loads(said), answer.getheader("X-Request-ID")

    with ThreadPoolExecutor(8) as threads:
        found = dict(zip(BODIES, threads.map(told, BODIES), strict=True))
    assert {name: status for name, (status, _, _) in found.items()} == {name: row[3] for name, row in BODIES.items()}
    for status, said, request_id in found.values():
        assert (said["status"], said["instance"]) == (status, request_id)
    assert letters(database) == 0


def test_a_body_of_the_very_limit_is_taken(port: int, database: Database) -> None:
    body = b"x" * MAX_BODY_BYTES
    answer = httpx2.post(
        f"http://127.0.0.1:{port}/api/webhook", content=body, headers={"X-Webhook-Hmac": sign(KEY, body)}
    )
    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "dead", "unparseable")
    assert letters(database) == 1


@pytest.mark.parametrize("body", [b"", CHUNK * 40])
def test_large_bodies_take_no_memory(port: int, body: bytes) -> None:
    before = resident()
    with ThreadPoolExecutor(20) as threads:
        answers = threads.map(lambda _: answered(port, [CHUNKED], body, CHUNK)[0], range(100))
        assert [answer.status for answer in answers] == [413] * 100
    grown = (resident() - before) / 1e6
    assert grown < 60, f"{grown:.0f} MB"


def resident() -> int:
    """Bytes of this process, which holds the server."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
