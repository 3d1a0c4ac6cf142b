"""`balas key`: given out, listed and revoked at the command line, and what the server then says to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from balas.access import Scope, allows, find
from balas.bootstrap import open_runtime
from balas.cli import app
from balas.database.session import reading
from balas.settings import load_settings

runner = CliRunner()


def balas(*arguments: str) -> str:
    done = runner.invoke(app, ["key", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BALAS_DATA_DIR", str(tmp_path / "data"))


def opens(key: str, scope: Scope) -> bool:
    with open_runtime(load_settings()) as runtime, reading(runtime.database) as session:
        row = find(session, [key.encode()])
        return row is not None and allows(row, scope)


def test_from_first_to_last() -> None:
    assert balas("list") == "No key was given out.\n"
    printed = balas("add", "the website", "--scope", "ask", "--scope", "figures", "--days", "90")
    key = printed.strip()  # alone on standard output, so that a script can take it
    assert opens(key, Scope.ASK)
    assert not opens(key, Scope.KNOWLEDGE_READ)
    listed = balas("list")
    assert "the website  [ask, figures]  until 20" in listed
    assert "never used" in listed
    assert key not in listed
    number = str(json.loads(balas("list", "--json"))[0]["id"])
    assert balas("revoke", number) == f"Key {number} is revoked.\n"
    assert not opens(key, Scope.ASK)
    assert "revoked 20" in balas("list")


def test_a_scope_that_there_is_not() -> None:
    for wrong in (["--scope", "everything"], ["--scope", "ask", "--days", "0"], []):
        done = runner.invoke(app, ["key", "add", "x", *wrong])
        assert done.exit_code == 2
        assert "--scope" in done.output or "--days" in done.output
