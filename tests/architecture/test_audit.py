"""An audit that could not look is no clean one, and git keeps no secret."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from tests.architecture.test_deployment import ROOT

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
