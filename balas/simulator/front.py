"""What every call to the simulated WAHA meets first: the log of the wire, the API key, and injected faults."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from balas.simulator.faults import Dice
from balas.simulator.log import Log

_MAX_BODY_BYTES = 20 * 1024 * 1024


class Front:
    def __init__(self, api_key: str, dice: Dice, log: Log) -> None:
        self.dice = dice
        self._key = api_key.encode()
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send, app: ASGIApp) -> None:
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        if not self._authorized(scope):
            await _answer(401, {"message": "Unauthorized", "statusCode": 401})(scope, receive, send)
            self._write(scope, path, b"", 401, time.monotonic())
            return
        started = time.monotonic()
        body = await _read(receive)
        if path.startswith("/api/") and self.dice.hits_path(path):
            status = await self._with_faults(scope, body, receive, send, app)
        else:
            status = await _run(scope, body, send, app)
        self._write(scope, path, body, status, started)

    def _authorized(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"x-api-key")
        if given is None:
            query = parse_qs(scope["query_string"].decode("latin-1"))
            given = query.get("x-api-key", [""])[0].encode()
        return hmac.compare_digest(given, self._key)

    async def _with_faults(self, scope: Scope, body: bytes, receive: Receive, send: Send, app: ASGIApp) -> int:
        before = await self._before(scope, receive, send)
        if before is not None:
            return before
        answer = _Captured()
        await _run(scope, body, answer, app)
        if not 200 <= answer.status < 300:
            await answer.replay(send)
            return answer.status
        if self._strikes("lose_response"):
            return await _cut(scope, receive, send)
        if chance := self._strikes("error_after"):
            return await _fail(scope, send, chance.status)
        if chance := self._strikes("hang_after"):
            await asyncio.sleep(chance.seconds)
        if self._strikes("no_id"):
            return await _send_json(scope, send, 201, {})
        await answer.replay(send)
        return answer.status

    async def _before(self, scope: Scope, receive: Receive, send: Send) -> int | None:
        """The status of a call that was not let through, or None."""
        if self._strikes("unauthorized"):
            return await _send_json(scope, send, 401, {"message": "Unauthorized", "statusCode": 401})
        if chance := self._strikes("too_many"):
            headers = {"Retry-After": str(int(chance.seconds))}
            answer = _answer(429, {"statusCode": 429, "message": "Too Many Requests"}, headers)
            await answer(scope, _no_body, send)
            return 429
        if self._strikes("lose_request"):
            return await _cut(scope, receive, send)
        if chance := self._strikes("error_before"):
            return await _fail(scope, send, chance.status)
        if chance := self._strikes("hang_before"):
            await asyncio.sleep(chance.seconds)
        return None

    def _strikes(self, name: str) -> Any:
        chance = self.dice.strikes(name)
        if chance:
            self._log.add("fault", "", {"fault": name})
        return chance

    def _write(self, scope: Scope, path: str, body: bytes, status: int, started: float) -> None:
        if not path.startswith("/api/"):
            return
        try:
            content = json.loads(body) if body else None
        except ValueError:
            content = None
        chat_id = content.get("chatId", "") if isinstance(content, dict) else ""
        detail = {"method": scope["method"], "path": path, "status": status, "body": content}
        detail["ms"] = round((time.monotonic() - started) * 1000, 1)
        self._log.add("api", chat_id if isinstance(chat_id, str) else "", detail)


class _Captured:
    """An answer held back until it is decided what the caller sees of it."""

    def __init__(self) -> None:
        self.status = 500
        self._messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self._messages.append(message)

    async def replay(self, send: Send) -> None:
        for message in self._messages:
            await send(message)


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False) or len(body) > _MAX_BODY_BYTES:
            return bytes(body)


async def _run(scope: Scope, body: bytes, send: Send, app: ASGIApp) -> int:
    status = 500
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            return {"type": "http.disconnect"}
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def watch(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)

    await app(scope, receive, watch)
    return status


async def _no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _answer(status: int, content: Any, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(content, status, headers)


async def _send_json(scope: Scope, send: Send, status: int, content: Any) -> int:
    await _answer(status, content)(scope, _no_body, send)
    return status


async def _fail(scope: Scope, send: Send, status: int) -> int:
    return await _send_json(scope, send, status, {"statusCode": status, "message": "injected"})


async def _cut(scope: Scope, receive: Receive, send: Send) -> int:
    """Close the connection without a byte; behind other middleware, which hides it, answer as a proxy would."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        return await _fail(scope, send, 504)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":  # the server would answer for a call that returns earlier
        continue
    return 0
