from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from balas.simulator.app import Simulator, create_simulator
from balas.simulator.faults import Faults
from balas.simulator.kinds import WahaKind
from balas.simulator.webhooks import Retries
from tests.unit.simulator.reached import Reached, running
from tests.unit.simulator.receiver import Receiver
from tests.unit.simulator.serving import serving
from tests.unit.simulator.world import KEY, Make, World


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

    def build(engine: str = "NOWEB", retries: Retries | None = None, **options: Any) -> World:
        kind = WahaKind(engine, **{"acks": [(1, 0.0)], **options})
        simulator, phones = create_simulator(api_key="key", webhook_url=url, hmac_key=KEY, kind=kind, retries=retries)
        made.append(simulator)
        return World(receiver, simulator, phones)

    yield build
    for simulator in made:
        simulator.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Reached]:
    with running() as world:
        yield world


@pytest.fixture
def noweb(server: Reached) -> Reached:
    _, phones, simulator = server
    phones.reset()
    simulator.set_faults(Faults())
    phones.log.clear()
    return server
