"""kill -9 while a document is read, embedded, switched and tidied: a search finds the old version or the new one."""

from __future__ import annotations

import random
import re
import threading
import time
from pathlib import Path

import httpx2
import pytest

from tests.chaos.cluster import Cluster, cluster
from tests.lines.system import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.long, pytest.mark.timeout(3_600)]

PASSAGES, KILLS = 60, 60
VERSION = re.compile(r"Versi(\d+)x")


def version(number: int) -> str:
    """Every passage holds the number of its version."""
    parts = (f"## Bagian {n}\n\nVersi{number}x: toko di kota nomor {n} buka pukul delapan.\n" for n in range(PASSAGES))
    return "# Toko\n\n" + "\n".join(parts)


class Watcher:
    """Searches again and again; which versions each search showed."""

    def __init__(self, running: Cluster) -> None:
        self.seen: list[set[str]] = []
        self._running, self._over = running, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._over.wait(0.05):
            try:
                self.seen.append(self.look())
            except httpx2.HTTPError:
                continue  # it is dead, or not up again yet

    def look(self) -> set[str]:
        key = {"X-API-Key": self._running.environment["BALAS_API_KEY"]}
        body = {"query": "Versi toko buka", "limit": 50}
        found = httpx2.post(f"{self._running.url}/api/search", json=body, headers=key, timeout=20).raise_for_status()
        return {told for hit in found.json()["hits"] for told in VERSION.findall(hit["text"])}  # of samples: none


def hand_in(running: Cluster, number: int) -> int:
    key = {"X-API-Key": running.environment["BALAS_API_KEY"], "Idempotency-Key": str(number)}
    body = {"title": "Toko", "text": version(number)}

    def taken() -> int | None:
        try:
            answer = httpx2.post(f"{running.url}/api/documents", json=body, headers=key, timeout=30)
        except httpx2.HTTPError:
            return None
        return int(answer.json()["id"]) if answer.status_code == 202 else None

    return wait_until(taken, 60)


def test_a_search_sees_one_version_whole(tmp_path: Path) -> None:
    dice = random.Random(6)
    with cluster(tmp_path) as running:
        running.start("up", "up")
        running.wait_until_ready()
        document_id = hand_in(running, 0)
        wait_until(lambda: running.get(f"/api/documents/{document_id}")["status"] == "indexed" or None, 60)
        with Watcher(running) as watcher:
            for number in range(1, KILLS + 1):
                assert hand_in(running, number) == document_id
                time.sleep(dice.uniform(0.0, 2.0))
                running.kill("up")
                running.start("up", "up")
                running.wait_until_ready()
            wait_until(lambda: running.get(f"/api/documents/{document_id}")["status"] == "indexed" or None, 60)
            assert watcher.look() == {str(KILLS)}
        mixed = [seen for seen in watcher.seen if len(seen) != 1]
        print(f"{KILLS} kills, {len(watcher.seen)} searches: {len(mixed)} saw a mix")  # noqa: T201 figures for docs/reliability.md, shown with -s
        assert mixed == []
        assert len(watcher.seen) > KILLS
