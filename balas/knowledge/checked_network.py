"""Connections to addresses that were checked after the name was resolved, all within one deadline."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore2

from balas.errors import FetchFailed, FetchRefused

Address = IPv4Address | IPv6Address
_SocketOptions = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]

# Public by Python's tables, yet each carries an IPv4 address of the caller's choosing to wherever a gateway takes it.
_TUNNELS = tuple(
    ip_network(net) for net in ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "::/96", "::ffff:0:0/96")
)
# Private use that older tables call public.
_RESERVED = tuple(ip_network(net) for net in ("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "fec0::/10"))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet."""
    if any(address.version == net.version and address in net for net in (*_TUNNELS, *_RESERVED)):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class CheckedBackend(httpcore2.SyncBackend):
    """Resolves, checks every address, connects to one that was checked; all within one deadline."""

    def __init__(self, allow: Callable[[str, int, Address], bool], deadline: float) -> None:
        self._allow = allow
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = _resolve(host, port, _left(self._deadline))
        # One inner address among public ones is refused too: names that mix them are made for this.
        if not all(self._allow(host, port, address) for address in addresses):
            raise FetchRefused("The address lies inside a private or reserved network and is not fetched.")
        stream = super().connect_tcp(str(addresses[0]), port, _left(self._deadline), None, socket_options)
        return _BoundedStream(stream, self._deadline)


class _BoundedStream(httpcore2.NetworkStream):
    """Each read and write gets what is left of the deadline, so that single bytes now and then do not hold a thread."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _BoundedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the time for this fetch is over")
    return left


def _resolve(host: str, port: int, seconds: float) -> list[Address]:
    """All addresses of a name. In a thread of its own: the system's resolver knows no time limit."""
    found: queue.Queue[list[Address] | OSError] = queue.Queue(1)

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([ip_address(str(entry[4][0]).partition("%")[0]) for entry in entries])
        except (OSError, UnicodeError) as error:
            found.put(OSError(str(error)))

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        addresses = found.get(timeout=seconds)
    except queue.Empty as error:
        raise httpcore2.ConnectTimeout("the name was not resolved in time") from error
    if isinstance(addresses, OSError) or not addresses:
        raise FetchFailed("The server's name is not known: check the address.")
    return addresses
