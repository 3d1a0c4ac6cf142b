from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from balas.simulator.app import Simulator, create_simulator
from balas.simulator.kinds import WahaKind
from tests.unit.simulator.serving import serving
from tests.unit.waha.line import Line, empty


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[..., tuple[Simulator, str]]]:
    """Simulators that are started once and kept for the tests of one file."""
    with ExitStack() as running:

        @cache
        def server(engine: str, **options: bool) -> tuple[Simulator, str]:
            simulator, _ = create_simulator(
                api_key="key", webhook_url=None, hmac_key=None, kind=WahaKind(engine, acks=[(1, 0.0)], **options)
            )
            return simulator, running.enter_context(serving(simulator))

        yield server


@pytest.fixture(params=["NOWEB", "GOWS", "WEBJS"])
def line(servers: Callable[..., tuple[Simulator, str]], request: pytest.FixtureRequest) -> Iterator[Line]:
    with empty(*servers(request.param)) as found:
        yield found


@pytest.fixture
def noweb(servers: Callable[..., tuple[Simulator, str]]) -> Iterator[Line]:
    with empty(*servers("NOWEB")) as found:
        yield found


@pytest.fixture
def storeless(servers: Callable[..., tuple[Simulator, str]]) -> Iterator[Line]:
    with empty(*servers("NOWEB", store_enabled=False, ids=False)) as found:
        yield found
