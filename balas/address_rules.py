"""What an address in a setting must look like. Each raises ValueError, without a part of the address: it may hold a
password."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

_DATABASES = {"sqlite", "mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"}
_NAME = re.compile(r"([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*")  # a last part of digits is no name
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?")


def check_database_address(address: str) -> None:
    parts = _split(address)
    if parts.scheme not in _DATABASES:
        raise ValueError("the address begins with mysql://, mariadb:// or sqlite:///")
    if parts.scheme == "sqlite" and (parts.netloc or parts.path in {"", "/", "/:memory:"}):
        raise ValueError("SQLite needs a file: sqlite:///balas.sqlite3, or four slashes before an absolute path")


def check_redis_address(address: str) -> None:
    parts = _split(address)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("the address begins with redis://, rediss:// (TLS) or unix://")
    if parts.scheme != "unix" and not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError("what follows the host is the number of a database: redis://host:6379/0")


def check_http_address(address: str) -> None:
    parts = _split(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an address of the form http://host:port")
    if parts.username or parts.password:
        raise ValueError("the address holds a user name or password; use the key's own setting")


def check_own_host(host: str) -> None:
    try:
        if not _NAME.fullmatch(host):
            ip_address(host.replace("%", ":::"))  # a zone cannot stand in the address at which we call ourselves
    except ValueError:
        raise ValueError(
            "an address or name of this machine, without brackets or port: 127.0.0.1, ::1, 0.0.0.0"
        ) from None


def check_hosts(listed: str) -> None:
    if not all(_HOST.fullmatch(part.strip()) for part in listed.split(",") if part.strip()):
        raise ValueError("a comma list of hosts, each with a port where it is not the usual one: wiki.local:8090")


def check_networks(listed: list[str]) -> None:
    try:
        for part in listed:
            ip_network(part)
    except ValueError:
        # "*" is refused too: it would let anybody choose the address for which wrong passwords are counted.
        raise ValueError("a comma list of addresses or networks of proxies: 172.18.0.0/16,10.0.0.7") from None


def _split(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:  # its text holds what may be a part of the password
        raise ValueError(
            "not an address, or its port is no number; / : @ [ and % in a password are written %2F %3A %40 %5B %25"
        ) from None
    return parts
