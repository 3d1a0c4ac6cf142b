"""What a raw server answers, well or badly."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable


def reset(connection: socket.socket, _: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Answer = Callable[[socket.socket, bytes], object]


def answers(*pieces: bytes, pause: float = 0.0) -> Answer:
    def answer(connection: socket.socket, _: bytes) -> None:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)

    return answer


def http(body: bytes, status: str = "201 Created", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body
