from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", default=False, help="chaos tests in full: hours instead of minutes")


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether `--long` asks for everything; the whole suite takes a selection."""
    return bool(request.config.getoption("--long", default=False))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long", default=False):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="takes minutes: `make chaos` runs it"))
