"""The port, taken before anything else is done."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from balas.errors import Conflict

BACKLOG = 2048
SETTINGS = "set BALAS_PORT to a free one, and BALAS_HOST to an address of this machine"


@contextmanager
def taken(host: str, port: int, advice: str = SETTINGS) -> Iterator[socket.socket]:
    """A socket that is bound to the port; `listen` lets callers in. Until then they are turned away at once, instead of
    waiting for a database that is being migrated. Raises `Conflict`, as `listen` does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, port))
        except OSError as error:
            raise Conflict(_refusal(host, port, error, advice)) from error
        yield listener


def listen(listener: socket.socket, advice: str = SETTINGS) -> None:
    try:
        listener.listen(BACKLOG)
    except OSError as error:  # another had bound it as well, and was faster
        host, port = listener.getsockname()[:2]
        raise Conflict(_refusal(host, port, error, advice)) from error


def _refusal(host: str, port: int, error: OSError, advice: str) -> str:
    return f"{host}:{port} cannot be listened on ({error.strerror}); {advice}"
