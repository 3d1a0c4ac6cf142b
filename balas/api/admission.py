"""Who asks, by the key that came, and whether that key may do this."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from balas import access
from balas.access import Scope
from balas.audit import Operator
from balas.database.session import reading, transaction
from balas.errors import DatabaseUnavailable, Forbidden, Unauthorized
from balas.models import ApiKey
from balas.runtime import Runtime
from balas.telemetry import logger

log = logger("admission")
_READING = frozenset({"GET", "HEAD"})
_LOOKED_UP = 4  # keys of one request


class Area(StrEnum):
    """What a router is about, which says with the method which scope opens it."""

    ASK = "ask"
    FIGURES = "figures"
    KNOWLEDGE = "knowledge"
    CONVERSATIONS = "conversations"
    ADMIN = "admin"

    def scope(self, method: str) -> Scope:
        if self in {Area.KNOWLEDGE, Area.CONVERSATIONS}:
            return Scope(f"{self}:{'read' if method in _READING else 'write'}")
        return Scope(self)


async def admit(request: Request, area: Area) -> Operator:
    """Raise `Unauthorized`, the same for no key and for a wrong, a revoked or an expired one, and `Forbidden` for a
    key that opens other things."""
    runtime: Runtime = request.app.state.runtime
    address = runtime.secrets.hashed(request.client.host if request.client else None)
    presented = presented_keys(request.headers)
    if _is_first(runtime.secrets.api_key, presented):
        return Operator("api", address)
    ours = [key for key in presented if access.is_one_of_ours(key)][:_LOOKED_UP]
    key = await run_in_threadpool(_found, runtime, ours) if ours else None
    if key is None:
        raise Unauthorized("An API key is needed: Authorization: Bearer KEY, or X-API-Key: KEY.")
    if not access.allows(key, scope := area.scope(request.method)):
        raise Forbidden(f"This key does not open that: it takes one with the scope {scope}.")
    return Operator(f"key {key.id}", address)


def presented_keys(headers: Headers) -> list[bytes]:
    keys = []
    for name, value in headers.raw:
        if name == b"x-api-key":
            keys.append(value.strip())
        elif name == b"authorization":
            scheme, _, credentials = value.strip().partition(b" ")
            if scheme.lower() == b"bearer":
                keys.append(credentials.strip())
    return keys


def _is_first(first: str, presented: list[bytes]) -> bool:
    expected = hashlib.sha256(first.encode()).digest()
    right = False
    for key in presented:
        # digests: compare_digest takes no non-ASCII text, and tells the length of what it compares
        right |= hmac.compare_digest(hashlib.sha256(key).digest(), expected)
    return right


def _found(runtime: Runtime, keys: list[bytes]) -> ApiKey | None:
    with reading(runtime.database) as session:
        key = access.find(session, keys)
    if key is not None and access.is_use_unwritten(key, datetime.now(UTC)):
        try:
            with transaction(runtime.database) as session:
                access.write_use(session, key.id)
        except DatabaseUnavailable:
            log.warning("use_of_key_not_written", key=key.id)  # a full disk keeps nobody from reading
    return key
