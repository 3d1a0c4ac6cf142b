"""Every event of every engine, as Balas understands it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from balas.values import (
    ChatKind,
    InboundMessage,
    Media,
    MessageAck,
    MessageEdited,
    MessageKind,
    MessageReaction,
    MessageRevoked,
    Presence,
    Quote,
    SessionStatus,
    WebhookEvent,
)
from balas.waha.events import dedupe_key, parse_event
from tests.waha_events import ALICE, BOB, BOB_LID, CHANNEL, FILES, GROUP, ME, ME_LID, STATUS, all_events, bare, to_bytes

EVENTS = all_events()
SENT_AT = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLES_DIR = os.environ.get("TEST_WAHA_EVENTS_DIR")


def parsed(name: str) -> WebhookEvent:
    return parse_event(to_bytes(EVENTS[name]))


def message(name: str) -> InboundMessage:
    content = parsed(name).content
    assert isinstance(content, InboundMessage)
    return content


def told(message: InboundMessage) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__slots__}


# What a message tells when nothing special is said about it below.
PLAIN: dict[str, Any] = {
    "chat_id": ALICE,
    "chat_kind": ChatKind.PERSON,
    "sender_id": ALICE,
    "from_me": False,
    "source": "app",
    "kind": MessageKind.TEXT,
    "sent_at": SENT_AT,
    "phone": "12025550101",
    "push_name": "Alice Test",
    "media": None,
    "quote": None,
    "mentions": (),
}
QUESTION = {"text": "Hi! What are your opening hours?", "bare_id": bare(1)}
IMAGE: dict[str, Any] = {"kind": MessageKind.IMAGE, "text": ""}
VOICE: dict[str, Any] = {"kind": MessageKind.VOICE, "text": "", "bare_id": bare(7)}
OGG, PDF, JPEG = "audio/ogg; codecs=opus", "application/pdf", "image/jpeg"
REPLY = {"text": "And on Sunday?", "bare_id": bare(2), "quote": Quote("3EB0000000000000000BOT", "We open at *9:00*.")}
BY_BOB = {
    "chat_id": GROUP,
    "chat_kind": ChatKind.GROUP,
    "sender_id": BOB,
    "phone": "12025550102",
    "push_name": "Bob Test",
}
POLICY = {"text": "@12025550100 what is the return policy?", "bare_id": bare(11), "mentions": (ME,)}
POLICY_BY_LID = {
    "text": "@100000000000001 what is the return policy?",
    "bare_id": bare(12),
    "sender_id": BOB_LID,
    "mentions": (ME_LID, ME),
}
HIDDEN = {"chat_id": BOB_LID, "sender_id": BOB_LID, "phone": "12025550102", "push_name": "Bob Test"}
OWN: dict[str, Any] = {"from_me": True, "push_name": None}
ANSWER = OWN | {"text": "We open at *9:00*.", "source": "api", "bare_id": bare(17)}
TAKEN_OVER = OWN | {"text": "This is Sam, I take over.", "bare_id": bare(18, "3A00")}


def file(name: str, mimetype: str, filename: str | None = None) -> Media:
    return Media(f"{FILES}/{name}", mimetype, filename)


MESSAGES: dict[str, dict[str, Any]] = {
    "message.text.noweb": QUESTION,
    "message.text.gows": QUESTION,
    "message.text.webjs": QUESTION,
    "message.text.envelope-2024": QUESTION | {"text": "Hi there!", "source": None, "push_name": None},
    "message.reply.noweb": REPLY,
    "message.reply.webjs": REPLY,
    "message.image.noweb": IMAGE | {"text": "What is this part called?", "media": file(f"{bare(3)}.jpeg", JPEG)},
    "message.image.gows": IMAGE | {"text": "What is this part called?", "media": file(f"{bare(3)}.jpeg", JPEG)},
    "message.image.webjs": IMAGE
    | {"text": "What is this part called?", "media": file(f"false_{ALICE}_{bare(3)}.jpeg", JPEG)},
    "message.image.not-downloaded.noweb": IMAGE | {"media": Media(None, JPEG, None)},
    "message.image.media-error.gows": IMAGE
    | {
        "media": Media(
            None, JPEG, None, "Error: 13 INTERNAL: failed to download media: download failed with status code 403"
        )
    },
    "message.image.s3.noweb": IMAGE
    | {"media": Media(f"http://localhost:9000/waha/default/{bare(6)}.jpeg", JPEG, None)},
    "message.voice.noweb": VOICE | {"media": file(f"{bare(7)}.oga", OGG)},
    "message.voice.gows": VOICE | {"media": file(f"{bare(7)}.oga", OGG)},
    "message.voice.webjs": VOICE | {"media": file(f"false_{ALICE}_{bare(7)}.oga", OGG)},
    "message.document.noweb": {
        "kind": MessageKind.DOCUMENT,
        "text": "see page 2",
        "media": file(f"{bare(8)}.pdf", PDF, "price list.pdf"),
    },
    "message.document.webjs": {
        "kind": MessageKind.DOCUMENT,
        "text": "see page 2",
        "media": file(f"false_{ALICE}_{bare(8)}.pdf", PDF, "price list.pdf"),
    },
    "message.location.noweb": {"kind": MessageKind.LOCATION, "text": ""},
    "message.location.webjs": {"kind": MessageKind.LOCATION, "text": ""},
    "message.vcard.noweb": {"kind": MessageKind.CONTACT, "text": ""},
    "message.group-mention.noweb": BY_BOB | POLICY,
    "message.group-mention.webjs": BY_BOB | POLICY,
    "message.group-mention-lid.noweb": BY_BOB | POLICY_BY_LID,
    "message.group-mention-lid.gows": BY_BOB | POLICY_BY_LID,
    "message.group-no-mention.noweb": BY_BOB | {"text": "lunch?"},
    "message.lid-sender.noweb": HIDDEN | {"text": "hello"},
    "message.lid-sender.gows": HIDDEN | {"text": "hello"},
    "message.lid-sender.webjs": HIDDEN | {"text": "hello", "phone": None},
    "message.lid-sender-no-alt.noweb": HIDDEN | {"text": "hello again", "phone": None},
    "message.twin-lid-and-phone.1.gows": HIDDEN | {"text": "Oi"},
    "message.twin-lid-and-phone.2.gows": HIDDEN | {"text": "Oi", "chat_id": BOB, "sender_id": BOB},
    "message.any.own-api.noweb": ANSWER,
    "message.any.own-api.gows": ANSWER,
    "message.any.own-phone.noweb": TAKEN_OVER,
    "message.any.own-phone.webjs": TAKEN_OVER,
    "message.any.timestamp-long.noweb-2024": ANSWER | {"source": None, "bare_id": bare(29)},
    "message.status-broadcast.noweb": {"chat_id": STATUS, "chat_kind": ChatKind.BROADCAST, "text": "my story"},
    "message.newsletter.noweb": {
        "chat_id": CHANNEL,
        "chat_kind": ChatKind.NEWSLETTER,
        "sender_id": CHANNEL,
        "phone": None,
        "text": "channel post",
    },
    "message.waiting.webjs": {"kind": MessageKind.WAITING, "text": ""},
}

OTHERS: dict[str, Any] = {
    "message.reaction.noweb": MessageReaction(ALICE, bare(17), "👍", from_me=False),
    "message.reaction-removed.noweb": MessageReaction(ALICE, bare(17), "", from_me=False),
    "message.reaction.webjs": MessageReaction(ALICE, bare(17), "🙏", from_me=False),
    "message.ack.error.noweb": MessageAck(ALICE, bare(17), -1),
    "message.ack.server.noweb": MessageAck(ALICE, bare(17), 1),
    "message.ack.device.noweb": MessageAck(ALICE, bare(17), 2),
    "message.ack.read.noweb": MessageAck(ALICE, bare(17), 3),
    "message.ack.played.noweb": MessageAck(ALICE, bare(17), 4),
    "message.ack.read.gows": MessageAck(ALICE, bare(17), 3),
    "message.ack.group.webjs": MessageAck(GROUP, bare(23), 3),
    "message.edited.noweb": MessageEdited(ALICE, bare(1), "Hi! What are your opening hours on Friday?", from_me=False),
    "message.edited.webjs": MessageEdited(ALICE, bare(1), "Hi! What are your opening hours on Friday?", from_me=False),
    "message.revoked.noweb": MessageRevoked(ALICE, bare(1), from_me=False),
    "message.revoked.webjs": MessageRevoked(ALICE, bare(1), from_me=False),
    "session.status.working.noweb": SessionStatus("WORKING"),
    "session.status.starting.noweb": SessionStatus("STARTING"),
    "session.status.scan-qr.noweb": SessionStatus("SCAN_QR_CODE"),
    "session.status.failed.noweb": SessionStatus("FAILED"),
    "session.status.stopped.noweb": SessionStatus("STOPPED"),
    "session.status.passkey.gows": SessionStatus("PASSKEY_REQUIRED"),
    "session.status.old-2024": SessionStatus("WORKING"),
    "presence.update.noweb": Presence(ALICE, typing=True),
    "call.received.noweb": None,
    "poll.vote.noweb": None,
    "group.v2.participants.noweb": None,
    "group.v2.join.noweb": None,
    "engine.event.noweb": None,
}


def test_every_sample_is_expected_somewhere() -> None:
    assert EVENTS.keys() == MESSAGES.keys() | OTHERS.keys()


@pytest.mark.parametrize("name", MESSAGES)
def test_every_engines_messages_are_read_alike(name: str) -> None:
    found = told(message(name))
    expected = PLAIN | MESSAGES[name]
    assert {key: found[key] for key in expected} == expected
    assert found["waha_message_id"] == EVENTS[name]["payload"]["id"]


@pytest.mark.parametrize("name", OTHERS)
def test_every_engines_other_events_are_read_alike(name: str) -> None:
    assert parsed(name).content == OTHERS[name]


def test_the_envelope_is_read() -> None:
    event = parsed("message.text.gows")
    assert (event.name, event.waha_session, event.engine, event.me_id) == ("message", "default", "GOWS", ME)
    assert event.event_id == "evt_01000000000000000000000002"
    assert event.happened_at == datetime(2026, 1, 1, 0, 0, 0, 2000, tzinfo=UTC)


def test_the_envelope_of_2024_has_neither_id_nor_time() -> None:
    event = parsed("message.text.envelope-2024")
    assert (event.event_id, event.happened_at, event.engine) == (None, None, "WEBJS")


def test_our_own_number_is_read_in_every_form() -> None:
    for me in ({"id": ME}, {"id": {"_serialized": ME}}, {"id": ME.replace("@c.us", ":7@s.whatsapp.net")}):
        assert parse_event(json.dumps({"event": "session.status", "session": "default", "me": me}).encode()).me_id == ME
    for nobody in ({"id": 12}, {"id": None}, {}, None, "me"):
        assert parse_event(json.dumps({"event": "session.status", "session": "x", "me": nobody}).encode()).me_id is None


def test_nobody_is_signed_in_while_the_session_starts() -> None:
    assert parsed("session.status.starting.noweb").me_id is None


# ---- what makes two calls the same ----------------------------------------------------------------------------------


def key(event: dict[str, Any]) -> str:
    raw = to_bytes(event)
    return dedupe_key(parse_event(raw), raw)


def test_the_key_is_64_hex_characters() -> None:
    assert all(len(key(event)) == 64 and int(key(event), 16) >= 0 for event in EVENTS.values())


def test_every_sample_but_the_same_messages_has_its_own_key() -> None:
    messages = {
        (e["payload"].get("fromMe"), e["payload"]["id"].split("_")[2]) for n, e in EVENTS.items() if n in MESSAGES
    }
    assert len({key(event) for event in EVENTS.values()}) == len(messages) + len(OTHERS)


def test_message_and_message_any_are_one() -> None:
    event = EVENTS["message.text.noweb"]
    assert key(event) == key(event | {"event": "message.any", "id": "evt_another", "timestamp": 1})


def test_the_twins_under_two_addresses_are_one() -> None:
    assert key(EVENTS["message.twin-lid-and-phone.1.gows"]) == key(EVENTS["message.twin-lid-and-phone.2.gows"])


def test_another_session_or_direction_is_another_message() -> None:
    event = EVENTS["message.text.noweb"]
    other = json.loads(json.dumps(event).replace("false_", "true_").replace('"fromMe": false', '"fromMe": true'))
    assert len({key(event), key(event | {"session": "second"}), key(other)}) == 3


def test_a_message_that_waits_for_its_key_does_not_hide_the_readable_one() -> None:
    waiting = EVENTS["message.waiting.webjs"]
    readable = waiting | {"payload": waiting["payload"] | {"body": "hello", "_data": {"type": "chat"}}}
    keys = {key(event | {"event": name}) for event in (waiting, readable) for name in ("message", "message.any")}
    assert len(keys) == 2


def test_other_events_are_told_apart_by_id_or_by_their_bytes() -> None:
    ack = EVENTS["message.ack.read.noweb"]
    assert key(ack) == key(ack | {"timestamp": 5})
    assert key(ack) != key(ack | {"event": "message.reaction"})
    old = EVENTS["session.status.old-2024"]
    assert key(old) == key(dict(old))
    assert key(old) != key(old | {"payload": {"name": "default", "status": "STOPPED"}})


def test_an_unusable_event_is_its_bytes() -> None:
    assert dedupe_key(None, b"nonsense") == dedupe_key(None, b"nonsense") != dedupe_key(None, b"nonsens")


# ---- samples collected elsewhere ------------------------------------------------------------------------------------


@pytest.mark.skipif(not SAMPLES_DIR, reason="TEST_WAHA_EVENTS_DIR is not set: no other samples of WAHA were compared")
def test_samples_from_elsewhere_are_understood_alike() -> None:
    files = sorted(Path(SAMPLES_DIR or "").glob("*.json"))
    assert files
    for path in files:
        raw = to_bytes(json.loads(path.read_text(encoding="utf-8")))
        ours = EVENTS.get(path.stem)
        assert parse_event(raw) == (parse_event(to_bytes(ours)) if ours else parse_event(raw)), path.stem
        assert parse_event(path.read_bytes()) == parse_event(raw), path.stem
