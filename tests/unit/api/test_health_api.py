from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from balas.api.checks import check_database, qdrant_address
from balas.api.checkup import Checkup, Finding, Health
from balas.api.clocks import look_at_clocks
from balas.database.engine import Database
from balas.errors import GatewayUnavailable
from balas.knowledge.library import LibraryStatus
from balas.models import InboxState
from balas.ports import SessionInfo
from balas.runtime import Runtime
from balas.settings import Settings
from tests.fakes.qdrant_http import QdrantHttp
from tests.unit.api.conftest import Phone, Story


class FakeModels(ThreadingHTTPServer):
    """Answers the list of models with a status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Models)
        self.status = 200
        self.asked: list[tuple[str, str | None]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Models(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, FakeModels)
        server.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


NAMES = {"database", "redis", "qdrant", "waha", "model"}


@pytest.fixture
def database(sqlite: Database) -> Database:
    """Which database stands behind does not matter here."""
    return sqlite


def test_all_is_well(stranger: TestClient) -> None:
    answer = stranger.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "healthy"
    assert set(body["dependencies"]) == NAMES
    for dependency in body["dependencies"].values():
        assert dependency["status"] == "healthy"
        assert dependency["latency_ms"] >= 0
        assert dependency["detail"]
    assert body["dependencies"]["redis"]["detail"] == "in process"
    assert "simulator" in body["dependencies"]["waha"]["detail"]
    assert "extractive" in body["dependencies"]["model"]["detail"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "does not exist"),
        ([SessionInfo("default", "SCAN_QR_CODE", "GOWS", None, None)], "SCAN_QR_CODE"),
        ([SessionInfo("default", "WORKING", "NOWEB", "1@c.us", store_enabled=False)], "store is off"),
    ],
)
def test_a_session_that_is_not_whole(stranger: TestClient, phone: Phone, found: list[SessionInfo], said: str) -> None:
    phone.found = found
    body = stranger.get("/health").json()
    assert body["status"] == "degraded"
    assert said in body["dependencies"]["waha"]["detail"]
    ready = stranger.get("/readyz")
    assert ready.status_code == 200
    assert said in ready.json()["warnings"][0]


@pytest.mark.parametrize(("hours", "said"), [(23, []), (25, ["no webhook for 25 hours"])])
def test_a_session_that_is_silent_for_a_day_is_named(
    stranger: TestClient, runtime: Runtime, hours: int, said: list[str]
) -> None:
    runtime.heard["default"] = time.time() - hours * 3_600
    assert stranger.get("/health").json()["status"] == "healthy"
    warnings = stranger.get("/readyz").json()["warnings"]
    assert [one for one, words in zip(warnings, said, strict=True) if words not in one] == []
    stranger.get("/metrics")
    shown = runtime.metrics.registry.get_sample_value("balas_last_webhook_timestamp", {"waha_session": "default"})
    assert shown == runtime.heard["default"]


def test_an_engine_with_limits_is_named_but_well(stranger: TestClient, phone: Phone) -> None:
    phone.found = [SessionInfo("default", "WORKING", "WEBJS", "1@c.us", store_enabled=True)]
    assert stranger.get("/health").json()["status"] == "healthy"
    assert "WEBJS" in stranger.get("/readyz").json()["warnings"][0]


@pytest.mark.parametrize(
    ("off", "said"),
    [(0, r""), (20, r""), (-20, r""), (3600, r"35\d\d s ahead of|3600 s ahead of"), (-40, r"[4-9]\d s behind")],
)
def test_a_clock_that_is_far_off_is_named_but_well(
    stranger: TestClient, phone: Phone, runtime: Runtime, off: int, said: str
) -> None:
    phone.clock = datetime.now(UTC) + timedelta(seconds=off)
    assert stranger.get("/health").json()["status"] == "healthy"
    warnings = stranger.get("/readyz").json()["warnings"]
    assert len(warnings) == len(look_at_clocks(runtime)) == (1 if said else 0)
    assert all(re.match(rf"WAHA's clock is ({said}) this machine's", warning) for warning in warnings)


@pytest.mark.mysql
def test_the_databases_clock_too(mysql: Database, runtime: Runtime) -> None:
    assert check_database(replace(runtime, database=mysql)).notes == ()
    with closing(Database(mysql.url.render_as_string(hide_password=False), pool_size=1)) as wrong:
        event.listen(wrong.reader, "connect", _an_hour_ago)
        [said] = check_database(replace(runtime, database=wrong)).notes
    assert said.startswith("the database's clock is 360")
    assert "behind this machine's" in said


def _an_hour_ago(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET timestamp = UNIX_TIMESTAMP() - 3600")


def test_waha_away_degrades_and_readiness_stays(stranger: TestClient, phone: Phone) -> None:
    phone.error = GatewayUnavailable("WAHA refuses the connection.")
    assert stranger.get("/health").json()["status"] == "degraded"
    assert stranger.get("/readyz").status_code == 200


def test_a_check_that_hangs_is_cut_off_and_not_started_twice(stranger: TestClient, phone: Phone) -> None:
    released, begun = threading.Event(), []

    def hang() -> None:
        begun.append(1)
        released.wait(20)

    phone.ping = hang  # type: ignore[method-assign]
    started = time.monotonic()
    assert stranger.get("/readyz").status_code == 200
    assert time.monotonic() - started < 1.5
    body = stranger.get("/health").json()
    assert body["dependencies"]["waha"]["status"] == "unhealthy"
    assert "no answer" in body["dependencies"]["waha"]["detail"]
    assert body["dependencies"]["database"]["status"] == "healthy"
    assert len(begun) == 1
    released.set()


def test_not_ready_while_the_start_goes_on(stranger: TestClient, runtime: Runtime) -> None:
    runtime.started.clear()
    answer = stranger.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert stranger.get("/livez").json() == {"status": "alive"}
    assert [stranger.head(path).status_code for path in ("/livez", "/readyz")] == [200, 503]
    runtime.started.set()
    assert [stranger.head(path).status_code for path in ("/readyz", "/health", "/api/books")] == [200, 200, 405]
    assert stranger.get("/readyz").json() == {"status": "ready", "warnings": []}


@pytest.mark.anyio
async def test_findings_are_kept_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(100))
    checkup = Checkup({"it": lambda: Finding(Health.HEALTHY, str(next(calls)))})
    first = await checkup.report()
    assert (await checkup.report())["it"] is first["it"]
    monkeypatch.setattr("balas.api.checkup.FRESH_SECONDS", 0.0)
    assert (await checkup.report())["it"].finding.detail == "1"


@pytest.mark.anyio
async def test_what_a_check_raises_is_a_finding_without_its_words() -> None:
    def check() -> Any:
        raise ValueError("mysql://user:password@host")

    measured = (await Checkup({"it": check}).report())["it"]
    assert measured.finding.health is Health.UNHEALTHY
    assert "password" not in measured.finding.detail


def test_metrics_are_looked_up_with_each_scrape(stranger: TestClient, story: Story, runtime: Runtime) -> None:
    for _ in range(3):
        story.letter(InboxState.ANSWERED)
    story.letter(InboxState.RECEIVED)
    text = stranger.get("/metrics").text
    assert 'balas_inbox_messages{state="answered"} 3.0' in text
    assert 'balas_inbox_messages{state="open"} 1.0' in text
    assert "balas_queue_depth 0.0" in text
    assert float(text.split("\nbalas_oldest_open_seconds ")[1].split("\n")[0]) > 0
    story.letter(InboxState.ANSWERED)
    assert 'balas_inbox_messages{state="answered"} 4.0' in stranger.get("/metrics").text


class TestQdrant:
    @pytest.fixture
    def server(self) -> Iterator[QdrantHttp]:
        with QdrantHttp(key="key-of-qdrant-0123") as server:
            yield server

    @pytest.fixture
    def settings(self, tmp_path: Path, server: QdrantHttp) -> Settings:
        return Settings(balas_data_dir=tmp_path, qdrant_url=server.url, qdrant_api_key="key-of-qdrant-0123")  # type: ignore[arg-type]

    def asked(self, stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        monkeypatch.setattr("balas.api.checkup.FRESH_SECONDS", 0.0)
        found: dict[str, Any] = stranger.get("/health").json()["dependencies"]["qdrant"]
        return found

    def test_before_it_is_opened(
        self, stranger: TestClient, server: QdrantHttp, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runtime.library, "status", lambda: LibraryStatus({}, 9, None, None))
        assert self.asked(stranger, monkeypatch)["detail"] == "server, opens with the first question"
        server.refuse = [500]
        assert self.asked(stranger, monkeypatch) | {"latency_ms": 0} == {
            "status": "unhealthy",
            "latency_ms": 0,
            "detail": "Qdrant answers 500: check QDRANT_URL.",
        }
        server.key = "changed"
        away = self.asked(stranger, monkeypatch)
        assert "QDRANT_API_KEY" in away["detail"]
        assert "key-of-qdrant" not in str(away)

    def test_once_it_is_open(self, stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.asked(stranger, monkeypatch)["detail"] == "server, 412 passages, 2 changes behind"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://qdrant", "http://qdrant:6333"),
        ("https://example.org:443/vectors", "https://example.org:443/vectors"),
        ("https://example.org/vectors", "https://example.org:6333/vectors"),
    ],
)
def test_the_port_of_qdrant_is_its_own_where_none_is_given(url: str, address: str) -> None:
    assert qdrant_address(Settings(qdrant_url=url)) == address


class TestModel:
    @pytest.fixture
    def server(self) -> Iterator[FakeModels]:
        with FakeModels() as server:
            yield server

    @pytest.fixture
    def settings(self, tmp_path: Path, server: FakeModels) -> Settings:
        return Settings(balas_data_dir=tmp_path, openai_api_key="sk-fake-0123", openai_base_url=server.url)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("status", "health"),
        [(200, "healthy"), (404, "healthy"), (501, "healthy"), (401, "unhealthy"), (503, "unhealthy")],
    )
    def test_the_model_server(self, stranger: TestClient, server: FakeModels, status: int, health: str) -> None:
        server.status = status
        body = stranger.get("/health").json()
        assert body["dependencies"]["model"]["status"] == health
        assert body["status"] == ("healthy" if health == "healthy" else "degraded")
        assert server.asked == [("/models", "Bearer sk-fake-0123")]
        assert "sk-fake" not in str(body)
