"""What is signed and odd is kept: as dead where it can never be answered, else mended."""

from __future__ import annotations

import json

import pytest

from balas.database.engine import Database
from tests.unit.api.conftest import Doorbells
from tests.unit.api.test_webhook import Post, hook, post, rows, text_event

__all__ = ["hook", "post"]  # fixtures


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "unparseable"),
        (b"not json", "unparseable"),
        (b"[1]", "unparseable"),
        (b'"text"', "unparseable"),
        (b"[" * 100_000, "unparseable"),
        (b'{"event":"message","n":' + b"9" * 5_000 + b"}", "unparseable"),
        (b'{"event":"message","n":NaN}', "unparseable"),
        (b'{"event":"message","event":"message"}', "unparseable"),
        (b'{"event":"message","session":"default"}', "no id"),
        (b'{"event":"message","session":"default","payload":{"from":"1@c.us","body":"x"}}', "no id"),
    ],
)
def test_what_can_never_be_answered_is_kept_as_dead(
    post: Post, database: Database, doorbells: Doorbells, body: bytes, reason: str
) -> None:
    answer = post(body)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["reason"], answer.json()["job_id"]) == ("dead", reason, None)
    [row] = rows(database)
    assert (row.state, row.reason, row.counted) == ("dead", reason, True)
    assert (row.raw or "").encode()[:100] == body[:100]
    assert doorbells.rung == []


def test_what_a_dead_letter_said_is_kept(post: Post, database: Database) -> None:
    for changes in ({"id": None}, {"id": "A" * 5_000}, {"from": "%@c.us"}):
        assert post(text_event(**changes)).json()["status"] == "dead"
    found = {row.reason: (row.chat_id, row.text) for row in rows(database)}
    chat = json.loads(text_event())["payload"]["from"]
    assert found == {
        "no id": (chat, "Jam buka?"),
        "bad id": (chat, "Jam buka?"),
        "bad chat id": (None, "Jam buka?"),
    }


@pytest.mark.parametrize("chat", ["%", "1@c.us' OR 1=1", "../../etc", "1" * 5_000 + "@c.us", "😀@c.us", "1\x00"])
def test_chat_ids_that_are_none(post: Post, database: Database, chat: str) -> None:
    answer = post(text_event(**{"from": chat}))
    assert answer.status_code == 200
    assert answer.json()["status"] in {"dead", "ignored"}
    assert len(rows(database)) == 1


@pytest.mark.parametrize("odd", ["\ud800", "a\x00b", "\ufeffhalo", "\u202emoc"])
def test_odd_characters_are_stored_and_answered(post: Post, database: Database, odd: str) -> None:
    body = json.dumps(json.loads(text_event()) | {"odd": 1}).replace("Jam buka?", json.dumps(odd)[1:-1]).encode()
    assert post(body).json()["status"] == "queued"
    [row] = rows(database)
    assert row.text is not None
    assert "\x00" not in row.text


def test_invalid_utf_8_is_stored_too(post: Post, database: Database) -> None:
    body = text_event("HIER").replace(b"HIER", b"caf\xe9")
    assert post(body).json()["status"] == "queued"
    assert rows(database)[0].text == "caf\ufffd"


@pytest.mark.parametrize(
    "timestamp", [1767225600, 1767225600123, 1767225600.5, 0, -5, 253402300799, "1767225600", "soon", None, {"low": 5}]
)
def test_no_timestamp_is_a_reason_to_fail(post: Post, database: Database, timestamp: object) -> None:
    assert post(text_event(timestamp=timestamp)).status_code == 200
    assert len(rows(database)) == 1


def test_the_longest_text_is_kept_whole(post: Post, database: Database) -> None:
    longest = "ä" * 65_536
    assert post(text_event(longest)).json()["status"] == "queued"
    assert rows(database)[0].text == longest
