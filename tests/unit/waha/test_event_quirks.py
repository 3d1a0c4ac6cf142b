"""The same thing told in other ways: quotes, kinds, files, names, edits and acks of engines and versions."""

from __future__ import annotations

from typing import Any

import pytest

from balas.values import MessageAck, MessageEdited, MessageKind, MessageRevoked
from balas.waha.events import dedupe_key, parse_event
from tests.unit.waha.parsing import message
from tests.waha_events import ALICE, ME, bare, envelope, gows, noweb, to_bytes


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
