"""What every answer carries: a request id and the headers that keep browsers careful. Unexpected errors end here."""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Awaitable
from http import HTTPStatus

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from balas.api.problems import problem, request_id_of, unexpected
from balas.settings import Settings
from balas.telemetry import logger

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# Not no-referrer: browsers would then send "Origin: null" with the console's own forms.
_DEFAULTS = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))
_OF_API = (*_DEFAULTS, (b"cache-control", b"no-store"))


class RequestContext:
    """Plain ASGI: Starlette's BaseHTTPMiddleware would cost the webhook a task and two streams a request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        bind_contextvars(request_id=request_id)
        defaults = _OF_API if scope["path"].startswith("/api/") else _DEFAULTS
        started = False

        def send_completed(message: Message) -> Awaitable[None]:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = list(message.get("headers", ()))
                names = {name for name, _ in headers}
                headers.append((b"x-request-id", request_id.encode()))
                headers += [header for header in defaults if header[0] not in names]
                message["headers"] = headers
            return send(message)

        try:
            await self.app(scope, receive, send_completed)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 the process edge: answered and logged, never shown
            _log(error, scope)
            # Once the answer has begun, ending without its last part makes the server close the connection.
            if not started:
                await unexpected(request_id)(scope, receive, send_completed)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            given: str = value.decode("ascii")
            return given
    return f"{random.getrandbits(128):032x}"


def _log(error: Exception, scope: Scope) -> None:
    """Only types and lines of code: messages of errors hold what people wrote and SQL parameters."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and isinstance(cause, Exception):
        chain.append(cause)
    logger(__name__).error(
        "request failed",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", None),
        errors=[f"{type(link).__module__}.{type(link).__qualname__}" for link in chain],
        trace=_places(error),
    )


def _places(error: Exception) -> list[str]:
    """Our own lines on the way to the error, and the line that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/balas/" in frame.filename or frame is frames[-1]]
    return [f"{frame.filename.rpartition('/balas/')[2]}:{frame.lineno} {frame.name}" for frame in ours]


class Origins(CORSMiddleware):
    """Starlette refuses a preflight in plain text."""

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        return answer if answer.status_code == HTTPStatus.OK else _RefusedPreflight(answer)


class _RefusedPreflight(Response):
    """Becomes a problem later, when the request is known whose id it must carry."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status_code, answer.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette's words name what is refused, and nothing that was sent.
        detail = f"{bytes(self.body).decode()}: BALAS_CORS_ORIGINS lists who may call, and /docs what may be sent."
        kept = {name: value for name, value in self.headers.items() if not name.startswith("content-")}
        await problem(request_id_of(scope), self.status_code, detail, headers=kept)(scope, receive, send)


def configure_middleware(app: FastAPI, settings: Settings) -> None:
    """Add CORS, when origins are named, and around it the request context."""
    if settings.cors_origins:
        app.add_middleware(
            Origins,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After", "Idempotency-Replayed"],
        )
    app.add_middleware(RequestContext)
