"""A database that is away, locked or none: what the API answers meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from balas.database.engine import Database
from tests.unit.api.test_bad_requests import assert_problem, database

__all__ = ["database"]  # a fixture


class TestDatabaseAway:
    """A folder that went away under SQLite, and a MySQL that nobody runs."""

    @pytest.fixture(params=["sqlite:///{folder}/missing/balas.sqlite3", "mysql+pymysql://balas:x@127.0.0.1:1/balas"])
    def database(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
        database = Database(request.param.format(folder=tmp_path))
        yield database
        database.close()

    @pytest.mark.parametrize("path", ["messages", "books", "stats", "users", "users/1", "conversations", "dead"])
    def test_listings_are_503_with_retry_after(self, client: TestClient, path: str) -> None:
        answer = client.get(f"/api/{path}")
        assert assert_problem(answer, 503)["title"] == "Database unavailable"
        assert int(answer.headers["retry-after"]) > 0

    def test_a_retry_is_503(self, client: TestClient) -> None:
        assert_problem(client.post("/api/dead/1/retry"), 503)

    def test_health_and_readiness(self, stranger: TestClient) -> None:
        health = stranger.get("/health")
        assert health.status_code == 503
        assert health.json()["status"] == "unhealthy"
        assert health.json()["dependencies"]["database"]["status"] == "unhealthy"
        assert "balas" not in health.json()["dependencies"]["database"]["detail"]
        assert int(stranger.get("/readyz").headers["retry-after"]) > 0
        assert_problem(stranger.get("/readyz"), 503)
        assert stranger.get("/livez").status_code == 200

    def test_metrics_do_not_pretend(self, stranger: TestClient) -> None:
        answer = stranger.get("/metrics")
        assert answer.status_code == 200
        assert 'balas_inbox_messages{state="open"} NaN' in answer.text
        assert "balas_oldest_open_seconds NaN" in answer.text


class TestDatabaseLocked:
    def test_reading_goes_on_while_another_process_writes(self, client: TestClient, sqlite: Database) -> None:
        other = sqlite3.connect(str(sqlite.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            assert client.get("/api/books").status_code == 200
        finally:
            other.close()

    def test_a_file_that_is_no_database(self, client: TestClient, sqlite: Database) -> None:
        sqlite.close()
        Path(str(sqlite.url.database)).write_bytes(b"something else" * 1000)
        answer = client.get("/api/books")
        assert answer.status_code in {500, 503}
        assert_problem(answer, answer.status_code)
        assert client.get("/health").status_code == 503
