"""Errors as RFC 9457 problem details. Nothing of what was sent is repeated, and no trace leaves the process."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from balas.errors import BalasError, Transient

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_DETAILS = {
    404: "Nothing is at this address; /docs lists what there is.",
    405: "This address does not take this method; Allow lists those it takes.",
}
# pydantic puts the input into the message of these
_TALKATIVE = {"union_tag_invalid": "The kind is not one of those known here."}


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def problem(
    request_id: str,
    status: int,
    detail: str,
    *,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> ProblemResponse:
    """Build the answer. `title` is the status' own phrase unless given; `members` are extension members."""
    phrase = HTTPStatus(status).phrase
    title = title or phrase
    body = {
        "type": "about:blank" if title == phrase else f"urn:balas:problem:{_slug(title)}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request_id,
        **members,
    }
    extra = dict(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return ProblemResponse(body, status_code=status, headers=extra)


def unexpected(request_id: str) -> ProblemResponse:
    return problem(request_id, 500, "Something went wrong here; the log has it under this request id.")


def request_id_of(scope: Scope) -> str:
    """The id of the request, which every answer and log line carries."""
    return str(scope.get("state", {}).get("request_id", ""))


def install_problems(app: FastAPI) -> None:
    app.add_exception_handler(BalasError, _balas_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)


async def _balas_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, BalasError)  # noqa: S101 narrows the type
    return problem_of(error, request_id_of(request.scope))


def problem_of(error: BalasError, request_id: str) -> ProblemResponse:
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="balas"'
    if isinstance(error, Transient) and error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds)))
    return problem(request_id, error.status, str(error) or error.title, title=_title_of(error), headers=headers)


def _title_of(error: BalasError) -> str:
    phrase = HTTPStatus(error.status).phrase
    return phrase if error.title.lower() == phrase.lower() else error.title


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 narrows the type
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
    if error.status_code in {204, 304}:
        return Response(status_code=error.status_code, headers=headers)
    detail = str(error.detail)
    if detail == HTTPStatus(error.status_code).phrase:
        detail = _DETAILS.get(error.status_code, detail)
    return problem(request_id_of(request.scope), error.status_code, detail, headers=headers)


def allowed_methods(request: Request) -> list[str]:
    """Every method that some route takes at this path. Routers name only those of the first route that fits."""
    app = cast(FastAPI, request.app)
    scope = {name: value for name, value in request.scope.items() if name not in {"fastapi", "path_params"}}
    return [
        method
        for method in METHODS
        if any(
            route.matches({**scope, "method": method, "path_params": {}})[0] is Match.FULL
            for route in app.router.routes
        )
    ]


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 narrows the type
    found = error.errors()
    request_id = request_id_of(request.scope)
    if (found and found[0].get("type") == "json_invalid") or _holds_no_number(error.body):
        return problem(request_id, 400, "The body is not valid JSON.")
    return problem(
        request_id,
        422,
        "The request holds values that are not valid here; errors lists them.",
        title="Validation error",
        errors=[_violation(item) for item in found],
    )


def _holds_no_number(body: Any) -> bool:
    """NaN and Infinity are no JSON, but Python reads them."""
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return True
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
    return False


def _violation(item: Mapping[str, Any]) -> dict[str, str]:
    """`{"pointer", "detail"}`; the name of an unknown field is input too, so its pointer is the object it was in."""
    kind = str(item.get("type"))
    place: Sequence[Any] = item.get("loc", ())
    if kind == "extra_forbidden":
        return {"pointer": _pointer(place[:-1]), "detail": "There is a field here that is not known."}
    detail = _TALKATIVE.get(kind) or str(item.get("msg", "Not valid.")).removeprefix("Value error, ")
    return {"pointer": _pointer(place), "detail": detail}


def _pointer(place: Sequence[Any]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
