"""Who is calling, by the key of the request, and whether that key may do what is asked."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from balas import access
from balas.access import Scope
from balas.audit import Operator
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import DatabaseUnavailable, Forbidden, Unauthorized
from balas.models import ApiKey
from balas.runtime import Runtime
from balas.telemetry import logger

log = logger("admission")
_READING = frozenset({"GET", "HEAD"})
_LOOKED_UP = 4  # keys of one request


class Area(StrEnum):
    """What a router is about. Together with the method it decides which scope opens a route."""

    ASK = "ask"
    FIGURES = "figures"
    KNOWLEDGE = "knowledge"
    CONVERSATIONS = "conversations"
    ADMIN = "admin"

    def scope(self, method: str) -> Scope:
        if self in {Area.KNOWLEDGE, Area.CONVERSATIONS}:
            return Scope(f"{self}:{'read' if method in _READING else 'write'}")
        return Scope(self)


@dataclass(frozen=True, slots=True)
class Caller:
    operator: Operator
    key: ApiKey | None  # None: the first one, which opens everything

    def need(self, scope: Scope) -> None:
        """Raise `Forbidden` where the key does not open this."""
        if self.key is not None and not access.allows(self.key, scope):
            raise Forbidden(f"This key does not open that: it takes one with the scope {scope}.")


async def admit(request: Request, area: Area) -> Caller:
    """Raise `Unauthorized`, the same for no key and for a wrong, a revoked or an expired one, and `Forbidden` for a
    key that opens other things."""
    runtime: Runtime = request.app.state.runtime
    address = runtime.secrets.hashed(request.client.host if request.client else None)
    presented = presented_keys(request.headers)
    if _is_first(runtime.secrets.api_key, presented):
        return Caller(Operator("api", address), None)
    ours = [key for key in presented if access.is_one_of_ours(key)][:_LOOKED_UP]
    key = await run_in_threadpool(_found, runtime, ours) if ours else None
    if key is None:
        raise Unauthorized("An API key is needed: Authorization: Bearer KEY, or X-API-Key: KEY.")
    caller = Caller(Operator(f"key {key.id}", address), key)
    caller.need(area.scope(request.method))
    return caller


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
        is_unwritten = key is not None and access.is_use_unwritten(key, now(session))
    if key is not None and is_unwritten:
        try:
            with transaction(runtime.database) as session:
                access.write_use(session, key.id)
        except DatabaseUnavailable:
            log.warning("use_of_key_not_written", key=key.id)  # a full disk keeps nobody from reading
    return key
