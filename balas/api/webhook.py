"""`POST /api/webhook`: record first, answer, think later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from balas.api.letterbox import Letter, Letterbox
from balas.api.problems import problem, problem_of, request_id_of
from balas.api.tolls import Tolls
from balas.conversations import letters, policy
from balas.conversations.hidden_ids import chat_key
from balas.conversations.inbox import Stored
from balas.conversations.policy import Rules, Status
from balas.errors import BalasError, UnusableEvent
from balas.failpoints import failpoint
from balas.runtime import Runtime
from balas.security.signatures import verify, why_refused
from balas.telemetry import logger
from balas.values import InboundMessage, WebhookEvent
from balas.waha.events import dedupe_key, parse_event

PATH = "/api/webhook"
MAX_BODY_BYTES = 1_048_576

log = logger("webhook")


# Declared here and not as parameters: the framework's parsing of headers and body costs more than all that follows.
OPENAPI: dict[str, Any] = {
    "parameters": [
        {
            "name": "X-Webhook-Hmac",
            "in": "header",
            "required": True,
            "description": "HMAC-SHA512 over the raw body, hex",
            "schema": {"type": "string"},
        },
        {
            "name": "X-Webhook-Hmac-Algorithm",
            "in": "header",
            "required": False,
            "description": "`sha512`; a missing header means the same",
            "schema": {"type": "string", "enum": ["sha512"]},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "id": "evt_01k0000000000000000000000a",
                    "timestamp": 1767225600123,
                    "event": "message",
                    "session": "default",
                    "payload": {
                        "id": "false_12025550101@c.us_3EB0A1B2C3D4E5F60708",
                        "timestamp": 1767225600,
                        "from": "12025550101@c.us",
                        "fromMe": False,
                        "body": "Jam berapa buka?",
                        "hasMedia": False,
                    },
                    "engine": "NOWEB",
                },
            }
        },
    },
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    "status": "queued",
                    "request_id": "5c1f6f0e-8f0e-4d6e-9d5a-0c8c3f1f2a77",
                    "job_id": "412",
                    "reason": None,
                }
            }
        }
    }
}


class WebhookReply(BaseModel):
    """What became of the event. `job_id` is the doorbell's row, null when nothing is left to do."""

    status: Literal["queued", "duplicate", "ignored", "dead"]
    request_id: str
    job_id: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    detail: str


TOO_LONG = Refusal(413, f"The body may hold {MAX_BODY_BYTES} bytes at most.")


class Webhook:
    """The endpoint as plain ASGI: what a framework lays around an endpoint costs more than storing the event."""

    def __init__(self, runtime: Runtime, rules: Rules) -> None:
        self._runtime = runtime
        self._rules = rules
        self._letterbox = Letterbox(runtime)
        self._tolls = Tolls(runtime.throttle)
        self._counted = lru_cache(maxsize=64)(runtime.metrics.webhook_events.labels)  # `labels` locks and looks up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers once the event is stored.

        Every signed event is answered 200: WAHA repeats whatever is not. What can never be answered is kept as dead.
        """
        response: ASGIApp
        try:
            response = await self._answer(scope, receive)
        except BalasError as error:
            response = problem_of(error, request_id_of(scope))
        await response(scope, receive, send)
        failpoint("after_webhook_answered")

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        call = _Call(scope["headers"])
        body = await _body(call, receive)
        request_id = request_id_of(scope)
        if isinstance(body, Refusal):
            # What is left of the body is not read: the connection cannot be used again.
            return problem(request_id, body.status, body.detail, headers={"Connection": "close"})
        if not verify(self._runtime.secrets.hmac_keys, body, call.signatures, call.algorithm):
            self._counted("unauthorized", "signature").inc()
            log.warning("webhook_signature_refused", size=len(body))
            return problem(request_id, 401, why_refused(call.signatures, call.algorithm))
        return await self._take_in(body, request_id)

    async def _take_in(self, body: bytes, request_id: str) -> ASGIApp:
        now = datetime.now(UTC)
        try:
            event = parse_event(body)
        except UnusableEvent as error:
            letter = letters.of_rubbish(error, body, now, request_id)
            return self._reply(letter, await self._letterbox.post(letter), "dead", error.reason)
        verdict = policy.screen(event, self._rules, now)
        if event.waha_session in self._rules.waha_sessions:
            self._runtime.heard[event.waha_session] = now.timestamp()
        key = dedupe_key(event, body)
        if verdict.status is Status.QUEUED and isinstance(event.content, InboundMessage):
            return await self._let_in(event, event.content, key, now, request_id)
        letter = letters.of_event(event, verdict, key, now, request_id)
        return self._reply(letter, await self._letterbox.post(letter), verdict.status, verdict.reason)

    async def _let_in(
        self, event: WebhookEvent, message: InboundMessage, key: str, now: datetime, request_id: str
    ) -> ASGIApp:
        """A message to be answered, if its chat has not said too much in this minute."""
        chat = f"{event.waha_session}:{chat_key(message)}"
        passes, is_first = await self._tolls.pay(key, chat)
        verdict = policy.QUEUED if passes else policy.RATE_LIMITED
        has_paid = passes and is_first
        try:
            letter = letters.of_event(event, verdict, key, now, request_id)
            stored = await self._letterbox.post(letter)
        except BalasError:
            if has_paid:  # WAHA tells it again, and it pays then
                await self._runtime.throttle.give_back(chat)
            raise
        finally:
            if is_first:
                self._tolls.leave(key)
        if has_paid and not stored.is_new:
            await self._runtime.throttle.give_back(chat)
        return self._reply(letter, stored, verdict.status, verdict.reason)

    def _reply(self, letter: Letter, stored: Stored, status: str, reason: str | None) -> ASGIApp:
        failpoint("before_webhook_answered")
        if not stored.is_new:
            status, reason = "duplicate", None
        self._counted(status, reason or "").inc()
        job_id = str(stored.row_id) if letter["pending"] and stored.is_new else None
        return _Reply(status, reason, job_id, letter["request_id"])

    def close(self) -> None:
        self._letterbox.close()


def add_webhook(app: FastAPI) -> None:
    """For the list of what there is, and for calls that come under another path than `PATH`."""
    app.router.add_api_route(
        PATH,
        receive_webhook_event,
        methods=["POST"],
        tags=["webhook"],
        operation_id="receive_webhook_event",
        summary="Receive a WAHA event",
        response_model=WebhookReply,
        responses=RESPONSES,
        openapi_extra=OPENAPI,
    )


class _Answered(Response):
    """Lets the endpoint write the answer itself."""

    def __init__(self, webhook: Webhook) -> None:
        super().__init__()
        self._webhook = webhook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._webhook(scope, receive, send)


async def receive_webhook_event(request: Request) -> Response:
    """Stores the event before it answers.

    Every signed event is answered 200: WAHA repeats whatever is not. What can never be answered is kept as dead.
    """
    return _Answered(request.app.state.webhook)


class _Reply:
    """A `WebhookReply` on its way: the framework's response takes as long as reading the body."""

    __slots__ = ("body",)

    def __init__(self, status: str, reason: str | None, job_id: str | None, request_id: str) -> None:
        content = {"status": status, "request_id": request_id, "job_id": job_id, "reason": reason or None}
        self.body = msgspec.json.encode(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = str(len(self.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class _Call:
    """What the headers say, read in one pass; of each the first, of signatures all."""

    __slots__ = ("algorithm", "encoding", "length", "signatures")

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.signatures: list[bytes] = []
        self.algorithm: bytes | None = None
        self.encoding = self.length = b""
        for name, value in headers:
            if name == b"content-length":
                self.length = self.length or value
            elif name == b"x-webhook-hmac":
                self.signatures.append(value)
            elif name == b"x-webhook-hmac-algorithm":
                self.algorithm = value if self.algorithm is None else self.algorithm
            elif name == b"content-encoding":
                self.encoding = self.encoding or value


async def _body(call: _Call, receive: Receive) -> bytes | Refusal:
    """The raw bytes, counted while they come: a length header may be wrong or missing."""
    if (call.encoding or b"identity").lower() != b"identity":
        return Refusal(415, "A compressed body is not accepted.")
    if len(call.length) > 19 or (call.length.isdigit() and int(call.length) > MAX_BODY_BYTES):
        return TOO_LONG
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return TOO_LONG
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)
