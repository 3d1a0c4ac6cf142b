"""The simulated API under a plain HTTP client, and the phones behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from balas.simulator.app import Simulator, create_simulator
from balas.simulator.kinds import WahaKind
from balas.simulator.phones import Phones
from tests.unit.simulator.serving import serving

ALICE = "12025550101@c.us"
HEADERS = {"X-Api-Key": "key"}
Reached = tuple[httpx2.Client, Phones, Simulator]


@contextmanager
def running(**options: Any) -> Iterator[Reached]:
    simulator, phones = create_simulator(api_key="key", webhook_url=None, hmac_key=None, kind=WahaKind(**options))
    with serving(simulator) as url, httpx2.Client(base_url=url, headers=HEADERS, trust_env=False) as http:
        yield http, phones, simulator
