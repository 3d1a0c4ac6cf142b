"""A chat in which more was said than one reading takes is read on from there, and shown as unread until then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from balas.waha import client
from tests.lines.system import ALICE, BOB, System, wait_until
from tests.lines.test_catch_up import DEAF, read, read_until, states


def test_a_long_chat_is_read_part_by_part(
    system: System, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(client, "MOST_MESSAGES", 3)
    read(system)
    system.simulator.set_faults(DEAF)
    an_hour_ago = read_until(system, datetime.now(UTC) - timedelta(hours=1))
    said = [f"jam buka {number}?" for number in range(8)]
    for number, text in enumerate(said):
        system.says(ALICE, text, at=an_hour_ago + timedelta(minutes=10, seconds=10 * number))
    system.says(BOB, "jam buka?", at=an_hour_ago + timedelta(minutes=50))
    assert read(system) == 3 + 1
    assert "chats_read_in_part" in capfd.readouterr().out
    assert unread(system) == 1
    wait_until(lambda: True if "cannot be read" in str(system.client.get("/readyz").json()["warnings"]) else None)
    rounds = 0
    while unread(system):
        read(system)
        rounds += 1
    assert 1 <= rounds <= 4  # the background reads as well
    assert [text for text, _, _ in states(system) if text in said] == said
    books = system.wait_until_settled(40)
    assert (books["answered"], books["dead"]) == (9, 0)


def unread(system: System) -> float:
    told = system.client.get("/metrics").text
    return float(told.partition('balas_unread_chats{waha_session="default"} ')[2].split()[0])
