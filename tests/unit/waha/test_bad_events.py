"""Signed bodies that no WAHA should send; each must end in a named reason or be understood, never in an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balas.errors import UnusableEvent
from balas.values import InboundMessage
from balas.waha.events import dedupe_key, parse_event
from tests.unit.waha.parsing import RAW, TEXT, message, reason
from tests.waha_events import ALICE, BOB_LID, GROUP, envelope, noweb, to_bytes


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"not json",
        b"[]",
        b'"text"',
        b"12",
        b"null",
        b"{",
        RAW[:-1],
        RAW + b"}",
        RAW + b"x",
        b'{"event":"message","payload":{"id":NaN}}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"event":"message","event":"message.ack"}',
        b'{"a":{"b":[{"c":1,"d":2,"c":1}]}}',
        b'{"a":1,"\\u0061":1}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a":' + b"1" * 5_000 + b"}",
        b'{"a":-' + b"1" * 5_000 + b"}",
        b'{"a":1.' + b"1" * 5_000 + b"}",
        b"\xef\xbb\xbf" * 2 + b"[]",
        RAW.replace(b"?", b"?\n", 1),
    ],
)
def test_what_is_no_json_object_is_unparseable(raw: bytes) -> None:
    assert reason(raw) == "unparseable"
    assert len(dedupe_key(None, raw)) == 64


def test_duplicate_keys_are_found_in_any_spelling_of_the_json() -> None:
    for text in (json.dumps(TEXT), json.dumps(TEXT, indent=2), RAW.decode()):
        assert parse_event(text.encode()).content == parse_event(RAW).content
        doubled = text.replace('"source"', '"fromMe":true,"source"')
        assert doubled != text
        assert reason(doubled.encode()) == "unparseable"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (RAW.replace(b"Hi!", b"\xef\xbb\xbfHi!"), "\ufeffHi! What"),
        (b"\xef\xbb\xbf" + RAW, "Hi! What"),
        (RAW.replace(b"Hi!", b"H\xff\xfei!"), "H\ufffd\ufffdi! What"),
        (RAW.replace(b"Hi!", b"H\xed\xa0\x80i!"), "H\ufffd\ufffd\ufffdi! What"),
        (RAW.replace(b"Hi!", b"H\\ud83di!"), "H\ufffdi! What"),
        (RAW.replace(b"Hi!", b"H\\udc00i!"), "H\ufffdi! What"),
        (RAW.replace(b"Hi!", b"H\\ud83d\\ude00i!"), "H😀i! What"),
        (RAW.replace(b"Hi!", b"H\\u0000i!"), "Hi! What"),
        (RAW.replace(b"Hi!", b"H\x00i!"), "Hi! What"),
    ],
)
def test_damaged_characters_are_replaced_and_the_message_is_answered(raw: bytes, text: str) -> None:
    content = parse_event(raw).content
    assert isinstance(content, InboundMessage)
    assert content.text.startswith(text)
    content.text.encode()


@pytest.mark.parametrize("name", ["brand.new", "", "MESSAGE", "state.change", None, 5, {}, "x" * 10_000])
def test_unknown_events_have_no_content(name: Any) -> None:
    event = parse_event(to_bytes({"event": name, "session": "default", "payload": {"id": 1}, "new": [1]}))
    assert event.content is None


def test_unknown_fields_change_nothing() -> None:
    payload = TEXT["payload"] | {"future": {"a": [1, None]}}
    assert parse_event(to_bytes(TEXT | {"payload": payload, "extra": 1})).content == parse_event(RAW).content


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        (1767225600, datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600.5, datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        (1767225600000, datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600000000, datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600000000000, datetime(2026, 1, 1, tzinfo=UTC)),
        ("1767225600", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T07:00:00+07:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ({"low": 1767225600, "high": 0, "unsigned": True}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({"low": 1767225600 - 2**32, "high": 0, "unsigned": False}, datetime(2026, 1, 1, tzinfo=UTC)),
        ({"low": 1, "high": 2**40}, None),
        ({"low": "1", "high": 0}, None),
        ({}, None),
        (0, None),
        (-1, None),
        (-1767225600, None),
        (12, None),
        (253402300799, None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        ("T", None),
        ("", None),
        ("NaN", None),
        ("1e999", None),
        (10**300, None),
        (True, None),
        ([], None),
        (None, None),
    ],
)
def test_timestamps(timestamp: Any, expected: datetime | None) -> None:
    assert message(noweb(1, "x") | {"timestamp": timestamp}).sent_at == expected
    event = envelope("message", 1, noweb(1, "x")) | {"timestamp": timestamp}
    assert parse_event(to_bytes(event)).happened_at == expected


def test_a_number_too_large_for_a_float_is_no_time() -> None:
    raw = RAW.replace(b'"timestamp":1767225600,', b'"timestamp":1e999,', 1)
    content = parse_event(raw).content
    assert isinstance(content, InboundMessage)
    assert content.sent_at is None


@pytest.mark.parametrize("absent", [None, "", [], {}])
@pytest.mark.parametrize("field", ["replyTo", "location", "vCards", "media", "participant", "to", "source", "_data"])
def test_absent_null_and_empty_are_alike(field: str, absent: Any) -> None:
    without = {name: value for name, value in noweb(1, "x").items() if name != field}
    assert message(without | {field: absent}) == message(without)


FIELDS = [*noweb(1, "x"), "pn", "mediaUrl", "editedMessageId", "reaction", "after", "presences", "status"]
NAMES = ["message", "message.any", "message.waiting", "message.edited", "message.revoked", "message.reaction"]
MORE_NAMES = ["message.ack", "message.ack.group", "session.status", "presence.update"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=20) | st.sampled_from(["", ALICE, BOB_LID, GROUP, "true_x@c.us_1", "1767225600", "READ", "_"])
KEYS = st.sampled_from(
    ["id", "key", "message", "Info", "url", "error", "text", "messageId", "low", "high", "_serialized"]
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.recursive(
            SCALARS | TEXTS,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
            max_leaves=6,
        ),
        max_size=6,
    ),
    st.sampled_from(NAMES + MORE_NAMES),
    st.sampled_from(["NOWEB", "GOWS", "WEBJS", "WPP", None]),
)
def test_wrong_types_anywhere_never_raise_anything_else(payload: dict[str, Any], name: str, engine: str | None) -> None:
    event = envelope(name, 1, noweb(1, "x") | payload) | {"engine": engine}
    raw = json.dumps(event).encode()  # escapes what no UTF-8 can hold
    try:
        parsed = parse_event(raw)
    except UnusableEvent as unusable:
        assert unusable.reason in ("no id", "bad id", "bad chat id")  # noqa: PT017 the other outcome is below
        return
    dedupe_key(parsed, raw)
    repr(parsed).encode()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_understood_or_unusable(raw: bytes) -> None:
    try:
        parse_event(raw)
    except UnusableEvent as unusable:
        assert unusable.reason == "unparseable"  # noqa: PT017
