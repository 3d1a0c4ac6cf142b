"""What the client finds and lists in the simulator's store, for every engine."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from balas.errors import GatewayRejected, GatewayUnavailable
from balas.waha import client, paging
from balas.waha.client import WahaClient
from tests.unit.simulator.serving import raw_server
from tests.unit.waha.line import ALICE, BOB, Line


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
    assert missed.is_whole
    assert [(message.text, message.from_me) for message in missed.messages] == [("missed", False), ("our own", True)]


def test_reads_page_after_page(line: Line) -> None:
    start = datetime.now(UTC)
    for number in range(230):
        line.phones.person_sends(ALICE, f"message {number}", at=start + timedelta(milliseconds=number))
        line.phones.person_sends(f"1202556{number:04d}@c.us", "x", at=start)
    assert len(line.client.chats_since("default", start)) == 231
    found = line.client.messages_since("default", ALICE, start)
    assert found.is_whole
    assert [message.text for message in found.messages] == [f"message {number}" for number in range(230)]


def test_of_too_many_messages_the_oldest_are_read_and_the_rest_from_there_on(
    noweb: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "MOST_MESSAGES", 120)
    start = datetime.now(UTC).replace(microsecond=0)
    for number in range(230):
        noweb.phones.person_sends(ALICE, str(number), at=start + timedelta(seconds=number))
    first = noweb.client.messages_since("default", ALICE, start)
    assert ([message.text for message in first.messages], first.is_whole) == ([str(n) for n in range(120)], False)
    rest = noweb.client.messages_since("default", ALICE, first.messages[-1].sent_at or start)
    assert ([message.text for message in rest.messages], rest.is_whole) == ([str(n) for n in range(119, 230)], True)


def test_a_list_without_end_is_an_error_and_not_its_beginning(noweb: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    start = datetime.now(UTC)
    for number in range(101):
        noweb.phones.person_sends(ALICE, "x", at=start)
        noweb.phones.person_sends(f"1202556{number:04d}@c.us", "x", at=start)
    monkeypatch.setattr(paging, "MOST_PAGES", 1)
    with pytest.raises(GatewayUnavailable, match="more than 100 chats"):
        noweb.client.chats_since("default", start)
    with pytest.raises(GatewayUnavailable, match="more than 100 messages"):
        noweb.client.messages_since("default", ALICE, start)


def test_the_same_page_again_is_no_next_page() -> None:
    asked: list[str] = []

    def always_the_first(query: str) -> object:
        asked.append(query)
        return [{"id": number} for number in range(100)]

    with pytest.raises(GatewayUnavailable, match="again and again"):
        list(paging.pages("chats", always_the_first))
    assert asked == ["limit=100&offset=0", "limit=100&offset=90"]


def test_a_store_that_is_off_is_said_not_guessed(storeless: Line) -> None:
    storeless.client.send_text("default", ALICE, "x")
    with pytest.raises(GatewayRejected, match="store"):
        storeless.client.recent_messages("default", ALICE)
    with pytest.raises(GatewayRejected, match="store"):
        storeless.client.find_message("default", ALICE, "3EB0")
    assert [session.store_enabled for session in storeless.client.sessions()] == [False]


def test_sessions_are_read_with_status_and_store(line: Line) -> None:
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
