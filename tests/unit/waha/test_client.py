"""The client against the simulator over real HTTP, every engine; and against servers that misbehave."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from httpcore2 import NetworkStream, WriteTimeout

from balas.errors import (
    BalasError,
    GatewayRejected,
    GatewayUnauthorized,
    GatewayUnavailable,
    SendOutcomeUnknown,
    TextTooLong,
)
from balas.ports import Gateway, SentMessage, inside_transaction, uptime
from balas.simulator.app import Simulator, create_simulator
from balas.simulator.faults import Chance, Faults
from balas.simulator.phones import Phones
from balas.waha.client import WahaClient
from balas.waha.transport import _Stream, within
from tests.unit.simulator.serving import free_port, raw_server, self_signed, serving

ALICE, BOB, GROUP = "12025550101@c.us", "12025550102@c.us", "120363000000000001@g.us"


@dataclass
class Line:
    """A simulator, the phones behind it, and a client of it."""

    simulator: Simulator
    phones: Phones
    client: WahaClient
    url: str

    def bodies(self, path: str) -> list[dict[str, object]]:
        entries = self.phones.log_since(0)
        return [e.detail["body"] for e in entries if e.kind == "api" and e.detail["path"] == path]


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[..., tuple[Simulator, str]]]:
    """Simulators that are started once and kept for the tests of this file."""
    with ExitStack() as running:

        @cache
        def server(engine: str, **options: bool) -> tuple[Simulator, str]:
            simulator, _ = create_simulator(
                api_key="key", webhook_url=None, hmac_key=None, engine=engine, acks=[(1, 0.0)], **options
            )
            return simulator, running.enter_context(serving(simulator))

        yield server


@contextmanager
def empty(simulator: Simulator, url: str) -> Iterator[Line]:
    simulator.settle()
    simulator.phones.reset()
    simulator.set_faults(Faults())
    with closing(WahaClient(url, "key")) as client:
        yield Line(simulator, simulator.phones, client, url)


@pytest.fixture(params=["NOWEB", "GOWS", "WEBJS"])
def line(servers: Callable[..., tuple[Simulator, str]], request: pytest.FixtureRequest) -> Iterator[Line]:
    with empty(*servers(request.param)) as found:
        yield found


@pytest.fixture
def noweb(servers: Callable[..., tuple[Simulator, str]]) -> Iterator[Line]:
    with empty(*servers("NOWEB")) as found:
        yield found


@pytest.fixture
def storeless(servers: Callable[..., tuple[Simulator, str]]) -> Iterator[Line]:
    with empty(*servers("NOWEB", store_enabled=False, ids=False)) as found:
        yield found


def test_is_a_gateway(noweb: Line) -> None:
    gateway: Gateway = noweb.client
    gateway.ping()


# ---- sending --------------------------------------------------------------------------------------------------------


def test_sends_with_an_id_where_the_engine_has_one(line: Line) -> None:
    wanted = line.client.new_message_id("default")
    assert (wanted is None) == (line.simulator.engine_name == "WEBJS")
    sent = line.client.send_text("default", ALICE, "We open at *9:00*.", message_id=wanted)
    (shown,) = line.phones.shown(ALICE)
    assert (shown.text, shown.from_me, shown.source, shown.link_preview) == ("We open at *9:00*.", True, "api", False)
    assert sent == SentMessage(f"true_{ALICE}_{shown.bare_id}", shown.bare_id)
    assert wanted in (None, sent.bare_id)


def test_never_asks_for_a_link_preview(line: Line) -> None:
    line.client.send_text("default", ALICE, "see https://example.com")
    assert [body["linkPreview"] for body in line.bodies("/api/sendText")] == [False]


def test_answers_in_groups_and_to_hidden_ids(line: Line) -> None:
    question = line.phones.person_sends(BOB, "hello", as_lid=True)
    assert question.chat_id.endswith("@lid")
    for chat_id in (GROUP, question.chat_id):
        sent = line.client.send_text("default", chat_id, "hi")
        found = line.client.find_message("default", chat_id, sent.bare_id)
        assert found is not None
        assert (found.chat_id, found.from_me, found.text) == (chat_id, True, "hi")


def test_quotes_what_it_answers(line: Line) -> None:
    question = line.phones.person_sends(ALICE, "when?")
    line.client.send_text("default", ALICE, "at nine", reply_to=question.waha_message_id)
    assert line.phones.shown(ALICE)[-1].reply_to == question.bare_id


def test_seen_and_typing_show_on_the_phone(line: Line) -> None:
    question = line.phones.person_sends(ALICE, "when?")
    line.client.send_seen("default", ALICE, (question.waha_message_id,))
    line.client.start_typing("default", ALICE)
    assert line.phones.typing(ALICE)
    line.client.stop_typing("default", ALICE)
    assert not line.phones.typing(ALICE)
    assert line.phones.shown(ALICE)[0].ack == 3
    assert line.bodies("/api/sendSeen")[0]["messageIds"] == [question.waha_message_id]


def test_seen_in_a_group_is_told_sender_by_sender(noweb: Line) -> None:
    ids = [noweb.phones.person_sends(GROUP, "x", sender=who).waha_message_id for who in (ALICE, BOB, ALICE)]
    noweb.client.send_seen("default", GROUP, tuple(ids))
    bodies = noweb.bodies("/api/sendSeen")
    assert {(body["participant"], len(body["messageIds"])) for body in bodies} == {(ALICE, 2), (BOB, 1)}  # type: ignore[arg-type]


def test_a_text_of_any_script_arrives_as_it_is(noweb: Line) -> None:
    text = '¿Cuál? 🙏 "quoted" \\ / \u2028 ไทย עברית\n' + "x" * 60_000
    noweb.client.send_text("default", ALICE, text)
    assert noweb.phones.shown(ALICE)[0].text == text


def test_the_missing_ids_of_an_engine_are_remembered(storeless: Line) -> None:
    assert [storeless.client.new_message_id("default") for _ in range(3)] == [None] * 3
    asked = [e for e in storeless.phones.log_since(0) if e.kind == "api"]
    assert len(asked) == 1


# ---- reading --------------------------------------------------------------------------------------------------------


def test_finds_what_is_there_and_nothing_else(line: Line) -> None:
    question = line.phones.person_sends(ALICE, "when?")
    sent = line.client.send_text("default", ALICE, "at nine")
    for bare_id, text in ((sent.bare_id, "at nine"), (question.bare_id, "when?")):
        found = line.client.find_message("default", ALICE, bare_id)
        assert found is not None
        assert (found.bare_id, found.text, found.chat_id) == (bare_id, text, ALICE)
    assert line.client.find_message("default", ALICE, "3EB0NOWHERE") is None
    assert line.client.find_message("default", BOB, "3EB0NOWHERE") is None


def test_reads_the_newest_messages_first(line: Line) -> None:
    for number in range(5):
        line.phones.person_sends(ALICE, f"question {number}", at=datetime.now(UTC) - timedelta(minutes=10 - number))
    line.phones.person_sends(BOB, "elsewhere")
    line.client.send_text("default", ALICE, "answer")
    recent = line.client.recent_messages("default", ALICE, limit=3)
    assert [message.text for message in recent] == ["answer", "question 4", "question 3"]
    assert [message.from_me for message in recent] == [True, False, False]
    assert {message.chat_id for message in recent} == {ALICE}


def test_reads_what_came_while_nobody_listened(line: Line) -> None:
    start = datetime.now(UTC)
    line.phones.person_sends(ALICE, "too old", at=start - timedelta(hours=1))
    line.phones.person_sends(ALICE, "missed", at=start)
    line.client.send_text("default", ALICE, "our own")
    line.phones.person_sends(BOB, "long ago", at=start - timedelta(hours=1))
    since = start - timedelta(minutes=1)
    assert line.client.chats_since("default", since) == [ALICE]
    missed = line.client.messages_since("default", ALICE, since)
    assert [(message.text, message.from_me) for message in missed] == [("missed", False), ("our own", True)]


def test_reads_page_after_page(line: Line) -> None:
    start = datetime.now(UTC)
    for number in range(230):
        line.phones.person_sends(ALICE, f"message {number}", at=start + timedelta(milliseconds=number))
        line.phones.person_sends(f"1202556{number:04d}@c.us", "x", at=start)
    assert len(line.client.chats_since("default", start)) == 231
    found = line.client.messages_since("default", ALICE, start)
    assert [message.text for message in found] == [f"message {number}" for number in range(230)]


def test_a_store_that_is_off_is_said_not_guessed(storeless: Line) -> None:
    storeless.client.send_text("default", ALICE, "x")
    with pytest.raises(GatewayRejected, match="store"):
        storeless.client.recent_messages("default", ALICE)
    with pytest.raises(GatewayRejected, match="store"):
        storeless.client.find_message("default", ALICE, "3EB0")
    assert [session.store_enabled for session in storeless.client.sessions()] == [False]


def test_the_number_behind_a_hidden_id(line: Line) -> None:
    question = line.phones.person_sends(BOB, "hello", as_lid=True)
    assert line.client.phone_of("default", question.chat_id) == "12025550102"
    assert line.client.phone_of("default", "999@lid") is None


def test_sessions(line: Line) -> None:
    (session,) = line.client.sessions()
    assert (session.name, session.status, session.me_id) == ("default", "WORKING", "12025550100@c.us")
    assert session.engine == line.simulator.engine_name
    assert session.store_enabled is True
    line.phones.set_status("default", "SCAN_QR_CODE")
    (session,) = line.client.sessions()
    assert (session.status, session.me_id) == ("SCAN_QR_CODE", None)


def test_tells_what_wahas_clock_says(noweb: Line) -> None:
    told = noweb.client.ping()
    assert told is not None
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)
    for date, moment in (("Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n", datetime(2026, 1, 1, tzinfo=UTC)), ("", None)):
        answer = f"HTTP/1.1 200 OK\r\n{date}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode()
        with (
            raw_server(lambda connection, _: connection.sendall(answer)) as url,  # noqa: B023 over before the next one
            closing(WahaClient(url, "key")) as client,
        ):
            assert client.ping() == moment


def test_names_that_look_like_paths_stay_names(noweb: Line) -> None:
    for bare_id in ("../../sessions", "a/b?c=d#e", "%2e%2e", "ü 😀"):
        assert noweb.client.find_message("default", ALICE, bare_id) is None
    asked: list[str] = []

    def remember(connection: socket.socket, first: bytes) -> None:
        asked.append(first.split(b" ")[1].decode())
        connection.sendall(http(b"[]", "200 OK"))

    with raw_server(remember) as url, closing(WahaClient(f"{url}/base", "key")) as client:
        client.phone_of("a/b", "2@lid")
        client.recent_messages("x?y", "../1@c.us", limit=5)
    assert asked == [
        "/base/api/a%2Fb/lids/2%40lid",
        "/base/api/x%3Fy/chats/..%2F1%40c.us/messages?downloadMedia=false&limit=5",
    ]
    for name in ("..", ".", ""):
        with pytest.raises(GatewayRejected):
            noweb.client.phone_of("default", name)


# ---- refusals -------------------------------------------------------------------------------------------------------


def send(client: WahaClient) -> BalasError | SentMessage:
    try:
        return client.send_text("default", ALICE, "hello", message_id="3EB0OURS")
    except BalasError as error:
        return error


FAULTS: list[tuple[str, Chance, type[BalasError], int]] = [
    ("lose_response", Chance(count=1), SendOutcomeUnknown, 1),
    ("lose_request", Chance(count=1), SendOutcomeUnknown, 0),
    *[("error_after", Chance(count=1, status=status), SendOutcomeUnknown, 1) for status in (500, 502, 503, 504)],
    ("error_before", Chance(count=1, status=500), SendOutcomeUnknown, 0),
    ("error_before", Chance(count=1, status=413), TextTooLong, 0),
    ("error_before", Chance(count=1, status=404), GatewayRejected, 0),
    ("error_before", Chance(count=1, status=400), GatewayRejected, 0),
    ("error_before", Chance(count=1, status=501), GatewayRejected, 0),
    ("error_before", Chance(count=1, status=403), GatewayUnauthorized, 0),
    ("error_before", Chance(count=1, status=302), GatewayUnavailable, 0),
    ("unauthorized", Chance(count=1), GatewayUnauthorized, 0),
    ("too_many", Chance(count=1, seconds=7), GatewayUnavailable, 0),
    ("no_id", Chance(count=1), SendOutcomeUnknown, 1),
]


@pytest.mark.parametrize(("fault", "chance", "expected", "shown"), FAULTS)
def test_a_failed_send_says_whether_it_may_be_repeated(
    line: Line, fault: str, chance: Chance, expected: type[BalasError], shown: int
) -> None:
    line.simulator.set_faults(Faults(**{fault: chance}))  # type: ignore[arg-type]
    outcome = send(line.client)
    assert type(outcome) is expected
    assert len(line.phones.shown(ALICE)) == shown
    assert isinstance(send(line.client), SentMessage), "the connection is usable afterwards"


def test_a_pause_wanted_by_waha_is_passed_on(noweb: Line) -> None:
    noweb.simulator.set_faults(Faults(too_many=Chance(count=1, seconds=7)))
    outcome = send(noweb.client)
    assert isinstance(outcome, GatewayUnavailable)
    assert outcome.retry_after_seconds == 7


def test_another_id_than_ours_was_sent_all_the_same(noweb: Line) -> None:
    noweb.simulator.set_faults(Faults(other_id=Chance(count=1)))
    outcome = send(noweb.client)
    assert isinstance(outcome, SentMessage)
    assert outcome.bare_id == noweb.phones.shown(ALICE)[0].bare_id != "3EB0OURS"


@pytest.mark.parametrize("status", ["STOPPED", "STARTING", "SCAN_QR_CODE", "FAILED"])
def test_a_session_that_is_not_working_sends_nothing(noweb: Line, status: str) -> None:
    noweb.phones.set_status("default", status)
    with pytest.raises(GatewayUnavailable, match=status):
        noweb.client.send_text("default", ALICE, "x")
    with pytest.raises(GatewayUnavailable):
        noweb.client.recent_messages("default", ALICE)
    with pytest.raises(GatewayUnavailable):
        noweb.client.find_message("default", ALICE, "3EB0")
    with pytest.raises(GatewayUnavailable):
        noweb.client.new_message_id("default")


def test_an_unknown_session_and_a_wrong_key(noweb: Line) -> None:
    with pytest.raises(GatewayRejected, match="404"):
        noweb.client.send_text("nowhere", ALICE, "x")
    with pytest.raises(GatewayRejected):
        noweb.client.find_message("nowhere", ALICE, "3EB0")
    with closing(WahaClient(noweb.url, "wrong")) as client:
        for call in (client.ping, client.sessions, lambda: client.new_message_id("default"), lambda: _send(client)):
            with pytest.raises(GatewayUnauthorized):
                call()


def _send(client: WahaClient) -> None:
    client.send_text("default", ALICE, "hello")


def test_errors_never_repeat_the_message_or_the_number(noweb: Line) -> None:
    secret, number = "my private words", ALICE.partition("@")[0]
    for fault, chance, _, _ in FAULTS:
        noweb.simulator.set_faults(Faults(**{fault: chance}))  # type: ignore[arg-type]
        with pytest.raises(BalasError) as raised:
            noweb.client.send_text("default", ALICE, secret)
        assert secret not in str(raised.value)
        assert number not in str(raised.value)
        assert "key" not in repr(raised.value).replace("WAHA_API_KEY", "").replace("the key ", "")


def test_is_not_used_inside_a_transaction(noweb: Line) -> None:
    token = inside_transaction.set(True)
    try:
        with pytest.raises(RuntimeError):
            noweb.client.ping()
    finally:
        inside_transaction.reset(token)


# ---- servers that misbehave -----------------------------------------------------------------------------------------


def test_nobody_there() -> None:
    with closing(WahaClient(f"http://127.0.0.1:{free_port()}", "key")) as client:
        assert type(send(client)) is GatewayUnavailable
        with pytest.raises(GatewayUnavailable):
            client.ping()


def reset(connection: socket.socket, _: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Answer = Callable[[socket.socket, bytes], object]


def answers(*pieces: bytes, pause: float = 0.0) -> Answer:
    def answer(connection: socket.socket, _: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return answer


def http(body: bytes, status: str = "201 Created", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "answer",
    [
        answers(),
        reset,
        answers(b"HTTP/1.1 201 Created\r\nContent-Le"),
        answers(b'HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"id":'),
        answers(b"nonsense\r\n\r\n"),
        answers(http(b"")),
        answers(http(b"<html>")),
        answers(http(b"[]")),
        answers(http(b'"ok"')),
        answers(http(b"[" * 100_000)),
        answers(http(b'{"id":{"a":1}}')),
        answers(http(b'{"id":"\xff"}')),
        answers(http(b"", "502 Bad Gateway")),
        answers(http(b"", "200 OK")),
    ],
)
def test_a_send_that_is_not_properly_answered_is_of_unknown_outcome(answer: Answer) -> None:
    with raw_server(answer) as url, closing(WahaClient(url, "key", send_timeout_seconds=3)) as client:
        assert type(send(client)) is SendOutcomeUnknown


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


def test_an_endless_answer_is_cut_off() -> None:
    def endless(connection: socket.socket, _: bytes) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")

    with raw_server(endless) as url, closing(WahaClient(url, "key")) as client:
        outcome = send(client)
        assert type(outcome) is SendOutcomeUnknown
        assert "10 MB" in str(outcome)
        with pytest.raises(GatewayUnavailable, match="10 MB"):
            client.sessions()


def test_a_redirect_is_not_followed_and_gets_no_key() -> None:
    seen: list[bytes] = []

    def remember(_: socket.socket, first: bytes) -> None:
        seen.append(first)

    with raw_server(remember) as elsewhere:
        moved = http(b"", "307 Temporary Redirect", f"Location: {elsewhere}/api/sendText\r\n")
        with raw_server(answers(moved)) as url, closing(WahaClient(url, "key")) as client:
            outcome = send(client)
            assert type(outcome) is GatewayUnavailable
            assert "WAHA_BASE_URL" in str(outcome)
    assert seen == []


def test_proxies_of_the_environment_are_not_used(noweb: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with closing(WahaClient(noweb.url, "key")) as client:
        client.ping()


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_address_with_a_path(slash: str) -> None:
    simulator, _ = create_simulator(api_key="key", webhook_url=None, hmac_key=None)
    product = FastAPI()
    product.mount("/simulator", simulator)
    with serving(product) as url, closing(WahaClient(f"{url}/simulator{slash}", "key")) as client:
        sent = client.send_text("default", ALICE, "x")
        assert client.find_message("default", ALICE, sent.bare_id) is not None
        simulator.set_faults(Faults(lose_response=Chance(count=1)))
        assert type(send(client)) is SendOutcomeUnknown
    simulator.close()


def test_threads_share_one_client(noweb: Line) -> None:
    with ThreadPoolExecutor(20) as pool:
        sent = list(pool.map(lambda n: noweb.client.send_text("default", ALICE, f"text {n}"), range(200)))
    assert len({message.bare_id for message in sent}) == 200
    assert sorted(message.text for message in noweb.phones.shown(ALICE)) == sorted(f"text {n}" for n in range(200))


def test_an_address_with_https_is_verified(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def secure(connection: socket.socket, _: bytes) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(65536)
            tls.sendall(http(b'{"id":"true_12025550101@c.us_3EB0"}'))

    with raw_server(secure, read_first=False) as url:
        address = url.replace("http:", "https:")
        with closing(WahaClient(address, "key")) as client:
            assert type(send(client)) is GatewayUnavailable, "an unknown certificate gets neither key nor text"
