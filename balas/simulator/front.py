"""What every call to the simulated WAHA passes first: the log of calls, the API key, and injected faults."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from balas.simulator.faults import Chance, Dice
from balas.simulator.log import Log

_MAX_BODY_BYTES = 20 * 1024 * 1024


class Front:
    def __init__(self, api_key: str, dice: Dice, log: Log) -> None:
        self.dice = dice
        self._key = api_key.encode()
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send, app: ASGIApp) -> None:
        path = str(scope["path"]).removeprefix(scope.get("root_path", ""))
        started = time.monotonic()
        body = b""
        if not self._authorized(scope):
            answer: Answer | None = await _json(scope, 401, {"message": "Unauthorized", "statusCode": 401})
        else:
            body = await _read(receive)
            if path.startswith("/api/") and self.dice.hits_path(path):
                answer = await self._with_faults(scope, body, app)
            else:
                answer = await _run(scope, body, app)
        # Logged first: whoever has the answer finds the call in the log.
        self._write(scope, path, body, answer.status if answer else 0, started)
        if answer is None:
            await _cut(scope, receive, send)
        else:
            await answer.replay(send)

    def _authorized(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"x-api-key")
        if given is None:
            query = parse_qs(scope["query_string"].decode("latin-1"))
            given = query.get("x-api-key", [""])[0].encode()
        return hmac.compare_digest(given, self._key)

    async def _with_faults(self, scope: Scope, body: bytes, app: ASGIApp) -> Answer | None:
        """None: the connection is to be cut."""
        if self._strikes("unauthorized"):
            return await _json(scope, 401, {"message": "Unauthorized", "statusCode": 401})
        if chance := self._strikes("too_many"):
            headers = {"Retry-After": str(int(chance.seconds))}
            return await _json(scope, 429, {"statusCode": 429, "message": "Too Many Requests"}, headers)
        if 0 < self.dice.faults.longest_body < len(body):
            return await _failure(scope, 413)
        if self._strikes("lose_request"):
            return None
        if chance := self._strikes("error_before"):
            return await _failure(scope, chance.status)
        if chance := self._strikes("hang_before"):
            await asyncio.sleep(chance.seconds)
        answer = await _run(scope, body, app)
        return await self._after(scope, answer) if 200 <= answer.status < 300 else answer

    async def _after(self, scope: Scope, answer: Answer) -> Answer | None:
        """What the caller gets to see of a call that was applied."""
        if self._strikes("lose_response"):
            return None
        if chance := self._strikes("error_after"):
            return await _failure(scope, chance.status)
        if chance := self._strikes("hang_after"):
            await asyncio.sleep(chance.seconds)
        return await _json(scope, 201, {}) if self._strikes("no_id") else answer

    def _strikes(self, name: str) -> Chance | None:
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


class Answer:
    """An answer held back until it is logged and decided what the caller sees of it."""

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


async def _run(scope: Scope, body: bytes, app: ASGIApp) -> Answer:
    answer = Answer()
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            return {"type": "http.disconnect"}
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    await app(scope, receive, answer)
    return answer


async def _json(scope: Scope, status: int, content: Any, headers: dict[str, str] | None = None) -> Answer:
    return await _run(scope, b"", JSONResponse(content, status, headers))


async def _failure(scope: Scope, status: int) -> Answer:
    return await _json(scope, status, {"statusCode": status, "message": "injected"})


async def _cut(scope: Scope, receive: Receive, send: Send) -> None:
    """Close the connection without a byte; behind other middleware, which hides it, answer as a proxy would."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        await (await _failure(scope, 504)).replay(send)
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":  # the server would answer for a call that returns earlier
        continue
