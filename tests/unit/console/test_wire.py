from __future__ import annotations

from datetime import UTC, datetime

from balas.console import wire
from balas.console.wording import LocalTime
from balas.simulator.messages import Entry

HERE = LocalTime(0)


def entry(kind: str, **detail: object) -> Entry:
    return Entry(7, kind, "", datetime(2026, 3, 1, 8, 5, 9, tzinfo=UTC), detail)


def test_a_webhook_comes_in() -> None:
    line = wire.line(entry("webhook", event="message", status=200, ms=3.2, attempt=0, body={"id": 1}), HERE)
    assert (line.inward, line.method, line.path, line.what, line.status) == (
        True,
        "POST",
        "/api/webhook",
        "message",
        200,
    )
    assert (line.at_clock, line.tone, line.parts) == ("08:05:09", "good", {"body": {"id": 1}})


def test_a_call_that_failed() -> None:
    line = wire.line(entry("webhook", event="message", status=0, attempt=2, failure="ConnectError"), HERE)
    assert (line.what, line.tone, line.parts) == ("message, try 3", "bad", {"failure": "ConnectError"})
    assert "no answer" in wire.items([line])[0][1]


def test_a_call_goes_out() -> None:
    line = wire.line(entry("api", method="POST", path="/api/sendText", status=201, ms=1.0, body=None), HERE)
    assert (line.inward, line.path, line.parts) == (False, "/api/sendText", {})


def test_json_is_coloured_and_never_markup() -> None:
    html = wire.json_html({"a": '<b>"x"</b>', "n": [1, True, None, -2.5]})
    assert "<b>" not in html
    assert '<span class="j-name">&#34;a&#34;</span>:' in html
    assert '<span class="j-other">true</span>' in html
    assert '<span class="j-other">-2.5</span>' in html
