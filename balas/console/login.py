"""The door: log in with the administrator's password, log out."""

from __future__ import annotations

import math
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from balas import audit
from balas.audit import Action, Result
from balas.console.guard import COOKIE, AdminRoute, ConsoleRoute, current_login, keep_login, operator_of
from balas.console.pages import render
from balas.console.state import console_of, logins_of, runtime_of
from balas.database.session import transaction
from balas.errors import DatabaseUnavailable
from balas.security import passwords
from balas.telemetry import logger

log = logger("login")
door = APIRouter(route_class=ConsoleRoute, include_in_schema=False)
router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@door.get("/login")
async def login_page(request: Request, next: str = "/") -> Response:
    login = current_login(request)
    if login is not None and login.admin:
        return RedirectResponse(own_path(next), status_code=303)
    return _door(request, next)


@door.post("/login")
async def log_in(
    request: Request,
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Wrong passwords are counted by address; too many are refused without being looked at."""
    wrong = console_of(request).wrong_passwords
    address = request.client.host if request.client else ""
    if wait := wrong.wait_seconds(address):
        return _too_many(request, next, wait)
    wrong.count(address)
    if not await to_thread.run_sync(_is_right, request, password, limiter=console_of(request).passwords_at_once):
        wait = wrong.wait_seconds(address)
        await to_thread.run_sync(_record, request, Action.CONSOLE_LOGIN, Result.REFUSED if wait else Result.FAILED)
        if wait:
            return _too_many(request, next, wait)
        return _door(request, next, "That is not the password. Check it and try again.", status=401)
    wrong.forget(address)
    await to_thread.run_sync(_record, request, Action.CONSOLE_LOGIN, Result.DONE)
    response = RedirectResponse(own_path(next), status_code=303)
    keep_login(request, response, logins_of(request).begin(admin=True))
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    logins_of(request).end(request.state.login)
    await to_thread.run_sync(_record, request, Action.CONSOLE_LOGOUT, Result.DONE)
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE)
    return response


def own_path(wanted: str) -> str:
    """A path of our own, never another site: "//host" and "/\\host" are addresses of other hosts to a browser."""
    fine = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if fine and not wanted.startswith("/login") else "/"


def _is_right(request: Request, password: str) -> bool:
    return passwords.matches(runtime_of(request).secrets.admin_password, password)


def _record(request: Request, action: Action, result: Result) -> None:
    """Tries during a lockout are not recorded: they would fill the table."""
    try:
        with audit.acting(operator_of(request)), transaction(runtime_of(request).database) as session:
            audit.record(session, action, result=result)
    except DatabaseUnavailable as error:
        # If logging in failed here, an operator could not look at what a full or read-only database has done.
        log.error("login_not_recorded", action=action, result=result, reason=str(error))


def _too_many(request: Request, wanted: str, wait: float) -> HTMLResponse:
    minutes = math.ceil(wait / 60)
    sentence = f"Too many wrong passwords. Wait {minutes} minute{'' if minutes == 1 else 's'}, then try again."
    response = _door(request, wanted, sentence, status=429)
    response.headers["Retry-After"] = str(math.ceil(wait))
    return response


def _door(request: Request, wanted: str, error: str = "", status: int = 200) -> HTMLResponse:
    logins = logins_of(request)
    login = current_login(request) or logins.begin(admin=False)
    html = render(
        "login.html",
        form_token=logins.form_token(login),
        next=own_path(wanted),
        error=error,
        utc_offset=0,
        password_is_set=runtime_of(request).settings.balas_admin_password is not None,
    )
    response = HTMLResponse(html, status_code=status)
    keep_login(request, response, login)
    return response
