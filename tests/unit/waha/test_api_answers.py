"""What WAHA's API answers: sent messages, messages of its store, sessions."""

from __future__ import annotations

from typing import Any

import pytest

from balas.ports import SentMessage, SessionInfo
from balas.waha.messages import Account, parse_message, parse_sent
from balas.waha.sessions import read_session
from tests.waha_events import ALICE, GROUP, ME, ME_LID, bare, gows, noweb, webjs


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (
            {"key": {"remoteJid": "12025550101@s.whatsapp.net", "fromMe": True, "id": "3EB0A"}, "status": "PENDING"},
            SentMessage(f"true_{ALICE}_3EB0A", "3EB0A"),
        ),
        ({"id": f"true_{ALICE}_3EB0A", "_data": {}}, SentMessage(f"true_{ALICE}_3EB0A", "3EB0A")),
        (
            {"_data": {}, "id": {"fromMe": True, "id": "3EB0A", "_serialized": f"true_{ALICE}_3EB0A"}},
            SentMessage(f"true_{ALICE}_3EB0A", "3EB0A"),
        ),
        ({"id": f"true_{GROUP}_3EB0A_{ME}"}, SentMessage(f"true_{GROUP}_3EB0A_{ME}", "3EB0A")),
        ({"id": "3EB0A"}, SentMessage("3EB0A", "3EB0A")),
        ({"id": {"id": "3EB0A"}}, SentMessage("3EB0A", "3EB0A")),
        ({"key": {"id": "3EB0A"}}, SentMessage("3EB0A", "3EB0A")),
        (
            {"id": None, "_data": {"key": {"id": "3EB0A", "remoteJid": "1@lid"}}},
            SentMessage("true_1@lid_3EB0A", "3EB0A"),
        ),
    ],
)
def test_the_shapes_of_a_sent_message(answer: Any, sent: SentMessage) -> None:
    assert parse_sent(answer) == sent


@pytest.mark.parametrize(
    "answer", [None, {}, [], "ok", {"id": ""}, {"id": {}}, {"key": {}}, {"key": {"id": 1.5}}, {"id": True}]
)
def test_an_answer_without_an_id(answer: Any) -> None:
    assert parse_sent(answer) is None


@pytest.mark.parametrize("make", [noweb, gows, webjs])
def test_messages_of_the_store_are_filed_under_the_right_chat_without_an_envelope(make: Any) -> None:
    for from_me in (True, False):
        for chat, sender in ((ALICE, None), (GROUP, ME if from_me else ALICE)):
            found = parse_message(make(1, "hello", chat=chat, sender=sender, from_me=from_me))
            assert found is not None
            assert (found.chat_id, found.from_me, found.bare_id, found.text) == (chat, from_me, bare(1), "hello")


@pytest.mark.parametrize("value", [None, [], "x", {}, {"id": "x"}, {"from": ALICE}, {"id": "1", "from": "nowhere"}])
def test_what_is_no_message(value: Any) -> None:
    assert parse_message(value) is None


EDIT = {"key": {"id": bare(1)}, "type": "MESSAGE_EDIT", "editedMessage": {"conversation": "jam tutup?"}}


@pytest.mark.parametrize(
    "inner",
    [
        {"protocolMessage": EDIT},
        {"editedMessage": {"message": {"protocolMessage": EDIT}}},
        {"protocolMessage": {"key": {"id": bare(1)}}},  # taken back
    ],
)
@pytest.mark.parametrize("make", [noweb, gows])
def test_what_changes_a_message_is_none_in_the_store_either(make: Any, inner: Any) -> None:
    """Else catch-up would answer an edit that its webhook told as such."""
    assert parse_message(make(2, "jam tutup?", inner=inner)) is None


@pytest.mark.parametrize("kept", [{"conversation": "jam tutup?"}, {"protocolMessage": EDIT}])
def test_a_message_that_was_edited_stays_one(kept: Any) -> None:
    """A store may write the change into the message itself."""
    found = parse_message(noweb(1, "jam tutup?", inner={"editedMessage": {"message": kept}}))
    assert found is not None
    assert (found.bare_id, found.text) == (bare(1), "jam tutup?")


def test_who_we_are_matters_for_mentions() -> None:
    context = {"extendedTextMessage": {"contextInfo": {"mentionedJid": [ME_LID]}}}
    payload = noweb(1, "x", chat=GROUP, sender=ALICE, inner=context)
    alone = parse_message(payload)
    known = parse_message(payload, Account("NOWEB", ME, frozenset({ME, ME_LID})))
    assert alone is not None
    assert known is not None
    assert (alone.mentions, known.mentions) == ((ME_LID,), (ME_LID, ME))


STORE_ON = {"noweb": {"store": {"enabled": True, "fullSync": False}}}


@pytest.mark.parametrize(
    ("session", "info"),
    [
        (
            {"name": "a", "status": "WORKING", "me": {"id": ME}, "engine": {"engine": "NOWEB"}, "config": STORE_ON},
            SessionInfo("a", "WORKING", "NOWEB", ME, True),
        ),
        (
            {"name": "a", "status": "working", "me": None, "engine": "NOWEB", "config": {}},
            SessionInfo("a", "WORKING", "NOWEB", None, False),
        ),
        (
            {"name": "a", "status": "STOPPED", "engine": {"engine": "NOWEB"}, "config": None},
            SessionInfo("a", "STOPPED", "NOWEB", None, None),
        ),
        ({"name": "a", "status": "FAILED", "engine": "GOWS"}, SessionInfo("a", "FAILED", "GOWS", None, True)),
        ({"name": "a", "status": "FAILED"}, SessionInfo("a", "FAILED", None, None, None)),
    ],
)
def test_a_session_is_read_from_each_shape(session: Any, info: SessionInfo) -> None:
    assert read_session(session) == info


@pytest.mark.parametrize(
    "value", [None, [], {}, {"name": "a"}, {"status": "WORKING"}, {"name": 1, "status": "WORKING"}]
)
def test_what_is_no_session(value: Any) -> None:
    assert read_session(value) is None
