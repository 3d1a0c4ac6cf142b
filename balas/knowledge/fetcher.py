"""A page or file fetched from an address that an admin gave, never from inside our own network.

Every connection, also after a redirect, goes to an address that was checked after the name was resolved. So a name that
resolves differently between check and connection exploits nothing. Proxies of the environment are not used.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import PurePosixPath
from urllib.parse import unquote

import httpcore2
import httpx2

from balas.errors import FetchFailed, FetchRefused
from balas.knowledge.checked_network import Address, CheckedBackend, is_public
from balas.ports import forbid_inside_transaction

PORTS = frozenset({80, 443, 8080, 8443})
MAX_REDIRECTS = 3
MAX_BYTES = 10 * 1024 * 1024
TOTAL_SECONDS = 20.0
MAX_ADDRESS = 2048
AGENT = "Balas"

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


@dataclass(frozen=True, slots=True)
class Visited:
    """What a server answered to one request; only a 200 of a wanted type has content."""

    url: str
    status: int
    fields: Mapping[str, str]  # headers, names in small letters
    content: bytes = b""
    wanted: bool = True  # False: the content is of a type that was not asked for, and was not read

    @property
    def leads_to(self) -> str | None:
        """Where a redirect leads, as it is written."""
        return self.fields.get("location") if self.status in {301, 302, 303, 307, 308} else None

    @property
    def content_type(self) -> str:
        return self.fields.get("content-type", "").partition(";")[0].strip().lower()


class Fetcher:
    """`trusted` names servers ("host" or "host:port") of the operator's own network: they may be private.

    No other page leads there: a redirect to one of them is followed only from one of them.
    """

    def __init__(
        self,
        *,
        trusted: frozenset[str] = frozenset(),
        allow: Callable[[Address], bool] = is_public,
        ports: frozenset[int] = PORTS,
        max_bytes: int = MAX_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._trusted = trusted
        self._allow = allow
        self._ports = ports
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        self._tls = tls

    def fetch(self, address: str) -> Fetched:
        """Raise `FetchRefused` with the reason when the address must not or cannot be fetched."""
        forbid_inside_transaction("fetch")
        asked = url = self._checked(address, None)
        with self._pool() as pool:
            for _ in range(MAX_REDIRECTS + 1):
                page = self._get(pool, url, {}, lambda content_type: True)
                if page.leads_to is not None:
                    url = self._checked(page.leads_to, url)
                    continue
                if page.status != 200:
                    raise FetchRefused(f"The server answered {page.status} instead of the page.")
                return Fetched(str(asked), file_name(url.path, url.host, page.content_type), page.content)
        raise FetchRefused(f"The address leads on more than {MAX_REDIRECTS} times: give the last one.")

    def visit(
        self,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        wanted: Callable[[str], bool] = lambda content_type: True,
    ) -> Visited:
        """One request, whatever the status; redirects are told, not followed. `wanted` judges the content type.

        Raises `FetchFailed` when the server is not reached, `FetchRefused` when it may not be, or sends too much.
        """
        forbid_inside_transaction("fetch")
        with self._pool() as pool:
            return self._get(pool, self._checked(address, None), headers or {}, wanted)

    def trusts(self, address: str) -> bool:
        """Whether it lies on a server of the operator's own."""
        return self._is_trusted(httpx2.URL(address))

    def _is_trusted(self, url: httpx2.URL) -> bool:
        return f"{url.host}:{_port(url)}" in self._trusted or (_port(url) in PORTS and url.host in self._trusted)

    @contextmanager
    def _pool(self) -> Iterator[httpcore2.ConnectionPool]:
        backend = CheckedBackend(self._allowed, time.monotonic() + self._total_seconds)
        tls = self._tls or _web_tls()
        with httpcore2.ConnectionPool(ssl_context=tls, network_backend=backend, max_keepalive_connections=0) as pool:
            yield pool

    def _allowed(self, host: str, port: int, address: Address) -> bool:
        trusted = {host, f"{host}:{port}"} & self._trusted
        # A name of our own that points to link-local is the cloud's metadata service, not a server anybody meant.
        return self._allow(address) or (bool(trusted) and not address.is_link_local and not address.is_multicast)

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
        if base is not None and self._is_trusted(url) and not self._is_trusted(base):
            raise FetchRefused("The address leads into a private network and is not followed there.")
        if _port(url) not in self._ports and not self._is_trusted(url):
            open_ports = ", ".join(map(str, sorted(self._ports)))
            raise FetchRefused(f"Port {_port(url)} is not fetched from, only {open_ports}.")
        return url.copy_with(fragment=None)

    def _get(
        self, pool: httpcore2.ConnectionPool, url: httpx2.URL, more: Mapping[str, str], wanted: Callable[[str], bool]
    ) -> Visited:
        headers = [(b"Host", url.netloc), (b"User-Agent", AGENT.encode()), (b"Accept-Encoding", b"identity")]
        headers += [(name.encode(), value.encode("latin-1")) for name, value in more.items()]
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with pool.stream("GET", target, headers=headers) as response:
                fields = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
                seen = Visited(str(url), response.status, fields)
                if response.status != 200 or not wanted(seen.content_type):
                    return replace(seen, wanted=response.status != 200)
                if fields.get("content-encoding", "identity").lower() not in {"", "identity"}:
                    # Not inflated: a small answer may unfold to gigabytes.
                    raise FetchRefused("The server sends the page compressed though plain was asked for.")
                return replace(seen, content=self._read(response, fields))
        except httpcore2.TimeoutException as error:
            raise FetchFailed(f"The server took longer than {self._total_seconds:.0f} seconds.") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, OSError) as error:
            raise FetchFailed("The server cannot be reached, or does not speak HTTP: check the address.") from error

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


@cache
def _web_tls() -> ssl.SSLContext:
    """Once a process: reading the certificate authorities takes longer than many a page."""
    return httpx2.create_ssl_context(trust_env=False)


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def file_name(path: str, host: str, content_type: str) -> str:
    """A name whose extension follows the content type."""
    name = PurePosixPath(unquote(path)).name or host
    extension = _EXTENSIONS.get(content_type)
    if extension is None or name.lower().endswith(f".{extension}"):
        return name
    return f"{name}.{extension}"
