"""Image, compose.yaml, chart and monitoring: pinned, without root or default secrets, and in step with the code."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from rq import Queue

from balas import __version__
from balas.adapters.rq_queue import QUEUE_NAME
from balas.errors import ConfigurationRefused
from balas.runtime import secrets_of
from balas.settings import SECRET_NAMES, Settings, load_settings
from balas.telemetry import Metrics

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


# ---- the chart ---------------------------------------------------------------------------------------------------


def templates() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((CHART / "templates").iterdir()))


def leaves(values: Any, above: str = "") -> Iterator[str]:
    for name, value in values.items():
        path = f"{above}.{name}" if above else name
        yield from leaves(value, path) if isinstance(value, dict) and value else [path]


def test_the_chart_is_of_this_version() -> None:
    chart = read_yaml(CHART / "Chart.yaml")
    assert chart["version"] == chart["appVersion"] == __version__
    assert read_yaml(CHART / "values.yaml")["image"]["tag"] == ""


def test_templates_use_values_that_are_there_and_all_of_them() -> None:
    known = set(leaves(read_yaml(CHART / "values.yaml")))
    used = set(re.findall(r"\.Values\.([\w.]+)", templates()))
    assert {path for path in used if not any(one == path or one.startswith(f"{path}.") for one in known)} == set()
    # scaling.yaml goes over web.autoscaling and worker.autoscaling with an index
    rest = {one for one in known if not any(one == path or one.startswith(f"{path}.") for path in used)}
    assert {one for one in rest if ".autoscaling." not in one} == set()
    for name in re.findall(r"\$scaling\.(\w+)", templates()):
        assert {f"web.autoscaling.{name}", f"worker.autoscaling.{name}"} <= known


def test_the_schema_knows_every_value_and_every_setting() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

    def compare(values: Any, part: Any, path: str) -> None:
        assert part["additionalProperties"] is False, path
        assert values.keys() == part["properties"].keys() - {"global"}, path
        for name, value in values.items():
            if isinstance(value, dict) and "properties" in part["properties"][name] and name != "settings":
                compare(value, part["properties"][name], f"{path}.{name}")

    compare(read_yaml(CHART / "values.yaml"), schema, "")
    assert schema["properties"]["settings"]["additionalProperties"] is False
    assert schema["properties"]["settings"]["properties"].keys() == SETTINGS - SECRET_NAMES - PLACE
    assert set(schema["properties"]["secret"]["properties"]["keys"]["items"]["enum"]) == SECRET_NAMES


def test_pods_have_time_to_finish() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))["properties"]
    values = read_yaml(CHART / "values.yaml")
    for component in ("web", "worker"):
        least = schema[component]["properties"]["terminationGracePeriodSeconds"]["minimum"]
        assert values[component]["terminationGracePeriodSeconds"] >= least >= 30


def test_keda_watches_the_list_of_rq() -> None:
    key = f"{Queue.redis_queue_namespace_prefix}{QUEUE_NAME}"
    assert re.findall(r"listName: (\S+)", templates()) == [key] == ["rq:queue:balas"]


def test_pods_do_not_get_settings_from_kubernetes() -> None:
    """Of a Service named balas it would make BALAS_PORT and others, which are refused."""
    assert "enableServiceLinks: false" in templates()


def test_several_web_pods_need_no_key_of_their_own(tmp_path: Path) -> None:
    """What signs the console's cookies is derived from two secrets that every pod has."""
    given = {"BALAS_API_KEY": "of all pods", "BALAS_ADMIN_PASSWORD": "of all people"}
    assert given.keys() <= set(read_yaml(CHART / "values.yaml")["secret"]["keys"])
    pods = [load_settings(given | {"BALAS_DATA_DIR": str(tmp_path / name)}, env_file=None) for name in ("one", "two")]
    assert len({secrets_of(settings).signing_key for settings in pods}) == 1
    told = [*CHART.rglob("*.*"), ROOT / "docs" / "deployment.md", ROOT / "compose.yaml"]
    asking = re.compile(r"signing.?key", re.IGNORECASE)
    assert [path.name for path in told if asking.search(path.read_text(encoding="utf-8"))] == []


EVERYTHING_ON = (
    *("web.replicas=2", "keda.enabled=true", "keda.address=redis:6379"),
    *("keda.passwordKey=REDIS_PASSWORD", "ingress.enabled=true", "ingress.host=balas.example.org"),
    *("ingress.tlsSecretName=tls", "serviceMonitor.enabled=true", "web.autoscaling.enabled=true"),
)


def render(*changes: str) -> subprocess.CompletedProcess[str]:
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("helm is not installed: the chart is not rendered")
    command = [helm, "template", "balas", str(CHART), *(part for one in changes for part in ("--set", one))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("changes", [(), EVERYTHING_ON], ids=["defaults", "everything"])
def test_rendered_pods_are_hardened(changes: tuple[str, ...]) -> None:
    rendered = render(*changes)
    assert rendered.returncode == 0, rendered.stderr
    manifests = [one for one in yaml.safe_load_all(rendered.stdout) if one]
    pods = [one["spec"]["template"]["spec"] for one in manifests if one["kind"] in {"Deployment", "Job"}]
    assert len(pods) == 3
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in [*pod["containers"], *pod.get("initContainers", [])]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]
            names = {one["name"] for one in container.get("env", [])}
            assert not names & SECRET_NAMES
    kinds = [one["kind"] for one in manifests]
    assert ("ScaledObject" in kinds) == ("ServiceMonitor" in kinds) == ("Ingress" in kinds) == bool(changes)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("settings.BALAS_TYPO=1", "BALAS_TYPO"),
        ("settings.OPENAI_API_KEY=x", "OPENAI_API_KEY"),
        ("worker.terminationGracePeriodSeconds=10", "terminationGracePeriodSeconds"),
        ("keda.enabled=true,worker.autoscaling.enabled=true", "choose one"),
        ("image.tag=latest", "tag"),
    ],
)
def test_what_cannot_work_is_not_rendered(change: str, named: str) -> None:
    rendered = render(change)
    assert rendered.returncode != 0
    assert named in rendered.stderr


# ---- monitoring --------------------------------------------------------------------------------------------------


def metric_names() -> set[str]:
    names = set()
    for family in Metrics().registry.collect():
        names |= {family.name, f"{family.name}_total"} if family.type == "counter" else {family.name}
        names |= {f"{family.name}_bucket"} if family.type == "histogram" else set()
    return names


def expressions() -> Iterator[str]:
    for group in read_yaml(ROOT / "deploy" / "monitoring" / "alerts.yaml")["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((ROOT / "deploy" / "monitoring" / "dashboard.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_alerts_and_dashboard_use_metrics_that_exist() -> None:
    used = {name for expression in expressions() for name in re.findall(r"\bbalas_\w+", expression)}
    assert used
    assert used - metric_names() == set()


def test_the_alerts_do_what_they_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: the alert rules are not tried")
    done = subprocess.run(
        [promtool, "test", "rules", str(ROOT / "deploy" / "monitoring" / "alerts_test.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# ---- the audit of the dependencies -------------------------------------------------------------------------------

SAFE = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "Dependency not found on PyPI"}
UNSAFE = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("output", "errors", "code", "said"),
    [
        (json.dumps({"dependencies": [SAFE]}), "", 0, "no known vulnerability in 1 packages"),
        (json.dumps({"dependencies": [SAFE, SKIPPED]}), "", 0, "NOT AUDITED: 1 of 2 packages"),
        (json.dumps({"dependencies": [SKIPPED, UNSAFE]}), "", 1, "c 2: CVE-1, mended in 3"),
        ("", "requests.exceptions.ConnectionError: …", 0, "NOT AUDITED"),
        ("", "No module named pip_audit\n", 1, "failed: No module named pip_audit"),
    ],
)
def test_an_audit_without_its_database_is_not_a_clean_one(output: str, errors: str, code: int, said: str) -> None:
    judge = runpy.run_path(str(ROOT / "deploy" / "audit.py"))["judge"]
    found, lines = judge(output, errors)
    assert found == code
    assert said in "\n".join(lines)


def test_a_secret_that_git_would_keep_is_found(tmp_path: Path) -> None:
    tool = runpy.run_path(str(ROOT / "deploy" / "find_secrets.py"))
    baseline = json.loads((ROOT / ".secrets.baseline").read_text(encoding="utf-8"))
    key = "AKIA" + "QZ7XW2MV5NB3LK8T"  # in two parts, so that this file holds none
    (tmp_path / "settings.py").write_text(f'# the shop\nbucket = "{key}"\n', encoding="utf-8")
    (tmp_path / "clean.py").write_text('bucket = "shop"\n', encoding="utf-8")
    names = ["settings.py", "clean.py"]
    new, knowing = tool["look"](tmp_path, names, baseline)
    assert new == ["settings.py:2: AWS Access Key"]
    assert key not in json.dumps(knowing)
    (tmp_path / "settings.py").write_text(f'\n\n\n# the shop\nbucket = "{key}"\n', encoding="utf-8")
    assert tool["look"](tmp_path, names, knowing)[0] == [], "known wherever it stands"
    assert tool["kept_files"](tmp_path) is None
