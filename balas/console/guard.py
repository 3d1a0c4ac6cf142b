"""Who may see the console, and the browser rules for its pages."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from balas import audit
from balas.console.pages import problem_page
from balas.console.state import logins_of, runtime_of
from balas.errors import BalasError, Forbidden, InvalidRequest, NotFound, Refused
from balas.security.bodies import counted
from balas.security.logins import LOGIN_SECONDS, Login

COOKIE = "balas_login"
NOT_GIVEN_BACK = frozenset({"form_token", "password", "next"})
WORTH_KEEPING = 12  # characters: less is quickly written again
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types balas",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class TooLarge(Refused):
    status = 413
    title = "Too large"


class NoForm(Refused):
    status = 415
    title = "Not a form"


class NotSaved(Refused):
    """A form of a login that is over. `written` is given back, so that nobody has to write it again."""

    title = "Not saved"

    def __init__(self, sentence: str, status: int, written: Sequence[str]) -> None:
        super().__init__(sentence)
        self.status = status
        self.written = written


class ConsoleRoute(APIRoute):
    """A page that anybody may see. Posts must come from our own pages; errors become pages."""

    most_bytes = 64 * 1024  # of what is posted

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                response = await self.guarded(request, inner)
            except RequestValidationError:
                wrong = NotFound if request.method in SAFE_METHODS else InvalidRequest
                response = problem_page(request, wrong("There is nothing at this address. Check the link."))
            except BalasError as error:
                response = problem_page(request, error, error.written if isinstance(error, NotSaved) else ())
                if isinstance(error, TooLarge):
                    response.headers["Connection"] = "close"  # what is left of the body is not read
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return handler

    async def guarded(self, request: Request, inner: Handler) -> Response:
        login = current_login(request)
        if request.method not in SAFE_METHODS:
            refuse_other_sites(request)
            request = await self.taken_in(request)
            await refuse_other_pages(request, login)
        request.state.login = login
        return await inner(request)

    async def taken_in(self, request: Request, most_bytes: int = 0) -> Request:
        """The request with its body read, counted while it arrived."""
        if request.headers.get("Content-Type", "").lower().startswith("multipart/"):
            raise NoForm("No file is taken here. Use the page's own form.")
        most_bytes = most_bytes or self.most_bytes
        refusal = f"What was sent is larger than {most_bytes // 1024:,} KB. Shorten it."
        taken = Request(request.scope, counted(request.receive, most_bytes, lambda: TooLarge(refusal)))
        await taken.body()
        return taken


class AdminRoute(ConsoleRoute):
    """A page for the administrator. Checked before the body is read: a stranger's upload is never parsed."""

    most_bytes = 1024 * 1024  # the longest message, in the longest writing

    async def guarded(self, request: Request, inner: Handler) -> Response:
        login = current_login(request)
        if login is None or not login.admin:
            if request.method not in SAFE_METHODS and is_form(request) and not request.headers.get("HX-Request"):
                refuse_other_sites(request)
                written = await what_was_written(await ConsoleRoute.taken_in(self, request, ConsoleRoute.most_bytes))
                raise NotSaved("You were logged out meanwhile. Log in and do it again.", 401, written)
            return login_needed(request)
        with audit.acting(operator_of(request)):
            return await super().guarded(request, inner)


class UploadRoute(AdminRoute):
    """Takes a file, and counts it itself."""

    async def taken_in(self, request: Request, most_bytes: int = 0) -> Request:
        return request


def operator_of(request: Request) -> audit.Operator:
    address = runtime_of(request).secrets.hashed(request.client.host if request.client else None)
    return audit.Operator("console", address)


def current_login(request: Request) -> Login | None:
    return logins_of(request).read(request.cookies.get(COOKIE))


def login_needed(request: Request) -> Response:
    if request.headers.get("HX-Request") or request.method not in SAFE_METHODS:
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted)}", status_code=303)


def refuse_other_sites(request: Request) -> None:
    """Raise `Forbidden` for a change that a browser says comes from elsewhere."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host"):
        raise Forbidden("This request came from another site. Open Balas itself and try again.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("This request came from another site. Open Balas itself and try again.")


async def refuse_other_pages(request: Request, login: Login | None) -> None:
    """Raise `Forbidden` for a change that comes from none of our own pages."""
    token = request.headers.get("X-Form-Token")
    if token is None and is_form(request):
        field = (await request.form()).get("form_token")
        token = field if isinstance(field, str) else None
    if login is None or not logins_of(request).form_token_fits(login, token):
        sentence = "This page has been open for too long, or you logged in again meanwhile. Reload it and try again."
        raise NotSaved(sentence, Forbidden.status, await what_was_written(request) if is_form(request) else ())


def is_form(request: Request) -> bool:
    return request.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")


async def what_was_written(request: Request) -> list[str]:
    """The longer texts of a form, and nothing that is secret."""
    fields = (await request.form()).multi_items()
    texts = [value for name, value in fields if isinstance(value, str) and name not in NOT_GIVEN_BACK]
    return [text for text in texts if len(text) >= WORTH_KEEPING]


def keep_login(request: Request, response: Response, login: Login) -> None:
    public_url = runtime_of(request).settings.balas_public_url or ""
    response.set_cookie(
        COOKIE,
        logins_of(request).cookie(login),
        max_age=LOGIN_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or public_url.startswith("https://"),
    )
