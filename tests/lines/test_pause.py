"""Somebody of the team writes from the phone, and the chat is theirs until they give it back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lines.system import ALICE, System, started, wait_until

FAQ = "# Toko\n\nToko buka jam 08.00 sampai 17.00 setiap hari Senin sampai Sabtu."


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with started(tmp_path, BALAS_PAUSE_MINUTES="60") as running:
        made = running.client.post("/api/documents", json={"title": "Toko", "text": FAQ}).raise_for_status()
        path = f"/api/documents/{made.json()['id']}"
        wait_until(lambda: running.client.get(path).json()["status"] == "indexed" or None, 60)
        yield running


def test_a_chat_is_left_to_a_person_until_they_give_it_back(system: System) -> None:
    system.phones.owner_types(ALICE, "Saya bantu ya, Kak.")
    [conversation] = wait_until(lambda: system.client.get("/api/conversations").json()["items"] or None)
    assert conversation["paused_until"] is not None
    system.says(ALICE, "jam berapa toko buka?")
    wait_until(lambda: system.books()["ignored"] == 2 or None)
    time.sleep(0.5)
    assert [shown.text for shown in system.phones.shown(ALICE) if shown.from_me] == ["Saya bantu ya, Kak."]
    system.client.post(f"/api/conversations/{conversation['id']}/done").raise_for_status()
    system.says(ALICE, "jam berapa toko buka?")
    answer = system.wait_for_replies(ALICE, 2)[-1]
    assert "08.00" in answer
    assert system.wait_until_settled()["answered"] == 1
