"""The Helm chart says what the image and the settings say, and what it renders is hardened."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rq import Queue

from balas import __version__
from balas.adapters.rq_queue import QUEUE_NAME
from balas.runtime import secrets_of
from balas.settings import SECRET_NAMES, load_settings
from tests.architecture.test_deployment import CHART, PLACE, ROOT, SETTINGS, read_yaml


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
    given = {"BALAS_API_KEY": "the key of all pods", "BALAS_ADMIN_PASSWORD": "of all people"}
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
