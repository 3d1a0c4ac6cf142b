"""A WAHA that lists its sessions and does nothing else."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeWaha(ThreadingHTTPServer):
    """Answers /ping and the list of sessions."""

    def __init__(self, sessions: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Sessions)
        self.sessions = sessions


class _Sessions(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, FakeWaha)
        body = json.dumps(server.sessions if "sessions" in self.path else {"message": "pong"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...
