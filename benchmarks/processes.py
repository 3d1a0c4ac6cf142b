"""The product and what it is compared with, as processes on chosen cores."""

from __future__ import annotations

import ctypes
import http.client
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import EVERY_CORE
from tests.services import free_port

ROOT = Path(__file__).parents[1]
READY_SECONDS = 60.0
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Product:
    """How to start one: settings, and the port and key that they name."""

    folder: Path
    port: int
    hmac_key: str
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class Started:
    pid: int
    process: subprocess.Popen[bytes]
    log: Path


def product(folder: Path, **environment: str) -> Product:
    """A fresh data folder; paces and bursts are such that nothing waits on purpose."""
    folder.mkdir(parents=True, exist_ok=True)
    port, key = free_port(), secrets.token_hex(24)
    settings = {
        **base_environment(),
        "BALAS_DATA_DIR": str(folder / "data"),
        "BALAS_PORT": str(port),
        "BALAS_API_KEY": secrets.token_hex(16),
        "BALAS_PACE": "fast",
        "BALAS_BURST_SECONDS": "0",
        "BALAS_MODEL_CALLS_PER_DAY": "0",
        "BALAS_MODEL_CALLS_PER_MINUTE": "0",
        "BALAS_MODEL_CALLS_PER_USER_PER_DAY": "0",
        "RATE_LIMIT_MESSAGES_PER_MINUTE": "100000",
        "WAHA_BASE_URL": "http://127.0.0.1:9",
        "WAHA_API_KEY": secrets.token_hex(16),
        "WHATSAPP_HOOK_HMAC_KEY": key,
        "LOG_LEVEL": "WARNING",
        **environment,
    }
    return Product(folder, port, key, settings)


def base_environment() -> dict[str, str]:
    names = ("PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR")
    return {name: os.environ[name] for name in names if name in os.environ} | {"PYTHONPATH": str(ROOT)}


def pinned_to(cores: frozenset[int]) -> Callable[[], None]:
    """For `preexec_fn`: on these cores, and not longer than we run."""

    def pin() -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.sched_setaffinity(0, cores)

    return pin


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], log: Path, cores: frozenset[int] = EVERY_CORE
) -> Iterator[Started]:
    """A process whose output goes to `log`; stopped at the end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=dict(environment),
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=pinned_to(cores),
        )
    try:
        yield Started(process.pid, process, log)
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_answers(started: Started, port: int, path: str = "/readyz", pause: float = 0.02) -> None:
    """Return once GET `path` is answered 200. Raises `RuntimeError` with the log's end."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and started.process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(pause)
    raise RuntimeError(f"did not become ready: {started.log.read_text(errors='replace')[-800:]}")
