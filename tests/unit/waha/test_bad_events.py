"""Signed bodies that no WAHA should send; each must end in a named reason or be understood, never in an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balas.errors import UnusableEvent
from balas.values import InboundMessage, MessageAck, MessageEdited, MessageKind, MessageRevoked
from balas.waha.events import dedupe_key, parse_event
from tests.waha_events import ALICE, BOB, BOB_LID, GROUP, ME, all_events, bare, envelope, gows, noweb, to_bytes, webjs

TEXT = all_events()["message.text.noweb"]
RAW = to_bytes(TEXT)


def reason(raw: bytes) -> str:
    with pytest.raises(UnusableEvent) as refused:
        parse_event(raw)
    return refused.value.reason


def message(payload: dict[str, Any], engine: str = "NOWEB") -> InboundMessage:
    content = parse_event(to_bytes(envelope("message", 1, payload, engine))).content
    assert isinstance(content, InboundMessage)
    return content


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
def test_unparseable(raw: bytes) -> None:
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


@pytest.mark.parametrize(
    "event",
    [
        {"event": "message", "session": "default", "engine": "WEBJS"},
        {"event": "message", "payload": None},
        {"event": "message", "payload": []},
        {"event": "message.any", "payload": {}},
        {"event": "message", "payload": {"from": ALICE, "body": "x"}},
        {"event": "message", "payload": {"id": "", "from": ALICE}},
        {"event": "message", "payload": {"id": None, "from": ALICE}},
        {"event": "message", "payload": {"id": [], "from": ALICE}},
        {"event": "message", "payload": {"id": "\0", "from": ALICE}},
    ],
)
def test_no_id(event: dict[str, Any]) -> None:
    assert reason(to_bytes(event)) == "no id"


@pytest.mark.parametrize(
    "identity", [f"false_{ALICE}_{'A' * 5_000}", "A" * 200, {"_serialized": "A" * 5_000}, {"id": "A" * 200}]
)
def test_an_id_that_is_too_long(identity: Any) -> None:
    payload = {"id": identity, "from": ALICE, "body": "Hi"}
    with pytest.raises(UnusableEvent) as refused:
        parse_event(to_bytes({"event": "message", "payload": payload}))
    assert (refused.value.reason, refused.value.chat_id, refused.value.text) == ("bad id", ALICE, "Hi")


BAD_CHAT_IDS: list[Any] = [
    "%@c.us",
    "12%34@c.us",
    "'; DROP TABLE users@c.us",
    '"@c.us',
    "../../etc@c.us",
    "a/b@c.us",
    "1" * 5_000 + "@c.us",
    "😀@c.us",
    "1202555\x000101@c.us",
    "12025550101@c.us\n",
    " 12025550101@c.us",
    "12025550101@evil.example",
    "12025550101@c.us@c.us",
    "12025550101",
    "@c.us",
    ":7@c.us",
    "١٢@c.us",
    7,
    ["12025550101@c.us"],
    {"user": "x"},
]


@pytest.mark.parametrize("chat_id", BAD_CHAT_IDS)
def test_what_cannot_be_an_address(chat_id: Any) -> None:
    payload = noweb(1, "x") | {"from": chat_id}
    assert reason(to_bytes(envelope("message", 1, payload))) == "bad chat id"
    assert parse_event(to_bytes(envelope("message.ack", 1, payload))).content is None


def test_an_underscore_is_a_letter_of_an_address() -> None:
    assert message(noweb(1, "x") | {"from": "a_b@c.us"}).chat_id == "a_b@c.us"


def test_without_a_chat_the_id_names_it() -> None:
    for absent in (None, ""):
        assert message(noweb(1, "x") | {"from": absent}).chat_id == ALICE


def test_whatsapps_own_spelling_becomes_ours() -> None:
    found = message(noweb(1, "x") | {"from": "12025550101:12@s.whatsapp.net"})
    assert (found.chat_id, found.phone) == (ALICE, "12025550101")


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


# ---- quirks ---------------------------------------------------------------------------------------------------------


def test_the_bare_id_survives_a_participant_and_an_unknown_form() -> None:
    assert message(noweb(1, "x", chat=GROUP, sender=BOB)).bare_id == bare(1)
    assert message(noweb(1, "x") | {"id": "3EB0AB"}).bare_id == "3EB0AB"
    assert message(noweb(1, "x") | {"id": f"true_{ALICE}_3EB0AB_out"}).bare_id == "3EB0AB"
    assert message(noweb(1, "x") | {"id": {"_serialized": f"false_{ALICE}_3EB0AB"}}).bare_id == "3EB0AB"


def test_without_from_me_the_id_tells_the_direction() -> None:
    payload = noweb(1, "x", from_me=True)
    del payload["fromMe"]
    assert message(payload).from_me


def test_own_messages_of_webjs_are_filed_under_the_other_side() -> None:
    assert message(webjs(1, "x", from_me=True), "WEBJS").chat_id == ALICE
    assert message(webjs(1, "x", chat=ME, from_me=True), "WEBJS").chat_id == ME
    in_group = webjs(1, "x", chat=GROUP, sender=ME, from_me=True) | {"from": GROUP, "to": ME}
    assert message(in_group, "WEBJS").chat_id == GROUP


def test_a_hidden_sender_is_known_by_any_field_that_names_the_number() -> None:
    hidden = noweb(1, "x", chat=BOB_LID)
    assert message(hidden).phone is None
    assert message(hidden | {"pn": "12025550102@c.us"}).phone == "12025550102"
    assert message(hidden | {"pn": "+12025550102"}).phone == "12025550102"
    key = hidden["_data"]["key"] | {"senderPn": "12025550102@s.whatsapp.net"}
    assert message(hidden | {"_data": {"key": key}}).phone == "12025550102"
    own = gows(1, "x", chat=BOB_LID, from_me=True, info={"RecipientAlt": "12025550102:9@s.whatsapp.net"})
    assert message(own, "GOWS").phone == "12025550102"


def test_our_own_number_is_never_taken_for_a_strangers() -> None:
    assert message(noweb(1, "x", chat=BOB_LID, alt=ME)).phone is None


def test_a_mention_without_a_quote_in_2024() -> None:
    reply = {"id": "", "participant": "", "body": None}
    assert message(noweb(1, "x") | {"replyTo": reply}).quote is None


def test_a_quote_may_carry_the_long_id() -> None:
    quote = message(noweb(1, "x") | {"replyTo": {"id": f"true_{ALICE}_3EB0AB", "body": "q\0"}}).quote
    assert quote is not None
    assert (quote.bare_id, quote.text) == ("3EB0AB", "q")


def test_a_quote_is_found_in_the_raw_data_too() -> None:
    context = {"stanzaId": "3EB0AB", "quotedMessage": {"extendedTextMessage": {"text": "earlier"}}}
    payload = noweb(1, "x", inner={"ephemeralMessage": {"message": {"extendedTextMessage": {"contextInfo": context}}}})
    quote = message(payload).quote
    assert quote is not None
    assert (quote.bare_id, quote.text) == ("3EB0AB", "earlier")


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        ({"viewOnceMessageV2": {"message": {"imageMessage": {"mimetype": "image/jpeg"}}}}, MessageKind.IMAGE),
        ({"stickerMessage": {"mimetype": "image/webp"}}, MessageKind.STICKER),
        ({"videoMessage": {"mimetype": "video/mp4"}}, MessageKind.VIDEO),
        ({"audioMessage": {"mimetype": "audio/mpeg"}}, MessageKind.AUDIO),
        ({"audioMessage": {"mimetype": "audio/ogg; codecs=opus", "ptt": False}}, MessageKind.AUDIO),
        ({"messageContextInfo": {}, "documentMessage": {"mimetype": "text/csv"}}, MessageKind.DOCUMENT),
        ({"liveLocationMessage": {"degreesLatitude": 1}}, MessageKind.LOCATION),
        ({"contactsArrayMessage": {"contacts": []}}, MessageKind.CONTACT),
        ({"pollCreationMessage": {"name": "?"}}, MessageKind.EMPTY),
        ({}, MessageKind.EMPTY),
    ],
)
def test_kinds_by_whatsapps_own_message(inner: dict[str, Any], kind: MessageKind) -> None:
    assert message(noweb(1, inner=inner)).kind is kind


@pytest.mark.parametrize(
    ("mimetype", "kind"),
    [
        ("image/png", MessageKind.IMAGE),
        ("video/mp4", MessageKind.VIDEO),
        ("audio/ogg; codecs=opus", MessageKind.VOICE),
        ("audio/mp4", MessageKind.AUDIO),
        ("application/zip", MessageKind.DOCUMENT),
        (None, MessageKind.DOCUMENT),
    ],
)
def test_kinds_by_type_of_file_when_nothing_else_tells(mimetype: str | None, kind: MessageKind) -> None:
    media = {"url": "http://x/y", "mimetype": mimetype, "filename": None}
    assert message(noweb(1, inner={}) | {"hasMedia": True, "media": media}).kind is kind


def test_a_file_that_was_not_fetched_is_still_a_file() -> None:
    found = message(noweb(1, inner={}) | {"hasMedia": True, "media": None})
    assert found.media is not None
    assert (found.kind, found.media.url) == (MessageKind.DOCUMENT, None)


def test_the_old_field_of_a_files_address() -> None:
    found = message(noweb(1, inner={}) | {"hasMedia": True, "mediaUrl": "http://localhost:3000/api/files/a.jpeg"})
    assert found.media is not None
    assert found.media.url == "http://localhost:3000/api/files/a.jpeg"


def test_a_name_becomes_one_short_line() -> None:
    payload = noweb(1, "x")
    payload["_data"]["pushName"] = "  Eve\r\n\x07\u202e<b>" + "é" * 10_000
    name = message(payload).push_name
    assert name is not None
    assert name.startswith("Eve <b>é")
    assert len(name) <= 255


def test_a_family_stays_together_in_a_name() -> None:
    payload = noweb(1, "x")
    payload["_data"]["pushName"] = "👨‍👩‍👧 Müller"
    assert message(payload).push_name == "👨‍👩‍👧 Müller"


def test_texts_stay_whole() -> None:
    for text in ("x" * 65_536, "‏שלום\u200b", "😀", "   ", "a\nb"):
        assert message(noweb(1, text)).text == text


def test_edits_and_revocations_told_as_plain_messages_are_what_they_are() -> None:
    edit = {"key": {"id": bare(7)}, "type": 14, "editedMessage": {"extendedTextMessage": {"text": "new"}}}
    wrapped = {"editedMessage": {"message": {"protocolMessage": edit}}}
    revoke = {"protocolMessage": {"key": {"ID": bare(7)}}}
    for engine, payload, expected in (
        ("NOWEB", noweb(8, inner=wrapped), MessageEdited(ALICE, bare(7), "new", from_me=False)),
        ("NOWEB", noweb(8, "newer", inner={"protocolMessage": edit}), MessageEdited(ALICE, bare(7), "newer", False)),
        ("GOWS", gows(8, inner=revoke), MessageRevoked(ALICE, bare(7), from_me=False)),
    ):
        raw = to_bytes(envelope("message", 1, payload, engine))
        event = parse_event(raw)
        assert event.content == expected
        plain = to_bytes(envelope("message", 1, noweb(8, "x")))
        assert dedupe_key(event, raw) != dedupe_key(parse_event(plain), plain)
    for other in ({"key": {"id": bare(7)}, "type": 3}, {"type": 0}, {"key": {}, "type": 14}):
        assert message(noweb(8, inner={"protocolMessage": other})).kind is MessageKind.EMPTY


def test_an_edit_finds_its_target_and_text_in_the_raw_data() -> None:
    edit = {"protocolMessage": {"key": {"id": bare(7)}, "type": 14, "editedMessage": {"conversation": "new"}}}
    event = parse_event(to_bytes(envelope("message.edited", 1, noweb(8, inner=edit))))
    assert event.content == MessageEdited(ALICE, bare(7), "new", from_me=False)
    revoked = {"after": noweb(8, inner={"protocolMessage": {"key": {"id": bare(7)}, "type": 0}}), "before": None}
    event = parse_event(to_bytes(envelope("message.revoked", 1, revoked)))
    assert event.content == MessageRevoked(ALICE, bare(7), from_me=False)


def test_acks_may_carry_the_bare_id_or_only_a_name() -> None:
    def ack(**payload: Any) -> Any:
        return parse_event(to_bytes(envelope("message.ack", 1, payload, "WEBJS"))).content

    own = {"from": ME, "to": ALICE, "fromMe": True}
    assert ack(id="3EB0AB", ack=3, **own) == MessageAck(ALICE, "3EB0AB", 3)
    assert ack(id=f"true_{ALICE}_3EB0AB", ackName="DEVICE", **own) == MessageAck(ALICE, "3EB0AB", 2)
    assert ack(id="3EB0AB", ack=9, ackName="UNKNOWN", **own) is None
    assert ack(id="3EB0AB", ackName="UNKNOWN", **own) is None
