"""`balas ingest`, with the real model: what is handed in again, and under which key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from balas.cli import app


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ingest(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, ["ingest", "--json", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    documents: list[dict[str, Any]] = json.loads(done.stdout)["documents"]
    return documents


def found(query: str, audience: str = "public") -> list[str]:
    done = CliRunner().invoke(app, ["search", query, "--json", "--audience", audience], catch_exceptions=False)
    return [hit["text"] for hit in json.loads(done.stdout)["hits"]]


def test_a_file_for_few_stays_so(here: Path) -> None:
    wages = here / "wages.txt"
    for words, arguments in (("Ani earns 7.", ("--audience", "staff")), ("Ani earns 8.", ())):
        wages.write_text(words)
        ingest("wages.txt", *arguments)
        assert (found("Ani"), found("Ani", "staff")) == ([], [words])
    ingest("wages.txt", "--audience", "public")
    assert found("Ani") == ["Ani earns 8."]


def test_two_files_of_one_name(here: Path) -> None:
    for name in "ab":
        (here / name).mkdir()
        (here / name / "README.md").write_text(f"Ani tells of {name}.")
    assert len({document["id"] for document in ingest("a/README.md", "b/README.md")}) == 2
    assert sorted(found("Ani")) == ["Ani tells of a.", "Ani tells of b."]
