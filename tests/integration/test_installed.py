"""The wheel as the image runs it: no checkout, no home, no rights, and nothing writable but /data and /tmp."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.architecture.test_deployment import ROOT, health_check, instructions
from tests.services import free_port

__all__ = ["instructions"]  # a fixture

DRAIN_SECONDS = 25.0


def built_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("balas-*.whl"))


def lock_up(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)


def unlock(folder: Path) -> None:
    for path in [folder, *(one for one in folder.rglob("*") if one.is_dir() and not one.is_symlink())]:
        path.chmod(0o755)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """`python/`: the wheel in an environment of its own; `cache/`: the model. Both read-only, as in the image."""
    folder = tmp_path_factory.mktemp("installed")
    wheel = built_wheel(folder / "wheel")
    venv.create(folder / "python", symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "python")}))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # The dependencies of the tests' own environment, after ours. Its editable Balas does not come with them.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    build = re.search(r'RUN /opt/balas/bin/python -c "([^"]+)"', (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert build is not None
    subprocess.run(
        [str(folder / "python" / "bin" / "python"), "-c", build[1]],
        env={"XDG_CACHE_HOME": str(folder / "cache"), "PATH": "/usr/bin:/bin"},
        cwd="/",
        check=True,
    )
    for part in ("python", "cache"):
        lock_up(folder / part)
    yield folder
    for part in ("python", "cache"):
        unlock(folder / part)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def environment(home: Path, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir()
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "XDG_CACHE_HOME": str(home / "cache"),
        "BALAS_DATA_DIR": str(tmp_path / "data"),
        "TMPDIR": str(tmp_path / "tmp"),
        "BALAS_HOST": "127.0.0.1",
        "BALAS_PORT": str(free_port()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }


def balas(home: Path, *arguments: str) -> list[str]:
    """Without capabilities: root could write anywhere, whatever the rights say."""
    command = [str(home / "python" / "bin" / "python"), "-m", "balas", *arguments]
    if os.geteuid() == 0:
        return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", *command]
    return command


def everything(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def test_the_wheel_carries_what_the_commands_need(home: Path) -> None:
    names = zipfile.ZipFile(next((home / "wheel").glob("*.whl"))).namelist()
    for part in ("migrations/versions/0001", "console/templates/", "console/static/", "api/static/", "samples/"):
        assert any(name.startswith(f"balas/{part}") for name in names), part
    assert {name.split("/")[0] for name in names if not name.startswith("balas-")} == {"balas"}


def test_what_runs_is_the_wheel(home: Path, environment: dict[str, str]) -> None:
    command = [*balas(home)[:-2], "-c", "import balas; print(balas.__file__)"]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(home / "python")


def test_migrate_makes_the_schema(home: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        balas(home, "migrate"), env=environment, cwd="/", capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert (Path(environment["BALAS_DATA_DIR"]) / "balas.sqlite3").is_file()


def test_up_answers_and_stops_and_writes_nowhere_else(
    home: Path, environment: dict[str, str], instructions: list[tuple[str, str]]
) -> None:
    before = everything(home)
    address = f"http://127.0.0.1:{environment['BALAS_PORT']}"
    process = subprocess.Popen(
        balas(home, "up"), env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        wait_until_ready(address, process)
        assert subprocess.run(health_check(instructions), env=environment, check=False, timeout=20).returncode == 0
        key = (Path(environment["BALAS_DATA_DIR"]) / "secrets" / "api_key").read_text(encoding="utf-8")
        answer = httpx2.post(
            f"{address}/api/ask",
            headers={"Authorization": f"Bearer {key}"},
            json={"question": "When do you open on Sunday?"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["sources"]
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=DRAIN_SECONDS)
        assert time.monotonic() - begun < DRAIN_SECONDS
        assert process.returncode in {0, -signal.SIGTERM}, output
    finally:
        process.kill()
        process.communicate()
    assert everything(home) == before
    assert not Path("/nonexistent").exists()


def test_a_stop_is_an_orderly_end(home: Path, environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        balas(home, "serve"), env=environment, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    try:
        wait_until_ready(f"http://127.0.0.1:{environment['BALAS_PORT']}", process)
        process.send_signal(signal.SIGTERM)
        process.wait(DRAIN_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert list(Path(environment["TMPDIR"]).iterdir()) == []


def wait_until_ready(address: str, process: subprocess.Popen[str], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    last = "nothing"
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        try:
            answer = httpx2.get(f"{address}/readyz", timeout=5)
        except httpx2.TransportError as error:
            last = type(error).__name__
        else:
            if answer.status_code == 200:
                return
            last = json.dumps(answer.json())
        time.sleep(0.2)
    raise AssertionError(f"not ready within {seconds:.0f} s: {last}")
