"""The web server of `balas up` and `balas serve`."""

from __future__ import annotations

import sys

import uvicorn

from balas.main import create_app
from balas.runtime import Runtime
from balas.simulator.app import Simulator

# SIGTERM: open requests and live pages end within this, then the workers drain.
GRACEFUL_SECONDS = 3
SHOWN_ONCE = {"admin_password": "Admin password", "api_key": "API key"}


def run_server(runtime: Runtime, simulator: Simulator | None) -> None:
    """Serve until a signal ends it."""
    uvicorn.run(
        create_app(runtime, simulator),
        host=runtime.settings.balas_host,
        port=runtime.settings.balas_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def announce(runtime: Runtime) -> None:
    """Say where it runs, and show generated secrets the one time they are new."""
    settings = runtime.settings
    lines = [
        "",
        f"  Balas runs at {settings.balas_public_url or f'http://{settings.balas_host}:{settings.balas_port}'}",
    ]
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
