"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "balas").rglob("*.py"))
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 50
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager)($|_)|^(handle|do)_")
# httpx and RQ name them
CALLED_BY_LIBRARIES = {"handle_request", "handle_job_success", "handle_job_failure", "handle_execution_ended"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_only_session_commits() -> None:
    """One place ends transactions; Alembic's own commit of a migration is the other."""
    found = {
        relative(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == "commit" or ast.unparse(node.func) in {"session.begin", "engine.begin"})
    }
    assert found <= {"balas/database/session.py", "balas/database/schema.py"}


def test_truth_is_asked_so_that_mysql_can_use_an_index() -> None:
    """`column IS true` looks at every row of the table; `column = true` does not."""
    asked = re.compile(r"\.is_(not)?\((True|False|true\(\)|false\(\))\)")
    assert not [relative(path) for path in SOURCES if asked.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_files_and_functions_are_short(path: Path) -> None:
    if "migrations/versions" in relative(path):
        pytest.skip("a migration is written once and read as a whole")
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_FILE_LINES
    long = [f"{f.name}: {_length(f)}" for f in functions(path) if _length(f) > MAX_FUNCTION_LINES]
    assert not long


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_names_say_what_things_are() -> None:
    bad = [relative(path) for path in SOURCES if BANNED_NAMES.search(path.stem)]
    bad += [
        f"{relative(path)}: {f.name}"
        for path in SOURCES
        for f in functions(path)
        if BANNED_NAMES.search(f.name) and f.name not in CALLED_BY_LIBRARIES
    ]
    assert not bad


def test_broad_excepts_are_explained() -> None:
    """`except Exception` stands at an edge of a process or thread; where it does not log, its line says why."""
    unexplained = []
    for path in SOURCES:
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            assert node.type is not None, f"bare except in {relative(path)}:{node.lineno}"
            if {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} & {"Exception", "BaseException"}:
                body = "".join(ast.unparse(statement) for statement in node.body)
                reason = re.search(r"noqa: BLE001\W+(.+)", lines[node.lineno - 1])
                if not (re.search(r"log\.exception|raise", body) or (reason and len(reason[1]) > 10)):
                    unexplained.append(f"{relative(path)}:{node.lineno}")
    assert not unexplained


def test_import_does_nothing() -> None:
    """No client, engine, model or file is opened at module level."""
    calls = []
    allowed = {
        "frozenset", "TypeVar", "ContextVar", "APIRouter", "logger", "timedelta", "re.compile", "HTTPBearer",
        "APIKeyHeader", "Path", "Annotated", "Typer", "typer.Typer",
    }  # fmt: skip
    opening = {"open", "create_engine", "Session", "Client", "AsyncClient", "Redis", "InferenceSession", "read_text"}
    for path in SOURCES:
        for node in tree(path).body:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) and node.value is not None:
                for call in ast.walk(node.value):
                    if isinstance(call, ast.Call):
                        name = ast.unparse(call.func)
                        if name not in allowed and name.split(".")[-1] in opening:
                            calls.append(f"{relative(path)}:{call.lineno} {name}")
    assert not calls


def test_no_path_of_somebodys_machine_is_named() -> None:
    """A repository is read elsewhere: what lies beside its checkout, or in a home folder, is nobody else's."""
    elsewhere = re.compile(r"\.\./shared|(?<![\w./:-])/(?:work|home|root|Users)/\w")
    paths = [*SOURCES, *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
    assert not [relative(path) for path in paths if elsewhere.search(path.read_text(encoding="utf-8"))]
