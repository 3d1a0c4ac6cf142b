"""`POST /api/webhook`: record first, answer, think later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from balas.api.letterbox import Letterbox
from balas.api.problems import problem, request_id_of
from balas.conversations import inbox, policy
from balas.conversations.chats import chat_key
from balas.conversations.policy import Status
from balas.errors import UnusableEvent
from balas.failpoints import failpoint
from balas.runtime import Runtime
from balas.security.signatures import verify
from balas.telemetry import logger
from balas.values import InboundMessage
from balas.waha.events import dedupe_key, parse_event

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
            "description": "sha512, which is also what its absence means",
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


class WebhookRoute(APIRoute):
    """A route to OpenAPI; what FastAPI lays around an endpoint costs as much as storing the event, and is left out."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive)
        response = await receive_webhook_event(request)
        await response(scope, receive, send)


def add_webhook(app: FastAPI) -> None:
    """First of the routes, and not in a router of its own, which would match each request twice."""
    app.router.add_api_route(
        "/api/webhook",
        receive_webhook_event,
        methods=["POST"],
        tags=["webhook"],
        operation_id="receive_webhook_event",
        summary="Receive a WAHA event",
        response_model=WebhookReply,
        responses=RESPONSES,
        openapi_extra=OPENAPI,
        route_class_override=WebhookRoute,
    )


async def receive_webhook_event(request: Request) -> Response:
    """Stores the event before it answers.

    Anything signed is answered 200, since WAHA repeats everything else: what can never be answered is kept as dead.
    """
    runtime: Runtime = request.app.state.runtime
    body = await _body(request)
    if isinstance(body, Refusal):
        # What is left of the body is not read: the connection cannot be used again.
        return problem(request_id_of(request.scope), body.status, body.detail, headers={"Connection": "close"})
    signatures = [value for name, value in request.headers.raw if name == b"x-webhook-hmac"]
    algorithm = next((value for name, value in request.headers.raw if name == b"x-webhook-hmac-algorithm"), None)
    if not verify(runtime.secrets.hmac_keys, body, signatures, algorithm):
        runtime.metrics.webhook_events.labels("unauthorized", "signature").inc()
        log.warning("webhook_signature_refused", size=len(body))
        return problem(request_id_of(request.scope), 401, "The signature does not fit the body and the configured key.")
    return await _take_in(request, runtime, body)


async def _take_in(request: Request, runtime: Runtime, body: bytes) -> Response:
    now = datetime.now(UTC)
    request_id = request_id_of(request.scope)
    letterbox: Letterbox = request.app.state.letterbox
    taken: str | None = None  # whose token this message took
    status: str
    try:
        event = parse_event(body)
    except UnusableEvent as error:
        letter, status, reason = inbox.dead_letter(error, body, now, request_id), "dead", error.reason
    else:
        verdict = policy.screen(event, request.app.state.rules, now)
        if verdict.status is Status.QUEUED and isinstance(event.content, InboundMessage):
            key = f"{event.waha_session}:{chat_key(event.content)}"
            if not letterbox.is_first(dedupe_key(event, body)):
                pass  # WAHA tells one message as `message` and `message.any` at once: only the first pays
            elif await runtime.throttle.allow(key):
                taken = key
            else:
                verdict = policy.RATE_LIMITED
        letter, status = inbox.letter(event, verdict, body, now, request_id), verdict.status
        reason = verdict.reason or ""
    stored = await letterbox.post(letter)
    failpoint("before_webhook_answered")
    if not stored.is_new:
        status, reason = "duplicate", ""
        if taken is not None:
            await runtime.throttle.give_back(taken)
    runtime.metrics.webhook_events.labels(status, reason).inc()
    return _reply(status, reason, str(stored.row_id) if letter["pending"] and stored.is_new else None, request_id)


def _reply(status: str, reason: str, job_id: str | None, request_id: str) -> Response:
    content = {"status": status, "request_id": request_id, "job_id": job_id, "reason": reason or None}
    return Response(msgspec.json.encode(content), media_type="application/json")


async def _body(request: Request) -> bytes | Refusal:
    """The raw bytes, counted while they come: a length header may be wrong or missing."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        return Refusal(415, "A compressed body is not accepted.")
    length = request.headers.get("content-length", "")
    if len(length) > 19 or (length.isdecimal() and int(length) > MAX_BODY_BYTES):
        return Refusal(413, f"The body may hold {MAX_BODY_BYTES} bytes at most.")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return Refusal(413, f"The body may hold {MAX_BODY_BYTES} bytes at most.")
        chunks.append(chunk)
    return b"".join(chunks)
