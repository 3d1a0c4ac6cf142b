from __future__ import annotations

import errno
import os

import pytest
from starlette.testclient import TestClient

from balas.database.engine import Database


@pytest.fixture
def database(sqlite: Database) -> Database:
    """MySQL's disk is the server's own."""
    return sqlite


def test_a_full_disk_is_told_before_a_message_meets_it(stranger: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "sqlite takes no writes")
    assert "Retry-After" in answer.headers
    body = stranger.get("/health").json()
    assert (body["status"], body["dependencies"]["database"]["detail"]) == ("unhealthy", "sqlite takes no writes")
