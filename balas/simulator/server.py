"""The simulator as a server of its own."""

from __future__ import annotations

import socket

import uvicorn

from balas.simulator.app import Simulator


def serve(listener: socket.socket, simulator: Simulator) -> None:
    """Serve until a signal ends it."""
    config = uvicorn.Config(simulator, log_config=None, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listener])
