"""May this be answered? One table."""

from __future__ import annotations

from datetime import timedelta

import pytest

from balas.conversations.policy import Rules, Status, precedes_pairing, quiet_seconds, screen
from balas.values import (
    ChatKind,
    MessageAck,
    MessageEdited,
    MessageKind,
    MessageReaction,
    MessageRevoked,
    Presence,
    SessionStatus,
)
from tests.unit.conversations.writing import ALICE, NOON, event, later, message

RULES = Rules(waha_sessions=frozenset({"default"}), stale_after=timedelta(hours=6))


@pytest.mark.parametrize(
    ("content", "reason", "follow_up"),
    [
        (message(from_me=True), "own", True),
        (message(chat_id="120363000000000001@g.us", chat_kind=ChatKind.GROUP), "group", False),
        (message(chat_id="120363000000000002@newsletter", chat_kind=ChatKind.NEWSLETTER), "newsletter", False),
        (message(chat_id="status@broadcast", chat_kind=ChatKind.BROADCAST), "status", False),
        (message(chat_id="12345@broadcast", chat_kind=ChatKind.BROADCAST), "broadcast", False),
        (message(chat_id="0@c.us"), "system", False),
        (message(kind=MessageKind.WAITING), "waiting", False),
        (message("", kind=MessageKind.EMPTY), "empty", False),
        (message(sent_at=NOON - timedelta(hours=6, seconds=1)), "stale", True),
        (MessageEdited(ALICE, "X", "new", False), "edited", True),
        (MessageEdited(ALICE, "X", "new", True), "edited", False),
        (MessageRevoked(ALICE, "X", False), "revoked", True),
        (MessageReaction(ALICE, "X", "👍", False), "reaction", True),
        (MessageAck(ALICE, "X", 3), "ack", True),
        (SessionStatus("WORKING"), "session_status", True),
        (Presence(ALICE, True), "presence", False),
        (None, "event", False),
    ],
)
def test_what_is_ignored_and_why(content: object, reason: str, follow_up: bool) -> None:
    verdict = screen(event(content), RULES, NOON)
    assert (verdict.status, verdict.reason, verdict.follow_up) == (Status.IGNORED, reason, follow_up)


@pytest.mark.parametrize(
    "content",
    [
        message(),
        message(sent_at=None),
        message(sent_at=NOON + timedelta(hours=1)),
        message(sent_at=NOON - timedelta(hours=5, minutes=59)),
        message("", kind=MessageKind.VOICE),
        message(chat_id="200000000000002@lid"),
    ],
)
def test_what_is_answered(content: object) -> None:
    assert screen(event(content), RULES, NOON).status is Status.QUEUED


def test_events_of_other_sessions_are_ignored_whatever_they_are() -> None:
    assert screen(event(message(), waha_session="other"), RULES, NOON).reason == "session"


def test_what_was_written_before_the_phone_was_linked_is_history() -> None:
    assert precedes_pairing(later(-2), NOON)
    assert not precedes_pairing(later(-0.5), NOON)
    assert not precedes_pairing(later(-2), None)


@pytest.mark.parametrize(
    ("text", "setting", "seconds"),
    [
        ("jam berapa buka?", None, 0.6),
        ("متى تفتحون؟", None, 0.6),
        ("halo", None, 1.5),
        ("mau tanya", None, 1.5),
        ("apa saja?", 4.0, 4.0),
        ("apa saja?", 0.0, 0.0),
    ],
)
def test_a_whole_question_waits_less(text: str, setting: float | None, seconds: float) -> None:
    assert quiet_seconds(text, setting) == seconds
