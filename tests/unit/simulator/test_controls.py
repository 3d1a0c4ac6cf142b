"""The simulator's controls: people write, faults are set, and wrong wishes are refused."""

from __future__ import annotations

import base64

import pytest

from balas.simulator.messages import PhoneFile
from tests.unit.simulator.reached import ALICE, Reached


def test_people_write_through_the_controls(noweb: Reached) -> None:
    http, phones, _ = noweb
    written = http.post(
        "/_control/messages",
        json={
            "chat": "12025550101",
            "text": "hello",
            "push_name": "Alice",
            "at": "2026-01-01T00:00:00+00:00",
            "media": {"mimetype": "image/jpeg", "data": base64.b64encode(b"x").decode()},
        },
    ).json()
    (message,) = phones.shown(ALICE)
    assert message.file == PhoneFile("image/jpeg", b"x")
    assert (written["bare_id"], written["chat_id"], written["at"]) == (
        message.bare_id,
        ALICE,
        "2026-01-01T00:00:00+00:00",
    )
    http.post("/_control/edits", json={"chat": ALICE, "bare_id": message.bare_id, "text": "new"})
    http.post("/_control/reactions", json={"chat": ALICE, "bare_id": message.bare_id, "emoji": "👍"})
    http.post("/_control/owner", json={"chat": ALICE, "text": "I take over"})
    http.post("/_control/revokes", json={"chat": ALICE, "bare_id": message.bare_id})
    http.post("/_control/calls", json={"chat": ALICE})
    http.post("/_control/typing", json={"chat": ALICE})
    shown = http.get(f"/_control/shown?chat={ALICE}").json()
    assert [(m["text"], m["edited"], m["revoked"], m["reaction"], m["from_me"]) for m in shown] == [
        ("new", True, True, "👍", False),
        ("I take over", False, False, "", True),
    ]
    first = phones.log_since(0)[0].seq
    log = http.get(f"/_control/log?since={first}&limit=2").json()
    assert [entry["seq"] for entry in log] == [first + 1, first + 2]
    http.put("/_control/status", json={"status": "FAILED"})
    assert phones.status("default") == "FAILED"
    http.post("/_control/reset")
    assert (phones.shown(), phones.status("default")) == ([], "WORKING")


def test_faults_through_the_controls(noweb: Reached) -> None:
    http, _, _ = noweb
    set_to = http.put("/_control/faults", json={"error_before": {"count": 1, "status": 503}}).json()
    assert set_to["error_before"]["status"] == 503
    assert http.get("/_control/faults").json() == set_to
    body = {"session": "default", "chatId": ALICE, "text": "x"}
    assert [http.post("/api/sendText", json=body).status_code for _ in range(2)] == [503, 201]


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("PUT", "faults", b'{"unknown": 1}'),
        ("PUT", "faults", b"{"),
        ("PUT", "faults", b"[]"),
        ("POST", "messages", b"{}"),
        ("POST", "messages", b'{"chat":"1","media":{"mimetype":"a/b","data":"!"}}'),
        ("GET", "log?since=x", b""),
    ],
)
def test_wrong_controls_are_refused(noweb: Reached, method: str, path: str, content: bytes) -> None:
    answer = noweb[0].request(method, f"/_control/{path}", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]
