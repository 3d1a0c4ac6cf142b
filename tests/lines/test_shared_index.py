"""The whole product with its index in a Qdrant server: up, away, back, emptied, and beside other processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from balas.cli import opening
from balas.cli.opening import open_library
from tests.fakes.qdrant_http import QdrantHttp
from tests.lines.system import ALICE, BOB, System, started, wait_until
from tests.lines.test_document_line import hand_in, texts_found, until_settled


@pytest.fixture
def server() -> Iterator[QdrantHttp]:
    with QdrantHttp() as server:
        yield server


@pytest.fixture
def system(data_dir: Path, server: QdrantHttp) -> Iterator[System]:
    with started(data_dir, QDRANT_URL=server.url) as running:
        yield running


def test_a_message_is_answered_from_it(system: System) -> None:
    system.says(ALICE, "jam berapa toko buka?")
    assert "08.00" in system.wait_for_replies(ALICE)[0]
    health = system.client.get("/health").json()["dependencies"]["qdrant"]
    assert health["detail"] == "server, 3 passages, in step"
    document = hand_in(system, "parkir.md", b"# Parkir\n\nParkir mobil gratis di belakang toko untuk 12 mobil.")
    until_settled(system, document["id"])
    assert "12 mobil" in texts_found(system, "parkir mobil di mana?")[0]
    assert system.client.delete(f"/api/documents/{document['id']}").status_code == 204
    assert not any("12 mobil" in text for text in texts_found(system, "parkir mobil di mana?"))


def test_a_turn_waits_while_it_is_away(system: System, server: QdrantHttp) -> None:
    system.says(ALICE, "jam berapa toko buka?")
    system.wait_for_replies(ALICE)
    server.refuse = [401] * 3
    system.says(BOB, "berapa ongkos kirim ke Jakarta?")
    assert "12.000" in system.wait_for_replies(BOB, seconds=40)[0]
    assert system.wait_until_settled()["dead"] == 0


def test_a_server_that_lost_everything_is_filled_again(system: System, server: QdrantHttp) -> None:
    assert "08.00" in texts_found(system, "jam buka toko")[0]
    with server.lock:
        for collection in server.engine.get_collections().collections:
            server.engine.delete_collection(collection.name)
    answer = system.client.post("/api/search", json={"query": "jam buka toko"})
    assert answer.status_code == 503
    assert "being built" in answer.json()["detail"]
    assert "08.00" in texts_found(system, "jam buka toko")[0]


def test_a_start_waits_for_it(system: System, server: QdrantHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "AGAIN_SECONDS", 0.1)
    system.runtime.started.clear()
    server.refuse = [401, 403]
    with open_library(system.runtime):
        wait_until(lambda: system.runtime.started.is_set() or None)
    assert server.refuse == []


def test_processes_beside_a_running_one_search_the_same(system: System, server: QdrantHttp, tmp_path: Path) -> None:
    settings = system.runtime.settings
    environment = {
        "PATH": os.environ["PATH"],
        "BALAS_DATA_DIR": str(tmp_path / "their-own"),
        "DATABASE_URL": settings.sqlalchemy_url,
        "QDRANT_URL": server.url,
    }

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "balas", *arguments]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    (tmp_path / "parkir.txt").write_text("Parkir mobil gratis di belakang toko untuk 12 mobil.")
    assert texts_found(system, "parkir mobil di mana?") != []
    run("ingest", "parkir.txt")
    hits = json.loads(run("search", "parkir mobil di mana?", "--json"))["hits"]
    ours = system.client.post("/api/search", json={"query": "parkir mobil di mana?", "limit": 5}).json()["hits"]
    assert "12 mobil" in ours[0]["text"]
    assert [hit["score"] for hit in hits] == pytest.approx([hit["score"] for hit in ours], abs=1e-5)
    assert "4 passages" in run("reindex")
    assert "12 mobil" in texts_found(system, "parkir mobil di mana?")[0]
    assert len(server.engine.get_collections().collections) == 1
