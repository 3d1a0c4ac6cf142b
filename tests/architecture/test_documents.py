"""What the documents say holds: settings, commands, paths, metrics, reasons, layers, figures."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI
from pydantic_core import PydanticUndefined

from balas import __version__
from balas.api.openapi_docs import configure_openapi
from balas.api.routers import ROUTERS
from balas.api.webhook import add_webhook
from balas.cli import app as commands
from balas.conversations import inbox
from balas.jobs import send_to_waha, sweep
from balas.knowledge.files import MAX_BYTES, FileType
from balas.rag.talk.phrases import languages
from balas.settings import SECRET_NAMES, Settings
from balas.telemetry import Metrics
from tests.architecture.pages import DOCUMENTS, FENCE, INLINE, ROOT, code_in, named, rows, section, text_of

# ---- settings ----------------------------------------------------------------------------------------------------


def shown(default: Any) -> str:
    """A default as docs/settings.md writes it."""
    if default is None:
        return "not set"
    value = default.value if isinstance(default, Enum) else default
    return f"`{value}`" if str(value) else "empty"


def test_every_setting_is_documented_with_its_default() -> None:
    wanted = {}
    for name, field in Settings.model_fields.items():
        assert field.default is not PydanticUndefined
        wanted[f"`{name.upper()}`" + (" *" if name.upper() in SECRET_NAMES else "")] = shown(field.default)
    found = {row[0]: row[1] for row in rows(text_of("docs/settings.md")) if re.fullmatch(r"`[A-Z_]+`( \*)?", row[0])}
    assert found == wanted


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_settings_that_are_named_exist(document: Path) -> None:
    known = {name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in SECRET_NAMES}
    mentioned = set(re.findall(r"\bBALAS_[A-Z_]*[A-Z]\b", document.read_text(encoding="utf-8")))
    assert not mentioned - known


def test_the_ten_settings_of_the_readme_exist() -> None:
    table = section(text_of("README.md"), "## Settings")
    found = [row[0].strip("`") for row in rows(table) if row[0].startswith("`")]
    assert len(found) == 10
    assert set(found) <= {name.upper() for name in Settings.model_fields}


# ---- formats -------------------------------------------------------------------------------------------------------


def test_every_format_that_is_read_is_documented() -> None:
    listed = " ".join(row[0] for row in rows(text_of("docs/documents.md")))
    assert [kind for kind in FileType if kind is not FileType.PAGE and f"`.{kind}`" not in listed] == []


# ---- commands ----------------------------------------------------------------------------------------------------


def command_names() -> set[str]:
    return set(_group().commands)


def _group() -> Any:
    """As click sees it; typer brings a click of its own, whose types are not click's."""
    return typer.main.get_command(commands)


def test_every_command_is_documented() -> None:
    found = re.findall(r"^## `balas ([a-z]+)`$", text_of("docs/commands.md"), re.MULTILINE)
    assert sorted(found) == sorted(command_names())


@pytest.mark.parametrize("name", sorted(command_names()))
def test_options_of_a_command_are_documented(name: str) -> None:
    described = section(text_of("docs/commands.md"), f"## `balas {name}`")
    wanted = {}
    for parameter in _group().commands[name].params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            plain = parameter.default if isinstance(parameter.default, int | str) else None
            wanted[parameter.opts[0]] = "" if parameter.is_flag or plain is None else str(plain)
    found = {row[0].strip("`"): row[1].strip("`") for row in rows(described) if row[0].startswith("`--")}
    assert found.keys() == wanted.keys()
    assert {option: found[option] for option, default in wanted.items() if default} == {
        option: default for option, default in wanted.items() if default
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_commands_that_are_named_exist(document: Path) -> None:
    code = code_in(document.read_text(encoding="utf-8"))
    mentioned = set(re.findall(r"(?:^|[\s/])balas ([a-z]+)\b", code, re.MULTILINE))
    assert not mentioned - command_names()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_make_targets_that_are_named_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    mentioned = set(re.findall(r"\bmake ([a-z]+)\b", code_in(document.read_text(encoding="utf-8"))))
    assert not mentioned - targets


def test_the_readme_begins_with_two_commands() -> None:
    first = next(match for match in FENCE.finditer(text_of("README.md")) if match[1] == "sh")
    assert [line.partition("#")[0].strip() for line in first[2].splitlines()] == ["make run", "make test"]


# ---- API, metrics, reasons ---------------------------------------------------------------------------------------


def test_every_path_of_the_api_is_documented() -> None:
    app = FastAPI(title="Balas", version=__version__, docs_url=None, redoc_url=None)
    add_webhook(app)
    for router in ROUTERS:
        app.include_router(router)
    configure_openapi(app)
    wanted = {(method.upper(), path) for path, operations in app.openapi()["paths"].items() for method in operations}
    found = [(row[0], row[1].strip("`")) for row in rows(text_of("docs/api.md")) if row[1].startswith("`/")]
    assert len(found) == len(set(found))
    assert set(found) == wanted


def test_every_metric_is_documented() -> None:
    families = Metrics().registry.collect()
    wanted = {family.name + ("_total" if family.type == "counter" else "") for family in families}
    table = section(text_of("docs/operations.md"), "### Metrics")
    found = {re.sub(r"\{.*\}", "", row[0].strip("`")) for row in rows(table) if row[0].startswith("`balas_")}
    assert found == wanted


def test_every_reason_to_ignore_is_documented() -> None:
    wanted = set(_verdicts(text_of("balas/conversations/policy.py")))
    for path in (ROOT / "balas").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        wanted |= set(re.findall(r'InboxState\.IGNORED, (?:"reason": )?"(\w+)"|name_reason\(.*"(\w+)"\)', source))
    flat = {reason for one in wanted for reason in ([one] if isinstance(one, str) else one) if reason}
    table = section(text_of("docs/operations.md"), "## Why a message is ignored")
    found = {row[0].strip("`") for row in rows(table) if row[0].startswith("`")}
    assert found == flat


def _verdicts(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Verdict" and len(node.args) > 1:
            reason = node.args[1]
            choices = [reason.body, reason.orelse] if isinstance(reason, ast.IfExp) else [reason]
            yield from (one.value for one in choices if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_reason_to_die_is_documented() -> None:
    wanted = {sweep.NEVER_SENT, sweep.NOT_ANSWERED, send_to_waha.UNKNOWN, inbox.FAILED}
    for path in (ROOT / "balas" / "waha").rglob("*.py"):
        wanted |= set(re.findall(r'UnusableEvent\("([^"]+)"', path.read_text(encoding="utf-8")))
    table = section(text_of("docs/operations.md"), "## Dead letters")
    found = {reason for row in rows(table) for reason in INLINE.findall(row[0])}
    assert found == wanted


# ---- structure ---------------------------------------------------------------------------------------------------


def test_the_layers_are_those_that_are_enforced() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    rule = next(one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    wanted = [re.sub(r"[()]", "", layer) for layer in rule["layers"] if layer != "__main__"]
    drawn = next(FENCE.finditer(section(text_of("docs/architecture.md"), "## Layers")))[2].split("\n")
    assert [line for line in drawn if line] == wanted


def test_every_table_is_named() -> None:
    rows_section = section(text_of("docs/architecture.md"), "## Rows")
    wanted = set()
    for path in (ROOT / "balas" / "models").glob("*.py"):
        wanted |= set(re.findall(r'__tablename__ = "(\w+)"', path.read_text(encoding="utf-8")))
    assert wanted
    assert {table for table in wanted if not re.search(rf"\b{table}\b", rows_section)} == set()


CODE_MAP = re.split(r"^## ", text_of("docs/code-map.md"), flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("part", CODE_MAP, ids=lambda part: part.partition("\n")[0].strip("`"))
def test_the_code_map_names_the_modules_that_there_are(part: str) -> None:
    title, _, table = part.partition("\n")
    package = ROOT / title.strip("`")
    there = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    mapped = [name for _, modules in rows(table) for name in re.findall(r"`(\w+)`", modules)]
    assert len(mapped) == len(set(mapped))
    assert set(mapped) == there - {"__init__", "__main__"}


def test_figures_that_are_named_hold() -> None:
    spoken = f"{len(languages())} languages"
    assert spoken in text_of("README.md")
    assert spoken in text_of("docs/glossary.md")
    assert f"{MAX_BYTES // 1024 // 1024} MiB a file" in text_of("QUICKSTART.md").replace("\n", " ")


def test_the_changelog_knows_this_version() -> None:
    assert __version__ in text_of("CHANGELOG.md")
