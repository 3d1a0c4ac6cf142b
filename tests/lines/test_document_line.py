"""A file that is handed in answers questions a moment later, over real HTTP and from other processes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from balas.knowledge.files import MAX_BYTES
from balas.samples import sample_files
from tests.lines.system import ALICE, System, wait_until


def hand_in(system: System, name: str, content: bytes) -> dict[str, Any]:
    answer = system.client.post("/api/documents", files={"file": (name, content)})
    assert answer.status_code == 202, answer.text
    document: dict[str, Any] = answer.json()
    return document


def until_settled(system: System, document_id: int) -> dict[str, Any]:
    def settled() -> dict[str, Any] | None:
        document: dict[str, Any] = system.client.get(f"/api/documents/{document_id}").raise_for_status().json()
        return document if document["status"] in {"indexed", "failed"} else None

    return wait_until(settled, 60)


def texts_found(system: System, query: str) -> list[str]:
    answer = system.client.post("/api/search", json={"query": query, "limit": 5}).raise_for_status().json()
    return [hit["text"] for hit in answer["hits"]]


def test_the_running_product_compares_centred_vectors(system: System) -> None:
    """e5's own cosines all lie above 0.7: an index that took its model for another would not centre them."""
    document = hand_in(system, "parkir.md", b"# Parkir\n\nParkir mobil gratis di belakang toko untuk 12 mobil.")
    until_settled(system, document["id"])
    found = system.client.post("/api/search", json={"query": "what is the weather like?", "limit": 5}).json()
    assert all(hit["dense"] < 0.6 for hit in found["hits"])


def test_from_upload_to_answer_to_deletion(system: System) -> None:
    document = hand_in(system, "parkir.md", b"# Parkir\n\nParkir mobil gratis di belakang toko untuk 12 mobil.")
    assert until_settled(system, document["id"])["chunks"] == 1
    assert "12 mobil" in texts_found(system, "parkir mobil di mana?")[0]
    asked = {"question": "Apakah parkir mobil gratis?"}
    answer = system.client.post("/api/ask", json=asked).raise_for_status().json()
    assert not answer["abstained"]
    assert answer["sources"][0]["document_id"] == document["id"]
    system.says(ALICE, "Apakah parkir mobil gratis?")
    assert "12 mobil" in system.wait_for_replies(ALICE)[0]

    newer = hand_in(system, "parkir.md", b"# Parkir\n\nParkir mobil Rp 5.000 per jam di belakang toko.")
    assert newer["id"] == document["id"]
    until_settled(system, document["id"])
    found = texts_found(system, "parkir mobil di mana?")
    assert "Rp 5.000 per jam" in found[0]
    assert not any("12 mobil" in text for text in found)

    assert system.client.delete(f"/api/documents/{document['id']}").status_code == 204
    assert not any("5.000 per jam" in text for text in texts_found(system, "parkir mobil di mana?"))


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.name)
def test_every_sample_is_read(system: System, path: Path) -> None:
    document = hand_in(system, path.name, path.read_bytes())
    settled = until_settled(system, document["id"])
    assert (settled["status"], settled["error"]) == ("indexed", None)
    assert settled["chunks"] >= 1
    passages = system.client.get(f"/api/documents/{document['id']}/chunks").json()["items"]
    assert [passage["position"] for passage in passages] == list(range(settled["chunks"]))


def test_a_file_that_can_not_be_read_fails_with_a_reason(system: System) -> None:
    document = hand_in(system, "broken.pdf", b"%PDF-1.7\nnothing that a reader could use")
    settled = until_settled(system, document["id"])
    assert settled["status"] == "failed"
    assert settled["error"]


def test_the_lines_of_a_file_are_all_indexed(system: System) -> None:
    lines = [
        {"_id": str(n), "title": f"Produk {n}", "text": f"Produk nomor {n} berharga Rp {n}.000."} for n in range(90)
    ]
    first = hand_in(system, "produk.jsonl", "\n".join(json.dumps(line) for line in lines).encode())
    assert first["documents"] == 90

    def all_indexed() -> bool | None:
        open_ones = [
            system.client.get(f"/api/documents?status={status}").json()["items"] for status in ("received", "indexing")
        ]
        return None if any(open_ones) else True

    wait_until(all_indexed, 60)
    assert texts_found(system, "berapa harga produk nomor 77?")[0] == "Produk nomor 77 berharga Rp 77.000."


def test_an_endless_upload_is_cut_off(system: System) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        while sent < 10 * MAX_BYTES:
            sent += 65536
            yield b"x" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with contextlib.suppress(httpx2.TransportError):  # closed while we still wrote, before the answer could be read
        assert system.client.post("/api/documents", content=endless(), headers=headers).status_code == 413
    assert sent < 2 * MAX_BYTES
    assert system.client.get("/api/documents?q=a.txt").json()["items"] == []


def balas(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BALAS_")}
    environment |= {"BALAS_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "balas", *arguments]
    return subprocess.run(
        command, env=environment, cwd=data_dir, capture_output=True, text=True, check=False, timeout=90
    )


def test_the_commands_beside_a_running_process(system: System, data_dir: Path, tmp_path: Path) -> None:
    """SQL is the truth: what `balas ingest` indexes in its own process, the running one finds with its next search."""
    folder = tmp_path / "docs"
    (folder / "more").mkdir(parents=True)
    (folder / "parkir.md").write_text("# Parkir\n\nParkir gratis untuk 12 mobil di belakang toko.", encoding="utf-8")
    (folder / "more" / "parkir.md").write_text("# Motor\n\nMotor parkir di depan toko, gratis.", encoding="utf-8")
    (folder / "program.exe").write_bytes(b"MZ\x90\x00")
    done = balas(data_dir, "ingest", "--json", str(folder))
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert [document["status"] for document in printed["documents"]] == ["indexed", "indexed"]
    assert [skipped["name"] for skipped in printed["skipped"]] == ["docs/program.exe"]
    found = texts_found(system, "di mana parkir mobil dan motor?")
    assert any("12 mobil" in text for text in found)
    assert any("Motor parkir" in text for text in found)

    again = json.loads(balas(data_dir, "ingest", "--json", str(folder)).stdout)
    assert [document["unchanged"] for document in again["documents"]] == [True, True]

    searched = json.loads(balas(data_dir, "search", "--json", "parkir mobil").stdout)
    assert set(searched["hits"][0]) >= {"document_id", "title", "page", "text", "score", "dense", "words", "characters"}
    asked = json.loads(balas(data_dir, "ask", "--json", "Apakah parkir mobil gratis?").stdout)
    assert set(asked) == {"answer", "abstained", "sources", "trace"}
    assert "12 mobil" in asked["answer"]


def test_what_could_not_be_ingested_is_said(data_dir: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.exe"
    program.write_bytes(b"MZ\x90\x00")
    done = balas(data_dir, "ingest", str(program), str(tmp_path / "nothing"), "http://127.0.0.1/page")
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("balas: ")]
    assert len(errors) == 3
    assert all(reason in done.stderr for reason in ("a Windows program", "no such file", "private or reserved"))
