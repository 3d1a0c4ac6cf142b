"""Image and compose.yaml: pinned, without root or default secrets, and in step with the code."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from balas import __version__
from balas.errors import ConfigurationRefused
from balas.settings import SECRET_NAMES, Settings, load_settings

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "balas"
SETTINGS = frozenset(name.upper() for name in Settings.model_fields)
PLACE = frozenset({"BALAS_DATA_DIR", "BALAS_HOST", "BALAS_PORT"})  # fixed by the image
OURS = ("migrate", "app", "worker", "single")
# A tag that names one version, for people: a number with at least one point in it. The digest is what is pulled.
PINNED = re.compile(r"^[\w./-]+:[\w.-]*\d+\.\d+[\w.-]*@sha256:[0-9a-f]{64}$")
SECRETIVE = re.compile(r"PASSWORD|SECRET|TOKEN|_KEY$|_URL$")


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compose() -> Any:
    return read_yaml(ROOT / "compose.yaml")


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions: name and argument."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split()[0], line.split(maxsplit=1)[1].strip()) for line in lines if line.strip()]


def of(instructions: list[tuple[str, str]], name: str) -> list[str]:
    return [argument for found, argument in instructions if found == name]


# ---- the image ---------------------------------------------------------------------------------------------------


def test_the_base_is_pinned_and_the_same_in_both_stages(instructions: list[tuple[str, str]]) -> None:
    base = of(instructions, "ARG")[0].removeprefix("PYTHON_IMAGE=")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert [argument.split()[0] for argument in of(instructions, "FROM")] == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]


def test_the_image_runs_without_root_and_stops_on_a_signal(instructions: list[tuple[str, str]]) -> None:
    assert of(instructions, "USER") == ["10001:10001"]
    assert of(instructions, "STOPSIGNAL") == ["SIGTERM"]
    # Not through a shell, which would keep the signal to itself.
    assert json.loads(of(instructions, "ENTRYPOINT")[0]) == ["balas"]
    assert json.loads(of(instructions, "CMD")[0]) == ["up"]


def test_the_image_installs_what_is_locked(instructions: list[tuple[str, str]]) -> None:
    installs = [run for run in of(instructions, "RUN") if "pip install" in run]
    assert "--require-hashes -r requirements.lock" in installs[0]
    assert all("--no-deps" in run for run in installs[1:])


def test_the_image_holds_no_secret_and_tells_nobody(instructions: list[tuple[str, str]]) -> None:
    environment = " ".join(of(instructions, "ENV") + of(instructions, "ARG"))
    assert not [name for name in SECRET_NAMES if name in environment]
    assert of(instructions, "ENV")[-1].count("ORT_DISABLE_TELEMETRY=1") == 1
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[1] == "*"
    copied = {line[1:] for line in ignored if line.startswith("!")}
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "requirements.lock", "balas"}


def health_check(instructions: list[tuple[str, str]]) -> list[str]:
    command: list[str] = json.loads(of(instructions, "HEALTHCHECK")[0].partition("CMD ")[2])
    assert command[0] == "python"
    return [sys.executable, *command[1:]]


@pytest.mark.parametrize(("status", "well"), [(200, True), (503, False), (None, False)])
def test_the_health_check_asks_livez(instructions: list[tuple[str, str]], status: int | None, well: bool) -> None:
    asked = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status or 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    if status is None:
        server.server_close()
    else:
        thread.start()
    # A proxy of the environment must not be asked for what is in the container itself.
    environment = {"BALAS_PORT": str(server.server_port), "http_proxy": "http://127.0.0.1:9", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(health_check(instructions), env=environment, capture_output=True, check=False, timeout=20)
    if status is not None:
        server.shutdown()
        thread.join()
        server.server_close()
        assert asked == ["/livez"]
    assert (done.returncode == 0) == well


# ---- compose.yaml ------------------------------------------------------------------------------------------------


def test_every_service_is_hardened(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in service, name
        assert "privileged" not in service, name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name
        assert service["pids_limit"], name


def test_every_image_is_pinned(compose: Any) -> None:
    for name, service in compose["services"].items():
        if "build" in service:
            assert service["image"] == f"balas:{__version__}"
        else:
            assert PINNED.fullmatch(service["image"]), name


def test_every_service_is_checked_or_says_that_it_cannot_be(compose: Any) -> None:
    unchecked = {name for name, one in compose["services"].items() if one.get("healthcheck", {}).get("disable")}
    assert unchecked == {"migrate", "worker", "waha-volume"}
    foreign = {name: one for name, one in compose["services"].items() if "build" not in one}
    assert all(one["healthcheck"]["test"] for one in foreign.values())


def test_only_the_app_has_a_port_and_only_here(compose: Any) -> None:
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert published.keys() == {"app", "single"}
    for ports in published.values():
        assert ports == ["${PUBLISH_ADDRESS:-127.0.0.1}:${PUBLISH_PORT:-8000}:8000"]
    pairing = read_yaml(ROOT / "deploy" / "compose.pairing.yaml")["services"]
    assert pairing == {"waha": {"ports": ["127.0.0.1:3000:3000"]}}


def test_databases_are_reached_from_inside_alone(compose: Any) -> None:
    assert compose["networks"]["backend"] == {"internal": True}
    for name in ("mysql", "redis", "qdrant"):
        assert compose["services"][name]["networks"] == ["backend"]


def test_the_order_of_the_start(compose: Any) -> None:
    services = compose["services"]
    assert services["migrate"]["depends_on"] == {"mysql": {"condition": "service_healthy"}}
    for name in ("app", "worker"):
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "redis": {"condition": "service_healthy"},
        }
    assert all(services[name]["stop_grace_period"] == "30s" for name in OURS)
    assert {name for name, one in services.items() if "profiles" not in one} == {
        *("migrate", "app", "worker", "mysql", "redis"),
    }


@pytest.mark.parametrize("name", OURS)
def test_every_setting_can_be_given_and_no_other(compose: Any, name: str) -> None:
    environment = compose["services"][name]["environment"]
    given = {one.removesuffix("_FILE") if one.removesuffix("_FILE") in SECRET_NAMES else one for one in environment}
    assert given == SETTINGS


def test_no_secret_has_a_value_here(compose: Any) -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) == {"PUBLISH_ADDRESS", "PUBLISH_PORT"}
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.startswith("/run/secrets/"), (name, variable)
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
            elif SECRETIVE.search(variable) and variable != "WHATSAPP_HOOK_URL":
                assert value is None, (name, variable)


def test_secrets_are_files_that_are_made(compose: Any, tmp_path: Path) -> None:
    script = ROOT / "deploy" / "make_secrets.sh"
    folder = tmp_path / "secrets"
    subprocess.run(["sh", str(script), str(folder)], check=True, capture_output=True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    named = {f"secrets/{path.name}" for path in folder.iterdir() if not path.name.startswith(".")}
    wanted = {source["file"] for source in compose["secrets"].values()}
    wanted |= set(compose["services"]["waha"]["env_file"])
    assert wanted <= named
    made = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    random = [value for name, value in made.items() if re.fullmatch("[0-9a-f]{64}", value)]
    assert len(random) == len(set(random)) == 9
    again = subprocess.run(["sh", str(script), str(folder)], check=True, capture_output=True)
    assert again.stdout == b""
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == made


def test_the_settings_take_the_secrets_that_are_made(compose: Any, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    subprocess.run(["sh", str(ROOT / "deploy" / "make_secrets.sh"), str(folder)], check=True, capture_output=True)
    given = compose["services"]["app"]["environment"]
    environment = {
        name: str(value).replace("/run/secrets", str(folder)) for name, value in given.items() if value is not None
    }
    settings = load_settings(environment | {"WAHA_BASE_URL": "http://waha:3000"}, env_file=None)
    assert settings.sqlalchemy_url.startswith("mysql+pymysql://balas:")
    assert settings.sqlalchemy_url.endswith("@mysql:3306/balas")
    assert settings.redis_url is not None
    shared = [line for line in (folder / "waha.env").read_text(encoding="utf-8").splitlines() if "HMAC" in line]
    assert shared == [f"WHATSAPP_HOOK_HMAC_KEY={settings.hmac_keys[0].decode()}"]


# ---- .env.example ------------------------------------------------------------------------------------------------


def test_the_example_sets_nothing(tmp_path: Path) -> None:
    example = ROOT / ".env.example"
    assert load_settings({}, env_file=example) == load_settings({}, env_file=None)


def test_the_examples_secrets_are_refused(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    filled = tmp_path / ".env"
    filled.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(ConfigurationRefused) as refused:
        load_settings({}, env_file=filled)
    named = {problem.partition(":")[0] for problem in refused.value.problems}
    assert named == {"DATABASE_URL", "OPENAI_API_KEY", "WAHA_API_KEY", "WHATSAPP_HOOK_HMAC_KEY"}
    names = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    assert names - SETTINGS == {"PUBLISH_ADDRESS", "PUBLISH_PORT"}
