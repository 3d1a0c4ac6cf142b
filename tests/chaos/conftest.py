from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", default=False, help="chaos tests in full: hours instead of minutes")


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether `--long` asks for everything; the whole suite takes a selection."""
    return bool(request.config.getoption("--long", default=False))
