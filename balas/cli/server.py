"""The web server of `balas up` and `balas serve`."""

from __future__ import annotations

import signal
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI

from balas.cli.callers import PatientProtocol
from balas.main import create_app
from balas.runtime import Runtime
from balas.settings import Settings
from balas.simulator.app import Simulator

# SIGTERM: open requests and live pages end within this, then the workers drain.
GRACEFUL_SECONDS = 3
# How long the loop waits for a thread that computes, and the thread that commits for the loop. Python's 5 ms would be
# as long as a whole webhook call; only a handful of threads compute at once, so switching more often costs little.
SWITCH_SECONDS = 0.0005
SHOWN_ONCE = {"admin_password": "Admin password", "api_key": "API key"}


class Server(uvicorn.Server):
    """Sets `told` when it begins to shut down, a moment after the signal: the time to end counts from there."""

    def __init__(self, config: uvicorn.Config, told: threading.Event) -> None:
        super().__init__(config)
        self._told = told

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._told.set()
        await super().shutdown(sockets)


def run_server(runtime: Runtime, simulator: Simulator | None, listener: socket.socket, told: threading.Event) -> None:
    """Serve until a signal ends it, which sets `told`."""
    config = server_config(create_app(runtime, simulator), runtime.settings)
    # After it has ended, uvicorn raises the signal again; by default that would end us before the workers drained.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    sys.setswitchinterval(SWITCH_SECONDS)
    Server(config, told).run(sockets=[listener])


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=PatientProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.balas_trusted_proxies,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def announce(runtime: Runtime) -> None:
    """Say where it runs, and show generated secrets the one time they are new."""
    settings = runtime.settings
    lines = ["", f"  Balas runs at {settings.own_address}"]
    if settings.balas_public_url:
        lines.append(f"  Seen from elsewhere as {settings.balas_public_url}")
    for name, label in SHOWN_ONCE.items():
        if name in runtime.secrets.created:
            kept = settings.balas_data_dir / "secrets" / name
            lines.append(f"  {label}: {runtime.secrets.created[name]}   (shown once, kept in {kept})")
    if runtime.waha_is_simulated:
        lines.append("  No WAHA is configured: a stand-in plays WhatsApp; try it on the front page.")
    if not settings.answers_by_model:
        lines.append("  No model is configured: answers are quoted from the documents.")
    sys.stdout.write("\n".join([*lines, "", ""]))
    sys.stdout.flush()
