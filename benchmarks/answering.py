"""The whole product on the wire: web process, workers, documents, and stand-ins for WAHA and the model."""

from __future__ import annotations

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import EVERY_CORE, OTHER_CORES
from benchmarks.processes import Product, Started, base_environment, product, running, wait_until_answers
from tests.services import free_port

DOCUMENT = """# Jam buka

Toko buka Senin sampai Jumat pukul 08.00 sampai 20.00 dan hari Sabtu pukul 09.00 sampai 17.00. Hari Minggu tutup.

# Pengiriman

Pesanan sebelum pukul 14.00 dikirim hari itu juga. Ongkos kirim ke Jakarta Rp 12.000 per kilogram.
"""


@dataclass(frozen=True, slots=True)
class StandIn:
    """WAHA and the model server in one process."""

    port: int

    @property
    def settings(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}"
        return {
            "WAHA_BASE_URL": url,
            "OPENAI_BASE_URL": f"{url}/v1",
            "OPENAI_API_KEY": "stand-in-for-benchmarks",
            "OPENAI_EMBEDDING_MODEL": "stand-in",
        }

    def sent(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/counted")
            return int(connection.getresponse().read())
        finally:
            connection.close()

    def wait_for(self, count: int, begun: float, seconds: float) -> float:
        """Seconds since `begun` until so many bubbles were sent. Raises `TimeoutError`."""
        while (sent := self.sent()) < count:
            if time.perf_counter() - begun > seconds:
                raise TimeoutError(f"{sent} of {count} answers within {seconds:g} s")
            time.sleep(0.01)
        return time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class System:
    product: Product
    stand_in: StandIn
    web: Started
    worker: Started  # the web process itself in the embedded mode


@contextmanager
def stand_in(folder: Path, model_seconds: float = 0.0, cores: frozenset[int] = OTHER_CORES) -> Iterator[StandIn]:
    port = free_port()
    command = ["benchmarks.stand_in", str(port), "--model-seconds", str(model_seconds)]
    with running(command, base_environment(), folder / f"stand_in_{port}.log", cores) as started:
        wait_until_answers(started, port, "/counted")
        yield StandIn(port)


@contextmanager
def embedded(folder: Path, servers: StandIn) -> Iterator[System]:
    """`balas up` with one document."""
    ours = product(folder / "embedded", **servers.settings)
    ingest(ours)
    with running(["balas", "up"], ours.environment, ours.folder / "up.log", EVERY_CORE) as started:
        wait_until_answers(started, ours.port)
        yield System(ours, servers, started, started)


@contextmanager
def separate(
    folder: Path, servers: StandIn, databases: dict[str, str], concurrency: int | None = None, name: str = "distributed"
) -> Iterator[System]:
    """`balas serve` and one `balas worker` over MariaDB and Redis."""
    ours = product(folder / name, **servers.settings, **databases)
    command = ["balas", "worker", *(["--concurrency", str(concurrency)] if concurrency else [])]
    with ExitStack() as stack:
        web = stack.enter_context(running(["balas", "serve"], ours.environment, ours.folder / "web.log"))
        wait_until_answers(web, ours.port)
        ingest(ours)
        environment = {**ours.environment, "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}  # as in the image
        worker = stack.enter_context(running(command, environment, ours.folder / "worker.log"))
        time.sleep(4.0)  # its imports; it tells nobody when they are done
        try:
            yield System(ours, servers, web, worker)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the worker's log ends: {worker.log.read_text()[-1500:]}") from error


def ingest(ours: Product) -> None:
    document = ours.folder / "toko.md"
    document.write_text(DOCUMENT, "utf-8")
    command = [sys.executable, "-m", "balas", "ingest", str(document)]
    done = subprocess.run(command, env=ours.environment, cwd=ours.folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"balas ingest failed: {done.stderr[-500:]}")
