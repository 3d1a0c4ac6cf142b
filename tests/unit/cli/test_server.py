from __future__ import annotations

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from balas.cli.server import server_config
from balas.settings import Settings

FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def test_no_upgrade_is_taken() -> None:
    config = server_config(FastAPI(), Settings())
    config.load()
    assert config.ws_protocol_class is None  # the server's own refusal is no problem details


@pytest.mark.parametrize(
    ("trusted", "caller", "seen"),
    [
        (None, "127.0.0.1", ["203.0.113.9", "https"]),
        (None, "172.18.0.5", ["172.18.0.5", "http"]),
        ("172.18.0.0/16", "172.18.0.5", ["203.0.113.9", "https"]),
        ("172.18.0.0/16", "172.19.0.5", ["172.19.0.5", "http"]),
    ],
)
def test_only_trusted_proxies_say_who_calls(trusted: str | None, caller: str, seen: list[str]) -> None:
    app = FastAPI()

    @app.get("/")
    def who(request: Request) -> list[str]:
        assert request.client is not None
        return [request.client.host, request.url.scheme]

    config = server_config(app, Settings() if trusted is None else Settings(balas_trusted_proxies=trusted))
    config.load()
    with TestClient(config.loaded_app, client=(caller, 50000)) as client:
        assert client.get("/", headers=FORWARDED).json() == seen
