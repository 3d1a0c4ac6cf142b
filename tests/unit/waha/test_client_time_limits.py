"""When a call of the client is over: a slow answer, a late beginning, no free connection."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import cast

import pytest
from httpcore2 import NetworkStream, WriteTimeout

from balas.errors import GatewayUnavailable, SendOutcomeUnknown
from balas.ports import uptime
from balas.waha.client import WahaClient
from balas.waha.transport import _Stream, within
from tests.unit.simulator.serving import raw_server
from tests.unit.waha.line import ALICE, Line, send
from tests.unit.waha.raw_answers import Answer, answers


@pytest.mark.parametrize(
    "slow",
    [
        answers(pause=0.0),
        answers(*[b"H", b"T", b"T", b"P"] * 30, pause=0.1),
        answers(b"HTTP/1.1 201 Created\r\n", *[b"X-A: b\r\n"] * 60, pause=0.1),
        answers(b"HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n", *[b" "] * 60, pause=0.1),
        answers(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 60, pause=0.1),
    ],
)
def test_a_send_ends_when_its_time_is_over_however_the_answer_drips(slow: Answer) -> None:
    over = threading.Event()

    def drip(connection: socket.socket, first: bytes) -> None:
        slow(connection, first)
        over.wait(3)

    with raw_server(drip) as url, closing(WahaClient(url, "key", send_timeout_seconds=0.6)) as client:
        started = time.monotonic()
        assert type(send(client)) is SendOutcomeUnknown
        assert 0.5 < time.monotonic() - started < 2.5
        over.set()


@pytest.mark.parametrize("warm", [False, True])
def test_a_send_that_begins_when_its_time_is_over_reaches_nobody(noweb: Line, warm: bool) -> None:
    """As of a process that was stopped after it had announced the send: others may be looking for it by now."""
    if warm:
        noweb.client.ping()  # an open connection needs no connecting, and is written to at once
    with pytest.raises((GatewayUnavailable, SendOutcomeUnknown)):
        noweb.client.send_text("default", ALICE, "late", message_id="3EB0OURS", begun_at=uptime() - 30.5)
    assert noweb.phones.shown(ALICE) == []
    assert noweb.bodies("/api/sendText") == []
    noweb.client.send_text("default", ALICE, "in time", message_id="3EB0OURS", begun_at=uptime() - 25.0)
    assert [message.text for message in noweb.phones.shown(ALICE)] == ["in time"]


def test_a_stop_between_two_parts_of_a_send_ends_it() -> None:
    """The head is out, the body would follow too late: WAHA gets no whole request."""
    received = bytearray()

    class Stopped(_Stream):
        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            super().write(buffer, timeout)
            received.extend(buffer)
            time.sleep(0.4)

    class Inner:
        def write(self, buffer: bytes, timeout: float | None = None) -> None: ...

    stream = Stopped(cast(NetworkStream, Inner()))
    with within(0.3):
        stream.write(b"POST / HTTP/1.1")
        with pytest.raises(WriteTimeout):
            stream.write(b"body")
    assert bytes(received) == b"POST / HTTP/1.1"


def test_cheap_calls_have_a_shorter_time_of_their_own() -> None:
    with (
        raw_server(lambda *_: time.sleep(1.5)) as url,
        closing(WahaClient(url, "key", call_timeout_seconds=0.3)) as client,
    ):
        started = time.monotonic()
        with pytest.raises(GatewayUnavailable):
            client.start_typing("default", ALICE)
        assert time.monotonic() - started < 1.4


def test_a_send_that_finds_no_free_connection_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("balas.waha.client.FREE_CONNECTION_SECONDS", 0.2)
    over = threading.Event()
    with (
        raw_server(lambda *_: bool(over.wait(5))) as url,
        closing(WahaClient(url, "key", max_connections=1, send_timeout_seconds=4)) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(send, client)
        time.sleep(0.3)
        second = send(client)
        assert type(second) is GatewayUnavailable
        assert "busy" in str(second)
        over.set()
        assert type(first.result()) is SendOutcomeUnknown
