"""What the simulator posts, seen by a receiver over real HTTP and read as Balas reads it."""

from __future__ import annotations

import json

import pytest

from balas.security.signatures import verify
from balas.simulator.app import create_simulator
from balas.simulator.messages import Attached, PhoneFile, lid_of
from balas.values import (
    MessageAck,
    MessageEdited,
    MessageKind,
    MessageReaction,
    MessageRevoked,
    Presence,
    SessionStatus,
)
from balas.waha.events import dedupe_key, parse_event
from tests.unit.simulator.receiver import Receiver
from tests.unit.simulator.serving import serving
from tests.unit.simulator.world import ALICE, BOB, GROUP, KEY, ME, Make
from tests.waha_events import all_events

ENGINES = ["NOWEB", "GOWS", "WEBJS"]


# ---- the envelope ---------------------------------------------------------------------------------------------------


def test_posts_as_waha_does(make: Make) -> None:
    world = make()
    world.phones.person_sends(ALICE, '¿Cuál? 🙏 / "x"', push_name="Alice")
    calls = world.receiver.wait_for(2)
    for call in calls:
        headers = call.headers
        assert verify(
            [KEY], call.body, [headers["x-webhook-hmac"].encode()], headers["x-webhook-hmac-algorithm"].encode()
        )
        assert headers["x-webhook-timestamp"] == str(call.event["timestamp"])
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"].startswith("WAHA/")
        assert call.body == json.dumps(call.event, ensure_ascii=False, separators=(",", ":")).encode()
    message, other = (call.event for call in calls)
    assert {message["event"], other["event"]} == {"message", "message.any"}
    assert message["id"] == other["id"]
    assert message["id"].startswith("evt_")
    assert len(message["id"]) == 30
    assert len({call.headers["x-webhook-request-id"] for call in calls}) == 2
    assert len({dedupe_key(parse_event(call.body), call.body) for call in calls}) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_fields_stand_in_wahas_order(make: Make, engine: str) -> None:
    world = make(engine)
    world.phones.person_sends(ALICE, "hello")
    event = world.receiver.wait_for(1)[0].event
    known = all_events()[f"message.text.{engine.lower()}"]
    assert list(event) == list(known)
    assert list(event["payload"]) == list(known["payload"])
    assert list(event["payload"]["_data"]) == list(known["payload"]["_data"])
    assert list(event["environment"]) == list(known["environment"])
    assert list(event["me"]) == list(known["me"])


def test_without_a_key_nothing_is_signed() -> None:
    receiver = Receiver()
    with serving(receiver.app) as url:
        simulator, phones = create_simulator(api_key="k", webhook_url=f"{url}/hook", hmac_key=None)
        phones.person_sends(ALICE, "x")
        assert not any("hmac" in name for call in receiver.wait_for(2) for name in call.headers)
        simulator.close()


def test_only_the_wanted_events_are_posted(make: Make) -> None:
    world = make(events=["message"])
    world.phones.person_sends(ALICE, "x")
    world.phones.owner_types(ALICE, "y")
    world.phones.set_status("default", "FAILED")
    assert world.simulator.settle()
    assert [call.event["event"] for call in world.receiver.calls] == ["message"]


# ---- every kind of event, every engine, understood ------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_message_is_told_as_the_engine_would(make: Make, engine: str) -> None:
    world = make(engine)
    sent = world.phones.person_sends(ALICE, "hello", push_name="Alice Test")
    message = world.message()
    assert (message.chat_id, message.sender_id, message.text, message.bare_id) == (ALICE, ALICE, "hello", sent.bare_id)
    assert (message.phone, message.push_name, message.from_me) == ("12025550101", "Alice Test", False)
    assert message.waha_message_id == sent.waha_message_id


@pytest.mark.parametrize("engine", ENGINES)
def test_a_hidden_sender(make: Make, engine: str) -> None:
    world = make(engine)
    world.phones.person_sends(ALICE, "hello", as_lid=True)
    message = world.message()
    assert message.chat_id == lid_of(ALICE)
    assert message.phone == (None if engine == "WEBJS" else "12025550101")


@pytest.mark.parametrize("engine", ENGINES)
def test_twins_have_one_key(make: Make, engine: str) -> None:
    world = make(engine, events=["message"])
    world.phones.person_sends(ALICE, "hello", twin=True)
    calls = world.receiver.wait_for(2)
    assert {parse_event(call.body).content.chat_id for call in calls} == {ALICE, lid_of(ALICE)}  # type: ignore[union-attr]
    assert len({dedupe_key(parse_event(call.body), call.body) for call in calls}) == 1


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("as_lid", [False, True])
def test_a_mention_in_a_group(make: Make, engine: str, as_lid: bool) -> None:
    world = make(engine)
    world.phones.person_sends(GROUP, "@12025550100 hi", sender=BOB, mentions=[ME], as_lid=as_lid)
    message = world.message()
    assert (message.chat_id, message.sender_id) == (GROUP, lid_of(BOB) if as_lid else BOB)
    assert message.mentions == (ME,)
    if not (as_lid and engine == "WEBJS"):
        assert message.phone == "12025550102"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reply_quotes_its_message(make: Make, engine: str) -> None:
    world = make(engine)
    answer = world.phones.shows_own("default", ALICE, "at nine")
    world.phones.person_sends(ALICE, "and on Sunday?", reply_to=answer.bare_id)
    quote = world.message().quote
    assert quote is not None
    assert (quote.bare_id, quote.text) == (answer.bare_id, "at nine")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (PhoneFile("image/jpeg", b"jpeg"), MessageKind.IMAGE),
        (PhoneFile("audio/ogg; codecs=opus", b"ogg", voice=True), MessageKind.VOICE),
        (PhoneFile("application/pdf", b"pdf", "price list.pdf"), MessageKind.DOCUMENT),
        (PhoneFile("video/mp4", b"mp4"), MessageKind.VIDEO),
    ],
)
def test_a_file_is_told_with_its_kind_and_address(make: Make, engine: str, file: PhoneFile, kind: MessageKind) -> None:
    world = make(engine)
    world.phones.person_sends(ALICE, "see", attached=Attached(file))
    message = world.message()
    assert (message.kind, message.text) == (kind, "see")
    assert message.media is not None
    assert message.media.mimetype == file.mimetype
    assert message.media.filename == file.filename
    assert message.media.url is not None
    assert message.media.url.startswith("http://localhost:3000/api/files/default/")


@pytest.mark.parametrize("engine", ENGINES)
def test_places_contacts_and_files_that_were_not_fetched(make: Make, engine: str) -> None:
    world = make(engine, events=["message"])
    world.phones.person_sends(
        ALICE, "", attached=Attached(location={"latitude": "1", "longitude": "2", "name": "Shop"})
    )
    world.phones.person_sends(ALICE, "", attached=Attached(vcards=("BEGIN:VCARD",)))
    world.phones.person_sends(ALICE, "", attached=Attached(PhoneFile("image/jpeg", downloaded=False)))
    kinds = {message.kind for message in world.contents("message")}
    assert kinds == {MessageKind.LOCATION, MessageKind.CONTACT, MessageKind.IMAGE}


@pytest.mark.parametrize("engine", ENGINES)
def test_changes_reactions_calls_and_presence(make: Make, engine: str) -> None:
    world = make(engine)
    asked = world.phones.person_sends(ALICE, "old")
    answer = world.phones.shows_own("default", ALICE, "answer")
    world.phones.edits(ALICE, asked.bare_id, "new")
    world.phones.reacts(ALICE, answer.bare_id, "👍")
    world.phones.revokes(ALICE, asked.bare_id)
    world.phones.call(ALICE)
    world.phones.person_types(ALICE)
    world.phones.set_status("default", "SCAN_QR_CODE")
    assert world.contents("message.edited") == [MessageEdited(ALICE, asked.bare_id, "new", from_me=False)]
    assert world.contents("message.reaction") == [MessageReaction(ALICE, answer.bare_id, "👍", from_me=False)]
    assert world.contents("message.revoked") == [MessageRevoked(ALICE, asked.bare_id, from_me=False)]
    assert world.contents("presence.update") == [Presence(ALICE, typing=True)]
    assert world.contents("session.status") == [SessionStatus("SCAN_QR_CODE")]
    assert world.contents("call.received") == [None]
    assert world.receiver.events("session.status")[0]["me"] is None


@pytest.mark.parametrize("engine", ENGINES)
def test_our_own_messages_come_back_with_their_acks(make: Make, engine: str) -> None:
    world = make(engine, acks=[(1, 0.0), (2, 0.02), (3, 0.05)])
    sent = world.phones.shows_own("default", ALICE, "answer")
    typed = world.phones.owner_types(ALICE, "I take over")
    own = {message.bare_id: message for message in world.contents("message.any")}
    assert {(m.source, m.chat_id, m.from_me) for m in own.values()} == {("api", ALICE, True), ("app", ALICE, True)}
    assert own.keys() == {sent.bare_id, typed.bare_id}
    acks = world.contents("message.ack")
    assert sorted(acks, key=lambda ack: ack.level) == [MessageAck(ALICE, sent.bare_id, level) for level in (1, 2, 3)]
    assert world.phones.shown(ALICE)[0].ack == 3


@pytest.mark.parametrize("engine", ENGINES)
def test_acks_of_groups_have_their_own_event(make: Make, engine: str) -> None:
    world = make(engine)
    sent = world.phones.shows_own("default", GROUP, "answer")
    assert world.contents("message.ack.group") == [MessageAck(GROUP, sent.bare_id, 1)]
    assert world.contents("message.ack") == []
