from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from balas.cli.ending import Ending
from balas.cli.server import server_config
from balas.settings import Settings
from tests.chaos.cluster import Cluster, cluster
from tests.fakes.openai_server import FakeOpenAI, Hang
from tests.lines.system import wait_until

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


def test_a_signal_ends_it_in_time_though_a_caller_waits_for_a_silent_model(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    environment = {"OPENAI_API_KEY": "k", "TMPDIR": str(tmp_path / "scratch")}
    with FakeOpenAI(Hang(120)) as model, cluster(tmp_path, OPENAI_BASE_URL=model.url, **environment) as running:
        running.start("web", "up")
        running.wait_until_ready()
        caller = threading.Thread(target=ask, args=(running,), daemon=True)
        caller.start()
        wait_until(lambda: model.chats or None, 30)
        begun = time.monotonic()
        running.processes["web"].send_signal(signal.SIGTERM)
        assert running.wait_for_exit("web", 80) == 0
        assert time.monotonic() - begun < 12  # 25 are promised, when there is work to be finished
        assert "left_while_threads_wait" in running.log("web")
        assert list((tmp_path / "scratch").iterdir()) == []  # all else was closed


def ask(running: Cluster) -> None:
    headers = {"X-API-Key": running.environment["BALAS_API_KEY"]}
    with suppress(httpx2.TransportError):
        httpx2.post(
            f"{running.url}/api/ask", json={"question": "Berapa ongkos kirim ke Jakarta?"}, headers=headers, timeout=100
        )


def test_all_of_the_end_has_one_deadline() -> None:
    ending = Ending()
    first = ending.seconds_left()
    time.sleep(0.1)
    assert 0 < ending.seconds_left() <= first - 0.1


def test_an_end_that_hangs_is_cut_off() -> None:
    hangs = "from balas.cli import ending; ending.END_SECONDS = 0.2; ending.Ending().told.set(); time.sleep(60)"
    ended = subprocess.run([sys.executable, "-c", f"import time; {hangs}"], timeout=30, capture_output=True, check=True)
    assert b"cut_off_while_ending" in ended.stdout
