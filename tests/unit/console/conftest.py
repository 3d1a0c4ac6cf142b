"""The console over a real SQLite and the real simulator, reached through the whole HTTP stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.console_shop import PASSWORD, Shop

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path, 8000)
    yield shop
    shop.simulator.close()
    shop.database.close()


@pytest.fixture
def stranger(shop: Shop) -> Iterator[TestClient]:
    with TestClient(shop.app, base_url=ADDRESS, follow_redirects=False) as client:
        yield client


@pytest.fixture
def admin(stranger: TestClient) -> TestClient:
    answer = log_in(stranger, PASSWORD)
    assert answer.status_code == 303
    token = form_token(stranger.get("/problems").text)
    stranger.headers["X-Form-Token"] = token
    return stranger


def form_token(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def log_in(client: TestClient, password: str, wanted: str = "/"):  # type: ignore[no-untyped-def]
    token = form_token(client.get("/login").text)
    return client.post("/login", data={"password": password, "form_token": token, "next": wanted})
