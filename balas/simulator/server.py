"""The simulator as a server of its own."""

from __future__ import annotations

import socket

import uvicorn

from balas.simulator.app import create_simulator


def serve(
    listener: socket.socket,
    *,
    webhook_url: str | None,
    api_key: str,
    hmac_key: bytes | None,
    engine: str = "NOWEB",
    store_enabled: bool = True,
    ids: bool = True,
    waha_sessions: tuple[str, ...] = ("default",),
    seed: int = 0,
) -> None:
    """Serve until a signal ends it."""
    app, _ = create_simulator(
        api_key=api_key,
        webhook_url=webhook_url,
        hmac_key=hmac_key,
        engine=engine,
        store_enabled=store_enabled,
        ids=ids,
        waha_sessions=waha_sessions,
        seed=seed,
    )
    uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2)).run(sockets=[listener])
