from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime

import pytest

from balas.simulator.messages import Occurrence, as_chat_id, lid_of
from balas.simulator.phones import Phones

ALICE, GROUP = "12025550101@c.us", "120363000000000001@g.us"


def test_a_number_is_a_chat() -> None:
    assert as_chat_id("12025550101") == as_chat_id("+12025550101") == as_chat_id(ALICE) == ALICE
    assert lid_of(ALICE) == lid_of(ALICE) != lid_of("12025550102@c.us")


def test_bubbles_appear_in_order_and_nothing_is_merged() -> None:
    phones = Phones()
    phones.person_sends(ALICE, "hello", bare_id="A1")
    phones.shows_own("default", ALICE, "hi", bare_id="B1")
    phones.shows_own("default", ALICE, "hi", bare_id="B1")
    assert [(m.text, m.from_me, m.bare_id) for m in phones.shown(ALICE)] == [
        ("hello", False, "A1"),
        ("hi", True, "B1"),
        ("hi", True, "B1"),
    ]
    assert phones.shown("12025550102") == []


def test_the_newest_chat_comes_first() -> None:
    phones = Phones()
    for chat in ("1", "2", "1"):
        phones.person_sends(chat, "x")
    assert phones.chats() == ["1@c.us", "2@c.us"]


def test_changes_show_on_the_bubble() -> None:
    phones = Phones()
    asked = phones.person_sends(ALICE, "old")
    phones.edits(ALICE, asked.bare_id, "new")
    answer = phones.shows_own("default", ALICE, "answer")
    phones.reacts(ALICE, answer.bare_id, "👍")
    phones.acknowledge(answer, 3)
    phones.revokes(ALICE, asked.bare_id)
    first, second = phones.shown(ALICE)
    assert (first.text, first.edited, first.revoked) == ("new", True, True)
    assert (second.reaction, second.ack) == ("👍", 3)
    phones.edits(ALICE, "nowhere", "x")


def test_typing_ends_with_the_message_or_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    phones = Phones()
    phones.set_typing("default", ALICE, True)
    assert phones.typing(ALICE)
    phones.shows_own("default", ALICE, "done")
    assert not phones.typing(ALICE)
    phones.set_typing("default", ALICE, True)
    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not phones.typing(ALICE)


def test_the_log_numbers_everything() -> None:
    phones = Phones(log_size=5)
    for number in range(8):
        phones.person_sends(ALICE, str(number))
    entries = phones.log_since(0)
    assert [entry.seq for entry in entries] == [4, 5, 6, 7, 8]
    assert [entry.detail["text"] for entry in phones.log_since(6)] == ["6", "7"]
    assert phones.log_since(8) == []
    assert phones.log_since(99) == []
    assert [entry.seq for entry in phones.log_since(5, limit=1)] == [6]


def test_a_reset_empties_the_phones_and_keeps_counting() -> None:
    phones = Phones(seed=7)
    first = phones.person_sends(ALICE, "x")
    phones.set_status("default", "FAILED")
    seq = phones.log.seq
    phones.reset()
    assert (phones.shown(), phones.status("default"), phones.log_since(0)) == ([], "WORKING", [])
    assert phones.person_sends(ALICE, "x").bare_id == first.bare_id, "the same seed gives the same ids"
    assert phones.log.seq == seq + 1
    phones.acknowledge(first, 3)


def test_threads_wait_for_the_log() -> None:
    phones = Phones()
    assert not phones.wait(0, 0.01)
    timer = threading.Timer(0.05, lambda: phones.person_sends(ALICE, "x"))
    timer.start()
    assert phones.wait(0, 5)
    timer.join()


def test_event_loops_wait_for_the_log() -> None:
    phones = Phones()

    async def page() -> list[str]:
        seen: list[str] = []
        seq = 0
        while len(seen) < 20:
            await asyncio.wait_for(phones.changed(seq), 5)
            entries = phones.log_since(seq)
            seq = entries[-1].seq
            seen += [entry.detail["text"] for entry in entries]
        return seen

    async def pages() -> list[list[str]]:
        writer = threading.Thread(target=lambda: [phones.person_sends(ALICE, str(n)) for n in range(20)])
        waiting = [asyncio.create_task(page()) for _ in range(3)]
        await asyncio.sleep(0.02)
        writer.start()
        return await asyncio.gather(*waiting)

    assert asyncio.run(pages()) == [[str(n) for n in range(20)]] * 3


def test_a_page_that_was_closed_leaves_nothing_behind() -> None:
    phones = Phones()

    async def page() -> None:
        await asyncio.wait_for(phones.changed(0), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(page())
    assert phones.log._waiting == []
    phones.person_sends(ALICE, "x")


def test_what_waha_is_told() -> None:
    told: list[Occurrence] = []
    phones = Phones()
    phones.listen(told.append)
    asked = phones.person_sends(ALICE, "hello", twin=True)
    phones.owner_types(ALICE, "I take over")
    phones.call(ALICE)
    phones.person_types(ALICE)
    assert [item.event for item in told] == ["message", "message", "message.any", "call.received", "presence.update"]
    first, twin = told[0].message, told[1].message
    assert first is not None
    assert twin is not None
    assert first.bare_id == twin.bare_id == asked.bare_id
    assert {first.chat_id, twin.chat_id} == {ALICE, lid_of(ALICE)}
    assert len(phones.shown()) == 2


def test_a_session_that_is_not_working_tells_nothing_but_that() -> None:
    told: list[Occurrence] = []
    phones = Phones()
    phones.listen(told.append)
    phones.set_status("default", "STOPPED")
    phones.person_sends(ALICE, "missed")
    phones.set_status("default", "WORKING")
    assert [item.event for item in told] == ["session.status", "session.status"]
    assert [message.text for message in phones.shown()] == ["missed"]


def test_people_in_groups() -> None:
    message = Phones().person_sends(GROUP, "x", sender=ALICE, as_lid=True, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert message.chat_id == GROUP
    assert message.sender_id == lid_of(ALICE)
    assert message.waha_message_id == f"false_{GROUP}_{message.bare_id}_{lid_of(ALICE)}"
    assert message.other_address == ALICE
