"""Alerts and the dashboard ask for metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from balas.telemetry import Metrics
from tests.architecture.test_deployment import ROOT, read_yaml


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
