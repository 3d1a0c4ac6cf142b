"""When and how often the simulator posts: tried again, in parallel, and with faults set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.responses import Response

from balas.simulator.app import create_simulator
from balas.simulator.faults import Chance, Faults
from balas.simulator.kinds import WahaKind
from balas.simulator.webhooks import Retries
from tests.unit.simulator.receiver import Receiver
from tests.unit.simulator.serving import free_port, serving
from tests.unit.simulator.world import ALICE, KEY, Make, World

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
        kind=WahaKind(events=["message"]),
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
