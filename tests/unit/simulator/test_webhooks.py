"""What the simulator posts, seen by a receiver over real HTTP and read as Balas reads it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.responses import Response

from balas.security.signatures import verify
from balas.simulator.app import Simulator, create_simulator
from balas.simulator.faults import Chance, Faults
from balas.simulator.messages import PhoneFile, lid_of
from balas.simulator.phones import Phones
from balas.simulator.webhooks import Retries
from balas.values import (
    InboundMessage,
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
from tests.unit.simulator.serving import free_port, serving
from tests.waha_events import all_events

KEY = b"k" * 32
ALICE, BOB, GROUP, ME = "12025550101@c.us", "12025550102@c.us", "120363000000000001@g.us", "12025550100@c.us"
ENGINES = ["NOWEB", "GOWS", "WEBJS"]


@dataclass
class World:
    receiver: Receiver
    simulator: Simulator
    phones: Phones

    def contents(self, event: str) -> list[Any]:
        assert self.simulator.settle()
        return [parse_event(call.body).content for call in self.receiver.calls if call.event["event"] == event]

    def message(self, event: str = "message") -> InboundMessage:
        (content,) = self.contents(event)
        assert isinstance(content, InboundMessage)
        return content


Make = Callable[..., World]


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()
    with serving(receiver.app) as url:
        yield receiver, f"{url}/hook"


@pytest.fixture
def make(listening: tuple[Receiver, str]) -> Iterator[Make]:
    receiver, url = listening
    receiver.clear()
    made: list[Simulator] = []

    def build(engine: str = "NOWEB", **options: Any) -> World:
        options.setdefault("acks", [(1, 0.0)])
        simulator, phones = create_simulator(api_key="key", webhook_url=url, hmac_key=KEY, engine=engine, **options)
        made.append(simulator)
        return World(receiver, simulator, phones)

    yield build
    for simulator in made:
        simulator.close()


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
def test_a_message(make: Make, engine: str) -> None:
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
def test_twins(make: Make, engine: str) -> None:
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
def test_a_reply(make: Make, engine: str) -> None:
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
def test_files(make: Make, engine: str, file: PhoneFile, kind: MessageKind) -> None:
    world = make(engine)
    world.phones.person_sends(ALICE, "see", media=file)
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
    world.phones.person_sends(ALICE, "", location={"latitude": "1", "longitude": "2", "name": "Shop"})
    world.phones.person_sends(ALICE, "", vcards=["BEGIN:VCARD"])
    world.phones.person_sends(ALICE, "", media=PhoneFile("image/jpeg", downloaded=False))
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


# ---- delivery -------------------------------------------------------------------------------------------------------


def test_every_answer_but_2xx_is_tried_again_as_it_was(make: Make) -> None:
    world = make(retries=Retries(delay_seconds=0.05, attempts=5), events=["message"])
    statuses = [500, 404, 401, 204]
    world.receiver.answer = lambda number: Response(status_code=statuses[number - 1])
    world.phones.person_sends(ALICE, "x")
    calls = world.receiver.wait_for(4)
    assert world.simulator.settle()
    assert len(world.receiver.calls) == 4
    assert (
        len({(call.body, call.headers["x-webhook-request-id"], call.headers["x-webhook-hmac"]) for call in calls}) == 1
    )
    tries = [entry.detail for entry in world.phones.log_since(0) if entry.kind == "webhook"]
    assert [(entry["attempt"], entry["status"]) for entry in tries] == list(enumerate(statuses))


def test_it_gives_up(make: Make) -> None:
    world = make(retries=Retries(delay_seconds=0.01, attempts=2), events=["message"])
    world.receiver.answer = lambda number: Response(status_code=503)
    world.phones.person_sends(ALICE, "x")
    assert world.simulator.settle()
    assert len(world.receiver.calls) == 3


def test_a_wanted_pause_is_kept(make: Make) -> None:
    world = make(retries=Retries(delay_seconds=0.01, attempts=3), events=["message"])
    world.receiver.answer = lambda number: (
        Response(status_code=503, headers={"Retry-After": "1"}) if number == 1 else Response()
    )
    world.phones.person_sends(ALICE, "x")
    first, second = world.receiver.wait_for(2)
    assert second.at - first.at > 0.9


def test_waits_grow_by_policy() -> None:
    assert [Retries("constant", 2).wait(n, 0) for n in (1, 2, 3)] == [2, 2, 2]
    assert [Retries("linear", 1).wait(n, 0) for n in (1, 2, 3)] == [1, 2, 3]
    assert [Retries("exponential", 1).wait(n, 0) for n in (1, 2, 3)] == [2, 4, 8]
    assert Retries("exponential", 1).wait(1, 0.999) == pytest.approx(2.4, abs=0.01)


def test_a_receiver_that_is_down_gets_it_later() -> None:
    port, receiver = free_port(), Receiver()
    simulator, phones = create_simulator(
        api_key="k",
        webhook_url=f"http://127.0.0.1:{port}/hook",
        hmac_key=KEY,
        retries=Retries(delay_seconds=0.1, attempts=50),
        events=["message"],
    )
    phones.person_sends(ALICE, "x")
    assert phones.wait(1, 5)
    assert phones.log_since(1)[0].detail["failure"] == "ConnectError"
    with serving(receiver.app) as url:
        simulator.set_webhook_url(f"{url}/hook")
        receiver.wait_for(1)
        assert simulator.settle()
    simulator.close()


def test_events_are_posted_in_parallel(make: Make) -> None:
    world = make(events=["message"])
    world.receiver.seconds = 1.0
    for number in range(20):
        world.phones.person_sends(str(number + 10_000), "x")
    calls = world.receiver.wait_for(20, timeout=15)
    assert calls[-1].at - calls[0].at < 5


# ---- faults of the delivery -----------------------------------------------------------------------------------------


@contextmanager
def faulty(world: World, **faults: Any) -> Iterator[World]:
    world.simulator.set_faults(Faults(**faults))
    yield world
    assert world.simulator.settle()


def test_webhooks_get_lost(make: Make) -> None:
    with faulty(make(events=["message"]), drop_webhook=Chance(0.5), seed=3) as world:
        for number in range(40):
            world.phones.person_sends(ALICE, str(number))
    arrived = len(world.receiver.calls)
    dropped = [entry for entry in world.phones.log_since(0) if entry.detail.get("fault") == "drop_webhook"]
    assert arrived + len(dropped) == 40
    assert 10 < arrived < 30


def test_webhooks_come_twice(make: Make) -> None:
    with faulty(make(events=["message"]), duplicate_webhook=Chance(count=2)) as world:
        for number in range(3):
            world.phones.person_sends(ALICE, str(number))
    assert sorted(call.event["payload"]["body"] for call in world.receiver.calls) == ["0", "0", "1", "1", "2"]


def test_webhooks_come_up_to_so_many_times(make: Make) -> None:
    with faulty(make(events=["message"]), duplicate_webhook=Chance(probability=1.0), most_copies=5) as world:
        for number in range(40):
            world.phones.person_sends(ALICE, str(number))
    told = [call.event["payload"]["body"] for call in world.receiver.calls]
    assert {told.count(str(number)) for number in range(40)} == {2, 3, 4, 5}


def test_webhooks_come_late_and_in_another_order(make: Make) -> None:
    with faulty(make(events=["message"]), shuffle_webhooks=Chance(1.0, seconds=0.5), seed=1) as world:
        for number in range(10):
            world.phones.person_sends(ALICE, str(number))
    order = [call.event["payload"]["body"] for call in world.receiver.calls]
    assert sorted(order) == [str(n) for n in range(10)] != order
    with faulty(make(events=["message"]), delay_webhook=Chance(count=1, seconds=0.3)) as world:
        started = time.monotonic()
        world.phones.person_sends(ALICE, "late")
    assert world.receiver.calls[-1].at - started > 0.25
