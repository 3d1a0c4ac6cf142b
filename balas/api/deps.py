"""What every route shares: the Runtime, the API key, and the checks that need nothing but the headers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, HTTPException, Request, Response, Security, params
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer

from balas import audit
from balas.api.admission import Area, Caller, admit
from balas.api.bodies import capped
from balas.runtime import Runtime

MAX_JSON_BYTES = 1_048_576

_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="`Authorization: Bearer KEY`")
_key_header = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key", description="`X-API-Key: KEY`")


async def runtime_of(request: Request) -> Runtime:
    return cast(Runtime, request.app.state.runtime)


async def caller_of(request: Request) -> Caller:
    """Who came through a `GuardedRoute`."""
    return cast(Caller, request.state.caller)


RuntimeDep = Annotated[Runtime, Depends(runtime_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]


async def _schemes(_bearer: Annotated[Any, Security(_bearer)], _key: Annotated[Any, Security(_key_header)]) -> None:
    """These parameters only make OpenAPI show the key: `GuardedRoute` checks it before a body is read."""


def accepts_json(accept: str | None, also: frozenset[str] = frozenset()) -> bool:
    """Whether an Accept header allows JSON; a range with q=0 is a refusal. `also`: other types that we can answer."""
    if accept is None or not accept.strip():
        return True
    for entry in accept.lower().split(","):
        media, *parameters = (part.strip() for part in entry.split(";"))
        if media in {"*/*", "application/*", "application/json", "application/problem+json", *also} and not any(
            part.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for part in parameters
        ):
            return True
    return False


def is_json(content_type: str | None) -> bool:
    media = (content_type or "").partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))


class GuardedRoute(APIRoute):
    """A route that looks at key, Accept, Content-Type and length before FastAPI reads and parses a body."""

    answers: frozenset[str] = frozenset()  # types beside JSON

    @property
    def area(self) -> Area:
        return Area(cast(str, self.tags[0]))  # the router's, see `protected_router`

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, params.Form)

        async def guarded(request: Request) -> Response:
            caller = request.state.caller = await admit(request, self.area)
            if not accepts_json(request.headers.get("accept"), self.answers):
                raise HTTPException(406, "This address answers application/json only.")
            if takes_json:
                request = limited_to_json(request)
            with audit.acting(caller.operator):
                return await handle(request)

        return guarded


class CsvRoute(GuardedRoute):
    """Answers a table; its errors are JSON."""

    answers = frozenset({"text/csv", "text/*"})


def limited_to_json(request: Request) -> Request:
    """The same request, whose body is JSON and ends at the limit however long it claims to be."""
    limited = capped(request, MAX_JSON_BYTES, f"The body is larger than {MAX_JSON_BYTES} bytes.")
    has_body = request.headers.get("content-length", "") not in {"", "0"} or "transfer-encoding" in request.headers
    if has_body and not is_json(request.headers.get("content-type")):
        raise HTTPException(415, "Send application/json.")
    return limited


def protected_router(area: Area, *, route_class: type[GuardedRoute] = GuardedRoute) -> APIRouter:
    """A router under /api: guarded routes, the key shown in OpenAPI, operation ids that are the functions' names."""
    return APIRouter(
        prefix="/api",
        tags=[area],
        route_class=route_class,
        dependencies=[Depends(_schemes)],
        generate_unique_id_function=lambda route: route.name,
    )
