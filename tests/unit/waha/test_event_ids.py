"""Ids of messages, chats and senders as no WAHA should send them, and as its engines spell them."""

from __future__ import annotations

from typing import Any

import pytest

from balas.errors import UnusableEvent
from balas.waha.events import parse_event
from tests.unit.waha.parsing import message, reason
from tests.waha_events import ALICE, BOB, BOB_LID, GROUP, ME, bare, envelope, gows, noweb, to_bytes, webjs


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
def test_a_message_without_an_id_is_unusable(event: dict[str, Any]) -> None:
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
