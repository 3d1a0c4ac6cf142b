"""A website that is handed in answers questions with the addresses of its pages, and is followed from then on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lines.system import ALICE, System, started, wait_until
from tests.unit.knowledge.small_site import Site, small_site


@pytest.fixture
def site() -> Iterator[Site]:
    with small_site() as running:
        running.put("/", "Selamat datang di Toko Maju.", "Toko Maju", "/parkir /garansi")
        running.html("/parkir", "<title>Parkir</title><h1>Parkir</h1><p>Parkir mobil gratis untuk 12 mobil.</p>")
        running.html("/garansi", "<title>Garansi</title><h1>Garansi</h1><p>Garansi mesin kopi 18 bulan.</p>")
        yield running


@pytest.fixture
def system(data_dir: Path, site: Site) -> Iterator[System]:
    with started(data_dir, BALAS_INTRANET_HOSTS=site.host) as running:
        yield running


def until_read(system: System, website_id: int) -> dict[str, Any]:
    """The round is over and its documents are indexed."""

    def read() -> dict[str, Any] | None:
        website: dict[str, Any] = system.client.get(f"/api/websites/{website_id}").raise_for_status().json()
        listed = system.client.get("/api/documents?limit=200").json()["items"]
        over = website["status"] in {"crawled", "failed"}
        return website if over and all(one["status"] == "indexed" for one in listed) else None

    return wait_until(read, 60)


def ask(system: System, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = system.client.post("/api/ask", json={"question": question}).raise_for_status().json()
    return answer


def test_from_an_address_to_answers_and_back(system: System, site: Site) -> None:
    accepted = system.client.post("/api/websites", json={"url": site.url})
    assert accepted.status_code == 202, accepted.text
    website = until_read(system, accepted.json()["id"])
    assert (website["status"], website["pages"]["read"]) == ("crawled", 3)
    assert ask(system, "Apakah parkir mobil gratis?")["sources"][0]["url"] == f"{site.url}/parkir"
    system.says(ALICE, "Berapa lama garansi mesin kopi?")
    reply = system.wait_for_replies(ALICE)[0]
    assert "18 bulan" in reply
    assert f"Garansi ({site.url}/garansi)" in reply

    site.fails("/garansi", 410)
    site.html("/parkir", "<title>Parkir</title><h1>Parkir</h1><p>Parkir mobil Rp 7.000 per jam.</p>")
    system.client.post(f"/api/websites/{website['id']}/sync").raise_for_status()
    wait_until(lambda: True if until_read(system, website["id"])["pages"]["gone"] == 1 else None)
    assert "7.000" in ask(system, "Apakah parkir mobil gratis?")["answer"]
    hits = system.client.post("/api/search", json={"query": "garansi mesin kopi"}).json()["hits"]
    assert not any("18 bulan" in hit["text"] for hit in hits)

    assert system.client.delete(f"/api/websites/{website['id']}").status_code == 202
    wait_until(lambda: system.client.get(f"/api/websites/{website['id']}").status_code == 404 or None)
    names = [one["name"] for one in system.client.get("/api/documents?limit=200").json()["items"]]
    assert len(names) == 3  # those of the shop
    assert not any(site.url in name for name in names)


def test_the_command_reads_a_website_within_its_limits(data_dir: Path, site: Site, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BALAS_")}
    environment |= {"BALAS_DATA_DIR": str(data_dir), "BALAS_INTRANET_HOSTS": site.host}

    def balas(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "balas", "ingest", "--crawl", *arguments]
        return subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=90
        )

    done = balas("--json", "--pages", "2", "--every-hours", "0", site.url, "http://127.0.0.1:1/")
    assert done.returncode == 1
    assert "balas: http://127.0.0.1:1/: " in done.stderr
    printed = json.loads(done.stdout)
    assert [document["status"] for document in printed["documents"]] == ["indexed", "indexed"]
    assert [(one["status"], one["pages"]["read"]) for one in printed["websites"]] == [("crawled", 2), ("failed", 0)]
    again = balas(site.url)
    assert again.returncode == 0, again.stderr
    assert "3 documents indexed, 2 of them unchanged" in again.stdout
    assert f"{site.url}/: 3 read" in again.stdout
