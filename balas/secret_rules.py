"""Which values cannot be secrets: those copied from a sample; and servers that anybody could reach without one."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import parse_qs, unquote, urlsplit

SAMPLES = frozenset(
    {"changeme", "change-me", "change_me", "secret", "password", "admin", "test", "example", "xxx", "todo", "123456"}
    | {"your-secret-key", "your-api-key", "your_api_key", "sk-...", "sk-your-key", "my-secret-key", "replace-me"}
)
# "<your key>", "changeme", "sk-xxxx", "your_key", "my-your-api-key"
_PLACEHOLDER = re.compile(
    r"^<.*>$|^(sk-(proj-)?)?(changeme|change[-_]me|replace[-_]me|your[-_]|x+$)|^.*[-_]your[-_].*(key|secret|token|here)$",
    re.IGNORECASE,
)
_UNCHANGED = frozenset({"changeme", "change-me", "change_me", "replace-me", "replace_me", "your-password"})
_HASH = re.compile(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}")
# What a shell leaves of a hash: it takes "$argon2id", "$v", "$m" for empty variables.
_LEFT_OF_HASH = re.compile(r"=19(=|,t=|\b.*,t=\d+,p=\d+)")
SAMPLE = "this is a sample value, not a secret; set one of your own"


def refuse_sample(secret: str) -> None:
    """Raises ValueError when the secret, or one of a comma list, is a well-known sample."""
    for part in secret.split(","):
        if part.strip().lower() in SAMPLES or _PLACEHOLDER.match(part.strip()):
            raise ValueError(SAMPLE)


def refuse_broken_hash(password: str) -> None:
    """Raises ValueError for an argon2id hash that nobody's password fits: cut off, or without what a shell or Compose
    took for variables."""
    begun = password.startswith("$argon2") or _LEFT_OF_HASH.match(password)
    if begun and not _HASH.fullmatch(password):
        raise ValueError(
            "not a whole argon2id hash: write it in single quotes, each $ as $$ in Compose, or put it in a file that "
            "BALAS_ADMIN_PASSWORD_FILE names"
        )


def refuse_sample_address(address: str) -> None:
    """The same for an address. A poor password of a server that is there ("test") is not ours to judge."""
    password = _password(address)
    if any(part.startswith("<") and part.endswith(">") for part in (address, password)) or password in _UNCHANGED:
        raise ValueError(SAMPLE)


def refuse_open_redis(address: str) -> None:
    """Raises ValueError for a Redis that the whole internet reaches without a password."""
    parts = urlsplit(address)
    if parts.scheme != "rediss" and not _password(address) and _is_public(parts.hostname or ""):
        raise ValueError("a Redis on a public address needs a password: redis://:password@host:6379/0")


def _password(address: str) -> str:
    parts = urlsplit(address)
    return unquote(parts.password or "") or parse_qs(parts.query).get("password", [""])[0]


def _is_public(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False  # a name: only the network knows what it stands for
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_global
