"""The product as real processes: web, workers or all in one, against a simulator that this process holds."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from balas.simulator.app import Simulator, create_simulator
from balas.simulator.kinds import WahaKind
from balas.simulator.phones import Phones
from tests.lines.system import served, wait_until
from tests.services import free_port


@dataclass
class Cluster:
    folder: Path
    environment: dict[str, str]
    port: int
    simulator: Simulator
    phones: Phones
    waha_port: int
    module: str = "tests.chaos.process"
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, **environment: str) -> None:
        """Start a process of the product; its log is NAME.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", self.module, *command],
                env={**self.environment, **environment},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_for_exit(self, name: str, seconds: float = 30.0) -> int:
        """Wait until the process ended by itself; its exit code."""
        return self.processes.pop(name).wait(seconds)

    def wait_until_stopped(self, name: str, seconds: float = 30.0) -> None:
        """Wait until the process hangs at its failpoint."""
        stat = Path(f"/proc/{self.processes[name].pid}/stat")
        wait_until(lambda: True if stat.read_text().rpartition(")")[2].split()[0] == "T" else None, seconds)

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(number)
        process.wait(40)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait_until_ready(self, seconds: float = 120.0, port: int | None = None) -> None:
        url = self.url if port is None else f"http://127.0.0.1:{port}"

        def ready() -> bool | None:
            try:
                return True if httpx2.get(f"{url}/readyz", timeout=5).status_code == 200 else None
            except httpx2.HTTPError:
                return None

        wait_until(ready, seconds)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **params: Any) -> Any:
        key = self.environment["BALAS_API_KEY"]
        answer = httpx2.get(f"{self.url}{path}", params=params, headers={"X-API-Key": key}, timeout=10)
        return answer.raise_for_status().json()

    def books(self) -> dict[str, Any] | None:
        """None while the web process is away."""
        try:
            books: dict[str, Any] = self.get("/api/books")
        except httpx2.HTTPError:
            return None
        return books

    def wait_until_settled(self, received: int, seconds: float = 60.0) -> dict[str, Any]:
        def settled() -> dict[str, Any] | None:
            books = self.books()
            return books if books and books["open"] == 0 and books["received"] >= received else None

        return wait_until(settled, seconds)

    def replies(self, chat: str) -> list[str]:
        return [message.text for message in self.phones.shown(chat) if message.from_me]


@contextmanager
def cluster(
    folder: Path,
    *,
    engine: str = "NOWEB",
    ids: bool = True,
    store: bool = True,
    quick: bool = False,
    **environment: str,
) -> Iterator[Cluster]:
    """`environment`: settings on top of a fast pace and no rate limit. Nothing is started yet but the simulator.

    `quick`: with short leases, see `tests.chaos.quick`.
    """
    port, waha_port = free_port(), free_port()
    hmac_key, waha_key = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    simulator, phones = create_simulator(
        api_key=waha_key,
        webhook_url=f"http://127.0.0.1:{port}/api/webhook",
        hmac_key=hmac_key.encode(),
        kind=WahaKind(engine, store_enabled=store, ids=ids),
    )
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "CHAOS_FOLDER": str(folder),
        "HOME": os.environ.get("HOME", "/root"),
        "BALAS_DATA_DIR": str(folder / "data"),
        "BALAS_PORT": str(port),
        "BALAS_API_KEY": secrets.token_urlsafe(16),
        "BALAS_PACE": "fast",
        "BALAS_BURST_SECONDS": "0.2",
        "RATE_LIMIT_MESSAGES_PER_MINUTE": "0",
        "WAHA_BASE_URL": f"http://127.0.0.1:{waha_port}",
        "WAHA_API_KEY": waha_key,
        "WHATSAPP_HOOK_HMAC_KEY": hmac_key,
        **environment,
    }
    if quick:
        settings["CHAOS_QUICK"] = "yes"
    running = Cluster(folder, settings, port, simulator, phones, waha_port)
    # Without our own impatience: Node waits for a minute, and a test's process on a busy machine may be slow to read.
    with served(simulator, waha_port, http="httptools"):
        try:
            yield running
        finally:
            for name in list(running.processes):
                running.kill(name)
            simulator.close()
