"""A page or file fetched from an address that an admin gave, never from inside our own network.

Every connection, redirects included, goes to an address that was checked after the name was resolved, so a name that
changes its mind between the check and the connection finds nothing to exploit. Proxies of the environment are not used.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import httpcore2
import httpx2

from balas.errors import FetchRefused
from balas.ports import forbid_inside_transaction

PORTS = frozenset({80, 443, 8080, 8443})
MAX_REDIRECTS = 3
MAX_BYTES = 10 * 1024 * 1024
TOTAL_SECONDS = 20.0
MAX_ADDRESS = 2048

Address = IPv4Address | IPv6Address
_SocketOptions = Iterable[tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]]

# Public by Python's tables, yet each carries an IPv4 address of the caller's choosing to wherever a gateway takes it.
_TUNNELS = tuple(
    ip_network(net) for net in ("2002::/16", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "::/96", "::ffff:0:0/96")
)
# Private use that older tables call public.
_RESERVED = tuple(ip_network(net) for net in ("100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "fec0::/10"))

_EXTENSIONS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/csv": "csv",
    "application/pdf": "pdf",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    url: str  # as asked for, in normal form: what the document is known by
    name: str  # a file name whose extension follows the content type
    content: bytes


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet."""
    if any(address.version == net.version and address in net for net in (*_TUNNELS, *_RESERVED)):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class Fetcher:
    """`allow` and `ports` are for servers that an operator vouches for; the defaults are the open web."""

    def __init__(
        self,
        *,
        allow: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = PORTS,
        max_bytes: int = MAX_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = allow
        self._ports = ports
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        self._tls = tls

    def fetch(self, address: str) -> Fetched:
        """Raise `FetchRefused` with the reason when the address may not, or can not, be fetched."""
        forbid_inside_transaction("fetch")
        asked = url = self._checked(address, None)
        backend = _CheckedBackend(self._allow, time.monotonic() + self._total_seconds)
        tls = self._tls or httpx2.create_ssl_context(trust_env=False)
        with httpcore2.ConnectionPool(ssl_context=tls, network_backend=backend, max_keepalive_connections=0) as pool:
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._get(pool, url)
                if isinstance(answer, _Answer):
                    return Fetched(str(asked), _file_name(url, answer.content_type), answer.content)
                url = self._checked(answer, url)
        raise FetchRefused(f"The address leads on more than {MAX_REDIRECTS} times: give the last one.")

    def _checked(self, address: str, base: httpx2.URL | None) -> httpx2.URL:
        if len(address) > MAX_ADDRESS:
            raise FetchRefused(f"The address is longer than {MAX_ADDRESS} characters.")
        try:
            url = base.join(address) if base else httpx2.URL(address.strip())
        except (httpx2.InvalidURL, ValueError) as error:
            raise FetchRefused("That is not an address of the form https://example.org/page.") from error
        if url.scheme not in {"http", "https"} or not url.host:
            raise FetchRefused("Only addresses that begin with http:// or https:// are fetched.")
        if url.userinfo:
            raise FetchRefused("The address holds a user name or password: remove it.")
        if _port(url) not in self._ports:
            open_ports = ", ".join(map(str, sorted(self._ports)))
            raise FetchRefused(f"Port {_port(url)} is not fetched from, only {open_ports}.")
        return url.copy_with(fragment=None)

    def _get(self, pool: httpcore2.ConnectionPool, url: httpx2.URL) -> _Answer | str:
        """The content, or where a redirect leads."""
        headers = [(b"Host", url.netloc), (b"User-Agent", b"Balas"), (b"Accept-Encoding", b"identity")]
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with pool.stream("GET", target, headers=headers) as response:
                fields = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
                if response.status in {301, 302, 303, 307, 308} and "location" in fields:
                    return fields["location"]
                if response.status != 200:
                    raise FetchRefused(f"The server answered {response.status} instead of the page.")
                if fields.get("content-encoding", "identity").lower() not in {"", "identity"}:
                    # Not inflated: a small answer may unfold to gigabytes.
                    raise FetchRefused("The server sends the page compressed though plain was asked for.")
                return _Answer(self._read(response, fields), fields.get("content-type", ""))
        except httpcore2.TimeoutException as error:
            raise FetchRefused(f"The server took longer than {self._total_seconds:.0f} seconds.") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, OSError) as error:
            raise FetchRefused("The server can not be reached, or does not speak HTTP: check the address.") from error

    def _read(self, response: httpcore2.Response, fields: dict[str, str]) -> bytes:
        too_large = FetchRefused(f"The page is larger than {self._max_bytes // 1024 // 1024} MiB.")
        announced = fields.get("content-length", "")
        if announced.isdigit() and (len(announced) > 15 or int(announced) > self._max_bytes):
            raise too_large
        content = bytearray()
        for slice_ in response.iter_stream():
            content += slice_
            if len(content) > self._max_bytes:
                raise too_large
        return bytes(content)


@dataclass(frozen=True, slots=True)
class _Answer:
    content: bytes
    content_type: str


class _CheckedBackend(httpcore2.SyncBackend):
    """Resolves, checks every address, connects to one that was checked; all within one deadline."""

    def __init__(self, allow: Callable[[Address], bool], deadline: float) -> None:
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
        if not all(self._allow(address) for address in addresses):
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
        raise FetchRefused("The server's name is not known: check the address.")
    return addresses


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _file_name(url: httpx2.URL, content_type: str) -> str:
    name = PurePosixPath(unquote(url.path)).name or url.host
    extension = _EXTENSIONS.get(content_type.partition(";")[0].strip().lower())
    if extension is None or name.lower().endswith(f".{extension}"):
        return name
    return f"{name}.{extension}"
