"""Idempotency-Key: a request that is sent again, because its answer was lost, is answered again and not done again."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import HTTPException, Request, Response
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive

from balas.api.admission import admit
from balas.api.deps import GuardedRoute
from balas.api.upload_body import within_a_file
from balas.database.claims import change, claim
from balas.database.clock import now
from balas.database.insertions import insert_once
from balas.database.session import persist, transaction
from balas.errors import InvalidRequest, LeaseLost
from balas.models import KeptReply
from balas.runtime import Runtime

KEPT = timedelta(days=1)
WAIT_SECONDS = 10.0  # for the same request that is under way already
LOOK_EVERY_SECONDS = 0.1
REPLAYED = "Idempotency-Replayed"
HEADER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A name that the caller makes up for this request. Sent again within a day, the request is answered "
    "as the first time",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_BOUNDARY = re.compile(rb"boundary=\"?([^\";,\s]+)", re.IGNORECASE)

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(GuardedRoute):
    """A route whose POSTs take an Idempotency-Key. Only what succeeded is kept: an error may be tried again."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["openapi_extra"] = {**(options.get("openapi_extra") or {}), "parameters": [HEADER]}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handle:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            if key is None or request.method != "POST":
                return await handle(request)
            await admit(request, self.area)
            if not _KEY.fullmatch(key):
                raise InvalidRequest("Idempotency-Key takes 1 to 255 characters of ASCII.")
            return await _once(request, key, handle)

        return once


@dataclass(frozen=True, slots=True)
class _Begun:
    row_id: int
    token: str


async def _once(request: Request, key: str, handle: Handle) -> Response:
    runtime: Runtime = request.app.state.runtime
    body = await within_a_file(request).body()
    key_hash = hashlib.sha256(f"{request.url.path}\n{key}".encode()).hexdigest()
    body_hash = _hash_of(request, body)
    until = time.monotonic() + WAIT_SECONDS
    while (found := await run_in_threadpool(_begin, runtime, key_hash, body_hash)) is None:
        if time.monotonic() >= until:
            raise HTTPException(409, "The same request is still being worked on.", headers={"Retry-After": "5"})
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    if isinstance(found, Response):
        return found
    try:
        with runtime.leases.holding(KeptReply, found.row_id, found.token):
            answer = await handle(Request(request.scope, _again(body, request.receive)))
    except Exception:
        await run_in_threadpool(_forget, runtime, found)
        raise
    await run_in_threadpool(_keep, runtime, found, answer)
    return answer


def _begin(runtime: Runtime, key_hash: str, body_hash: str) -> _Begun | Response | None:
    """The right to work on it, the answer it had, or None while another works on it."""

    def begin(session: Session) -> _Begun | Response | None:
        at = now(session)
        session.execute(delete(KeptReply).where(KeptReply.created_at < at - KEPT))
        fresh = {"key_hash": key_hash, "body_hash": body_hash, "attempts": 0, "created_at": at}
        insert_once(session, KeptReply, [fresh])
        row = session.scalars(select(KeptReply).where(KeptReply.key_hash == key_hash)).one()
        if row.body_hash != body_hash:
            raise InvalidRequest("This Idempotency-Key was sent with another request: take a new one.")
        if row.status is not None:
            return _kept(row)
        # A lease that ran out belonged to a process that died: the request is done again, as it would be without a key.
        token = claim(session, KeptReply, row.id, at, KeptReply.status.is_(None))
        return None if token is None else _Begun(row.id, token)

    # Of several that come at once the database may choose one as a deadlock's victim.
    return persist(runtime.database, begin)


def _kept(row: KeptReply) -> Response:
    media_type = "application/json" if row.content else None
    return Response(row.content or b"", row.status or 200, {REPLAYED: "true"}, media_type)


def _keep(runtime: Runtime, begun: _Begun, answer: Response) -> None:
    kept = {"status": answer.status_code, "content": bytes(answer.body), "lease_until": None}

    def write(session: Session) -> None:
        change(session, KeptReply, begun.row_id, begun.token, **kept)

    try:
        persist(runtime.database, write)
    except LeaseLost:
        return  # we were frozen for so long that another process did it again, and answers the same


def _forget(runtime: Runtime, begun: _Begun) -> None:
    ours = (KeptReply.id == begun.row_id, KeptReply.lease_token == begun.token)
    with transaction(runtime.database) as session:
        session.execute(delete(KeptReply).where(*ours))


def _hash_of(request: Request, body: bytes) -> str:
    """The boundary of a form differs each time it is sent, so it is left out."""
    boundary = _BOUNDARY.search(request.headers.get("content-type", "").encode())
    content = body.replace(boundary[1], b"") if boundary else body
    return hashlib.sha256(f"{request.url.query}\n".encode() + content).hexdigest()


def _again(body: bytes, receive: Receive) -> Receive:
    is_read = False

    async def read_again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return read_again
