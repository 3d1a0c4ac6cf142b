"""The whole product in this process: real HTTP, real SQLite, the simulator for WAHA, on request a fake model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import uvicorn

from balas.bootstrap import open_runtime, open_simulator, working
from balas.cli.callers import PatientProtocol
from balas.main import create_app
from balas.runtime import Runtime
from balas.settings import load_settings
from balas.simulator.app import Simulator
from balas.simulator.phones import Phones
from tests.services import free_port

Found = TypeVar("Found")
ALICE = "12025550101@c.us"
BOB = "12025550102@c.us"


@dataclass
class System:
    runtime: Runtime
    simulator: Simulator
    phones: Phones
    client: httpx2.Client  # with the API key

    def says(self, chat: str, text: str, **more: Any) -> Any:
        return self.phones.person_sends(chat, text, **more)

    def replies(self, chat: str) -> list[str]:
        """What the chat's phone shows from the business, oldest first."""
        return [message.text for message in self.phones.shown(chat) if message.from_me]

    def wait_for_replies(self, chat: str, count: int = 1, seconds: float = 20.0) -> list[str]:
        return wait_until(lambda: found if len(found := self.replies(chat)) >= count else None, seconds)

    def books(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get("/api/books").raise_for_status().json()
        return answer

    def wait_until_settled(self, seconds: float = 20.0) -> dict[str, Any]:
        """Every letter has its final state."""

        def settled() -> dict[str, Any] | None:
            self.simulator.settle(1)
            books = self.books()
            return books if books["open"] == 0 else None

        return wait_until(settled, seconds)


def wait_until(look: Callable[[], Found | None], seconds: float = 20.0) -> Found:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


@contextmanager
def started(data_dir: Path, engine: str = "NOWEB", **environment: str) -> Iterator[System]:
    """Settings are given as in the environment; the pace is fast and bursts are short unless they say otherwise."""
    port = free_port()
    settings = load_settings(
        {
            "BALAS_DATA_DIR": str(data_dir),
            "BALAS_PORT": str(port),
            "BALAS_PACE": "fast",
            "BALAS_BURST_SECONDS": "0.2",
            "RATE_LIMIT_MESSAGES_PER_MINUTE": "0",
            **environment,
        },
        env_file=None,
    )
    with ExitStack() as stack:
        runtime = stack.enter_context(open_runtime(settings, index_dir=data_dir / "index"))
        simulator = open_simulator(runtime, engine=engine)
        assert simulator is not None
        stack.callback(simulator.close)
        runtime.started.set()
        stack.enter_context(working(runtime))
        stack.enter_context(served(create_app(runtime, simulator), port))
        client = stack.enter_context(
            httpx2.Client(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {runtime.secrets.api_key}"},
                timeout=30,
            )
        )
        yield System(runtime, simulator, simulator.phones, client)


@contextmanager
def served(app: Any, port: int, http: Any = PatientProtocol) -> Iterator[None]:
    config = uvicorn.Config(app, host="127.0.0.1", port=port, http=http, ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: True if server.started else None, 10)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
