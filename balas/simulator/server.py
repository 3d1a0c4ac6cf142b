"""The simulator as a server of its own."""

from __future__ import annotations

import uvicorn

from balas.simulator.app import create_simulator


def serve(
    *,
    port: int,
    webhook_url: str | None,
    api_key: str,
    hmac_key: bytes | None,
    engine: str = "NOWEB",
    host: str = "127.0.0.1",
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
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
