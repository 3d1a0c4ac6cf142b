"""A backup taken while Balas runs, as docs/operations.md says, brings everything back; the index is derived anew."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.lines.system import ALICE, BOB, System, started, wait_until
from tests.services import find

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


def documented(start: str) -> str:
    """The documented command that begins so."""
    return next(line for line in OPERATIONS.read_text(encoding="utf-8").splitlines() if line.startswith(start))


def live(system: System) -> None:
    system.says(ALICE, "Ongkos kirim ke Jakarta berapa?")
    assert "12.000" in system.wait_for_replies(ALICE)[0]
    system.wait_until_settled()


def assert_all_is_back(system: System) -> None:
    """People, texts, documents; nothing is answered again; and what is asked now is found."""
    items = system.client.get("/api/messages").json()["items"]
    assert [item["role"] for item in items] == ["assistant", "user"]
    assert system.replies(ALICE) == []
    documents = system.client.get("/api/documents").json()["items"]
    assert {document["status"] for document in documents} == {"indexed"}
    system.says(BOB, "Ongkos kirim ke Jakarta berapa?")
    assert "12.000" in system.wait_for_replies(BOB)[0]
    books = system.wait_until_settled()
    assert (books["answered"], books["dead"], books["open"]) == (2, 0, 0)


def test_sqlite_is_restored_from_the_documented_backup(data_dir: Path, tmp_path: Path) -> None:
    command = documented(".venv/bin/python -c")
    with started(data_dir) as system:
        live(system)
        # Taken while it runs, with changes that are only in the file beside it.
        code = shlex.split(command)[2].replace("data/balas.sqlite3", str(data_dir / "balas.sqlite3"))
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
        system.says(BOB, "Jam buka?")
        system.wait_for_replies(BOB)
    restored = tmp_path / "restored"
    restored.mkdir()
    (tmp_path / "balas-backup.sqlite3").rename(restored / "balas.sqlite3")
    with started(restored) as system:
        assert_all_is_back(system)


@pytest.mark.mysql
def test_mysql_is_restored_from_the_documented_dump(data_dir: Path, tmp_path: Path, empty_mysql_url: str) -> None:
    dump, client = find("mariadb-dump") or find("mysqldump"), find("mariadb") or find("mysql")
    if dump is None or client is None:
        pytest.skip("mysqldump is not installed: the backup of MySQL was NOT tried")
    url = make_url(empty_mysql_url)
    address = [f"--host={url.host}", f"--port={url.port}", f"--user={url.username}", "--protocol=tcp"]
    options = re.findall(r"--[\w=-]+", documented("mysqldump"))
    database_url = empty_mysql_url.replace("mysql+pymysql://", "mysql://")
    with started(tmp_path / "first", DATABASE_URL=database_url) as system:
        for title, text in (("Pengiriman", "Ongkos kirim ke Jakarta Rp 12.000 per kilogram."),):
            system.client.post("/api/documents", json={"title": title, "text": text}).raise_for_status()
        wait_until_indexed(system)
        live(system)
        kept = subprocess.run([dump, *address, *options, str(url.database)], check=True, capture_output=True).stdout
        system.says(BOB, "Jam buka?")
        system.wait_for_replies(BOB)
    empty = f"DROP DATABASE {url.database}; CREATE DATABASE {url.database} CHARACTER SET utf8mb4".encode()
    subprocess.run([client, *address], input=empty, check=True)
    subprocess.run([client, *address, "--default-character-set=utf8mb4", str(url.database)], input=kept, check=True)
    with started(tmp_path / "second", DATABASE_URL=database_url) as system:
        assert_all_is_back(system)


def wait_until_indexed(system: System) -> None:
    def indexed() -> bool | None:
        items = system.client.get("/api/documents").json()["items"]
        return True if items and all(item["status"] == "indexed" for item in items) else None

    wait_until(indexed, 60)
