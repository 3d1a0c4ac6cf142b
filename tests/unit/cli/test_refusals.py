"""What cannot be done is told in one line, with the exit code of its kind."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from balas.__main__ import main
from balas.errors import Transient
from balas.security.data_folder import writing

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def balas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """The command as the shell starts it: its exit code, what it printed, what it complained about."""
    before = os.umask(0o022)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["balas", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capfd.readouterr()

    yield run
    os.umask(before)


class InterruptedImport:
    """Ctrl+C while the commands are loaded."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "balas.cli":
            raise KeyboardInterrupt


def test_an_interrupt_while_it_loads_ends_it_quietly(balas: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "balas.cli", raising=False)
    monkeypatch.setattr(sys, "meta_path", [InterruptedImport, *sys.meta_path])
    assert balas("--help") == (130, "", "")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def small_set(folder: Path) -> None:
    folder.mkdir()
    (folder / "corpus.jsonl").write_text('{"_id": "a", "text": "We open at nine."}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "When do you open?"}\n')


def test_a_run_file_that_cannot_be_written_is_refused_before_the_evaluation(balas: Run, tmp_path: Path) -> None:
    small_set(tmp_path / "set")
    # Nothing of the set is indexed: the model would have to be built in this cache first.
    code, said, complaint = balas("eval", "set", "--run", "/nonexist/x.jsonl", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert (code, said) == (1, "")
    assert complaint == "balas: /nonexist/x.jsonl: No such file or directory\n"
    assert not (tmp_path / "cache").exists()


def test_a_set_that_is_no_text(balas: Run, tmp_path: Path) -> None:
    small_set(tmp_path / "set")
    (tmp_path / "set" / "corpus.jsonl").write_bytes(b"\xff\xfe\x00")
    code, _, complaint = balas("eval", "set")
    assert (code, complaint) == (1, "balas: set/corpus.jsonl is not UTF-8 text.\n")


def test_a_set_without_any_text(balas: Run, tmp_path: Path) -> None:
    small_set(tmp_path / "set")
    (tmp_path / "set" / "corpus.jsonl").write_text('{"_id": "a", "text": " "}\n')
    code, said, complaint = balas("eval", "set")
    assert (code, said) == (1, "")
    assert complaint == "balas: set holds no document with a text, or no queries.\n"


TOO_BIG = ("9223372036854775808", "99999999999999999999", "9" * 5000)


@pytest.mark.parametrize("number", TOO_BIG, ids=len)
def test_an_id_that_no_row_can_have(balas: Run, number: str) -> None:
    for command in (["trace", number], ["golden", "approve", number]):
        code, said, complaint = balas(*command)
        assert (code, said) == (2, "")
        assert "Traceback" not in complaint
    for command in (["rollback", number], ["golden", "draft", "--document", number]):
        code, said, complaint = balas(*command)
        assert (code, said, complaint) == (1, "", f"balas: No document is called {number}.\n")


@pytest.mark.parametrize("document", ["5", "[]", "true"])
def test_a_golden_question_whose_document_is_no_name(balas: Run, tmp_path: Path, document: str) -> None:
    (tmp_path / "golden.jsonl").write_text(f'{{"question": "When?", "expected": "Nine.", "document": {document}}}\n')
    code, _, complaint = balas("golden", "import", "golden.jsonl")
    assert (code, complaint) == (1, "balas: Line 1 is not a golden question: document must be a name.\n")


def test_a_mistake_of_ours_is_one_line_and_a_traceback_at_debug_alone(
    balas: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken() -> None:
        raise TypeError("what somebody wrote")

    monkeypatch.setattr("balas.cli.app", mistaken)
    code, said, complaint = balas("up")
    assert (code, said, complaint.count("\n")) == (1, "", 1)
    assert complaint.startswith("balas: an unexpected TypeError")
    assert "what somebody wrote" not in complaint
    code, _, complaint = balas("up", LOG_LEVEL="DEBUG")
    assert code == 1
    assert "Traceback" in complaint
    assert complaint.splitlines()[-1].startswith("balas: an unexpected TypeError")


def test_golden_questions_to_nowhere_and_from_no_text(balas: Run, tmp_path: Path) -> None:
    code, _, complaint = balas("golden", "export", "/nonexist/x")
    assert (code, complaint) == (1, "balas: /nonexist/x: No such file or directory\n")
    (tmp_path / "golden.jsonl").write_bytes(b"\xff\xfe\x00")
    code, _, complaint = balas("golden", "import", "golden.jsonl")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "not UTF-8" in complaint


@pytest.mark.parametrize(
    "command", [("up",), ("serve",), ("search", "hi"), ("ask", "hi"), ("migrate",), ("golden", "list"), ("reindex",)]
)
def test_a_data_folder_that_cannot_be_made(balas: Run, command: tuple[str, ...]) -> None:
    code, said, complaint = balas(*command, BALAS_DATA_DIR="/proc/x", BALAS_PORT="1")
    assert (code, said, complaint.count("\n")) == (78, "", 1)
    assert complaint.startswith("balas: BALAS_DATA_DIR: /proc/x cannot be made or written")


def test_a_file_where_the_data_folder_should_be(balas: Run, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    code, _, complaint = balas("search", "hi")
    assert code == 78
    assert complaint.splitlines()[-1].startswith("balas: BALAS_DATA_DIR:")


def test_a_database_file_in_no_folder(balas: Run) -> None:
    code, _, complaint = balas("golden", "list", DATABASE_URL="sqlite:////nonexist/x.db")
    assert (code, complaint.count("\n")) == (78, 1)
    assert complaint.startswith("balas: DATABASE_URL: /nonexist cannot be written")


def test_a_database_file_that_is_none(balas: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "balas.sqlite3").write_text("these are no tables")
    code, _, complaint = balas("golden", "list")
    assert (code, complaint) == (1, "balas: the database did not answer: DatabaseError file is not a database\n")


def test_what_is_made_is_for_its_user_alone(balas: Run, tmp_path: Path) -> None:
    assert balas("golden", "list")[0] == 0
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert {"data", "balas.sqlite3", "api_key"} <= {path.name for path in made}
    assert [path.name for path in made if path.stat().st_mode & 0o077] == []


def test_a_folder_that_is_there_keeps_its_rights(balas: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o750)
    assert balas("migrate")[0] == 0
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o750


def test_a_revision_that_is_none(balas: Run, tmp_path: Path) -> None:
    for revision in ("nonsense", "", "heads"):
        code, _, complaint = balas("migrate", revision)
        assert code == 2
        assert "no such revision" in complaint
        assert "Traceback" not in complaint
    assert not (tmp_path / "data").exists()


def test_a_revision_that_lies_ahead(balas: Run) -> None:
    assert balas("migrate")[0] == 0
    assert balas("migrate", "0001")[0] == 0
    code, _, complaint = balas("migrate", "0002")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "does not go from its revision to 0002" in complaint


def test_an_engine_that_is_none(balas: Run) -> None:
    code, said, complaint = balas("simulate", "--engine", "FOO")
    assert (code, said) == (2, "")
    assert all(engine in complaint.upper() for engine in ("NOWEB", "GOWS", "WEBJS"))


def test_a_port_that_is_taken(balas: Run, taken_port: int, tmp_path: Path) -> None:
    code, said, complaint = balas("simulate", "--port", str(taken_port))
    assert (code, said, complaint.count("\n")) == (1, "", 1)
    assert "choose another with --port" in complaint
    for command in ("up", "serve"):
        code, said, complaint = balas(command, BALAS_PORT=str(taken_port))
        assert (code, said, complaint.count("\n")) == (1, "", 1)
        assert "BALAS_PORT" in complaint
    assert not (tmp_path / "data" / "secrets").exists()  # they are shown once: only where somebody sees them


@pytest.mark.parametrize(
    ("command", "named", "said"),
    [
        (("ask", ""), "question", "may not be empty"),
        (("search", ""), "query", "may not be empty"),
        (("search", "x", "--audience", "a b"), "--audience", "letters, digits"),
        (("ask", "x", "--audience", ""), "--audience", "letters, digits"),
        (("ingest", "x", "--audience", "a b"), "--audience", "letters, digits"),
        (("golden", "add", "x", "--must-abstain", "--audience", "a b"), "--audience", "letters, digits"),
    ],
)
def test_an_argument_that_is_refused_is_named(balas: Run, command: tuple[str, ...], named: str, said: str) -> None:
    code, _, complaint = balas(*command)
    assert code == 2
    assert f"'{named}'" in complaint
    assert said in complaint
    assert "String should" not in complaint


def test_a_full_disk_is_no_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="is full: make room"), writing(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
