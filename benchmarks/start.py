"""How long it takes to start: `balas up` on a folder that is set up, and `balas --help`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure, Options, Pairs, rounded
from benchmarks.processes import base_environment, product, running, wait_until_answers
from tests.services import free_port


def run(options: Options) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="balas-bench-") as temporary:
        folder = Path(temporary)
        environment = product(folder / "up", WAHA_BASE_URL="", WHATSAPP_HOOK_HMAC_KEY="").environment
        if not options.tiny:
            _up(environment, folder)  # builds the model's cache and indexes the samples
        up, help_ = Pairs(), Pairs()
        for _ in range(options.times(5)):
            plain = _plain(folder)
            up.add(_up(environment, folder), plain)
            help_.add(_command("balas", "--help"), _command("fastapi", code="import fastapi, uvicorn"))
    yield _figure("start_up", "`balas up` until /readyz, warm / an empty FastAPI until it answers", up, 3.0)
    yield _figure("start_help", "`balas --help` / Python that imports FastAPI and uvicorn", help_, 0.5)


def _figure(name: str, of: str, pairs: Pairs, most: float) -> Figure:
    seconds = {"seconds": rounded(median(pairs.ours)), "plain_seconds": rounded(median(pairs.theirs))}
    return Figure(name, of, pairs.ratios, f"<= {most:g} s", seconds)


def _up(environment: dict[str, str], folder: Path) -> float:
    begun = time.perf_counter()
    with running(["balas", "up"], environment, folder / "up.log") as started:
        wait_until_answers(started, int(environment["BALAS_PORT"]))
        return time.perf_counter() - begun


def _plain(folder: Path) -> float:
    port = free_port()
    begun = time.perf_counter()
    with running(["benchmarks.plain_server", str(port)], base_environment(), folder / "plain.log") as started:
        wait_until_answers(started, port)
        return time.perf_counter() - begun


def _command(name: str, *arguments: str, code: str | None = None) -> float:
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", name, *arguments]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=base_environment())
    return time.perf_counter() - begun
