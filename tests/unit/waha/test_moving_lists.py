"""WAHA's lists change while they are read page by page: nobody is passed over for that."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from balas.errors import GatewayUnavailable
from balas.waha.client import WahaClient
from tests.unit.simulator.serving import raw_server
from tests.unit.waha.line import ALICE

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)


class Moving:
    """A list of WAHA's, newest first; what happens between two pages is told by their number."""

    def __init__(self, size: int) -> None:
        self.entries = [(f"1202556{number:04d}@c.us", self._at(number)) for number in range(size)]
        self.asked: list[int] = []

    @staticmethod
    def _at(seconds_ago: int) -> int:
        return int((NOW - timedelta(seconds=seconds_ago)).timestamp())

    def moves(self, place: int) -> None:
        chat_id, _ = self.entries.pop(place)
        self.entries.insert(0, (chat_id, self._at(0) + len(self.asked)))

    def page(self, request: bytes) -> list[tuple[str, int]]:
        found = re.search(rb"limit=(\d+)&offset=(\d+)", request)
        assert found is not None
        limit, offset = int(found[1]), int(found[2])
        self.asked.append(offset)
        return self.entries[offset : offset + limit]


@contextmanager
def showing(
    moving: Moving, as_entry: Callable[[str, int], object], after: Callable[[int], None]
) -> Iterator[WahaClient]:
    def answer(connection: socket.socket, request: bytes) -> None:
        body = json.dumps([as_entry(*entry) for entry in moving.page(request)]).encode()
        after(len(moving.asked))
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    with raw_server(answer) as url:
        client = WahaClient(url, "key")
        yield client
        client.close()


def as_chat(chat_id: str, at: int) -> object:
    return {"id": chat_id, "lastMessage": {"id": f"false_{chat_id}_A{at}", "timestamp": at, "body": "x"}}


def as_message(name: str, at: int) -> object:
    bare_id = name.partition("@")[0]
    return {"id": f"false_{ALICE}_{bare_id}", "timestamp": at, "from": ALICE, "fromMe": False, "body": "x"}


@pytest.mark.parametrize("pages_read", [1, 2, 3])
def test_a_chat_that_moves_to_the_top_is_not_passed_over(pages_read: int) -> None:
    moving = Moving(250)
    everybody = {chat_id for chat_id, _ in moving.entries}
    with showing(moving, as_chat, lambda asked: moving.moves(240) if asked == pages_read else None) as client:
        assert set(client.chats_since("default", SINCE)) == everybody
    assert moving.asked == [0, 90, 180, 0, 90]


def test_nor_are_more_of_them_than_a_page_holds() -> None:
    moving = Moving(400)
    everybody = {chat_id for chat_id, _ in moving.entries}

    def after(asked: int) -> None:
        for _ in range(150 if asked in (1, 6) else 0):
            moving.moves(399)

    with showing(moving, as_chat, after) as client:
        assert set(client.chats_since("default", SINCE)) == everybody


def test_one_page_is_not_read_twice_where_it_holds_all_that_is_new() -> None:
    moving = Moving(300)
    moving.entries = [(chat_id, at if n < 60 else at - 7200) for n, (chat_id, at) in enumerate(moving.entries)]
    with showing(moving, as_chat, lambda _: None) as client:
        assert len(client.chats_since("default", SINCE)) == 60
    assert moving.asked == [0, 90]


def test_chats_that_never_stop_moving_are_an_error_and_not_half_of_them() -> None:
    moving = Moving(250)

    def after(_: int) -> None:
        for _ in range(120):
            moving.moves(240)

    with showing(moving, as_chat, after) as client, pytest.raises(GatewayUnavailable, match="faster than it can"):
        client.chats_since("default", SINCE)


@pytest.mark.parametrize("as_entry", [as_chat, as_message])
def test_what_is_deleted_meanwhile_hides_nothing_that_follows(as_entry: Callable[[str, int], object]) -> None:
    moving = Moving(250)
    everything = [chat_id for chat_id, _ in moving.entries]

    def after(asked: int) -> None:
        if asked <= 2:
            del moving.entries[:7]

    with showing(moving, as_entry, after) as client:
        if as_entry is as_chat:
            assert set(client.chats_since("default", SINCE)) == set(everything)
        else:
            found = client.messages_since("default", ALICE, SINCE)
            assert found.is_whole
            assert [f"{message.bare_id}@c.us" for message in found.messages] == everything[::-1]


@pytest.mark.parametrize("deleted", [30, 170])
def test_where_more_is_deleted_than_pages_overlap_the_list_is_not_taken_for_read(deleted: int) -> None:
    moving = Moving(250)

    def after(asked: int) -> None:
        if asked == 1:
            del moving.entries[:deleted]

    with showing(moving, as_message, after) as client, pytest.raises(GatewayUnavailable, match="lost entries"):
        client.messages_since("default", ALICE, SINCE)


def test_what_is_said_meanwhile_is_read_once() -> None:
    moving = Moving(250)
    everything = [chat_id for chat_id, _ in moving.entries]

    def after(asked: int) -> None:
        moving.entries.insert(0, (f"1202557{asked:04d}@c.us", int(NOW.timestamp()) + asked))

    with showing(moving, as_message, after) as client:
        found = client.messages_since("default", ALICE, SINCE)
    assert [f"{message.bare_id}@c.us" for message in found.messages] == everything[::-1]
