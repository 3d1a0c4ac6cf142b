"""Audiences: which numbers are told what is not for everybody."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from balas.console.guard import AdminRoute
from balas.console.pages import page
from balas.console.state import runtime_of
from balas.console.wording import phone
from balas.conversations import audiences
from balas.database.clock import now
from balas.database.session import reading, transaction
from balas.errors import InvalidRequest
from balas.models import User
from balas.values import PUBLIC

SHOWN = 500
LONGEST = range(7, 21)  # digits of a number with its country code
_SEPARATORS = re.compile(r"[\n,;]+")
_NOT_DIGITS = re.compile(r"[^0-9]")
_NUMBER = re.compile(r"\+?[0-9 .()/\-]+")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

router = APIRouter(route_class=AdminRoute, include_in_schema=False)


@router.get("/audiences")
def listed(request: Request) -> Response:
    return _page(request)


@router.post("/audiences")
def add(request: Request, name: Annotated[str, Form()] = "", phones: Annotated[str, Form()] = "") -> Response:
    try:
        found = numbers_in(phones)
        if not _NAME.fullmatch(name.strip()) or name.strip() == PUBLIC:
            raise InvalidRequest("Name the audience with letters, digits, - and _; everybody belongs to public.")
    except InvalidRequest as error:
        return _page(request, error=str(error), name=name, phones=phones)
    with transaction(runtime_of(request).database) as session:
        audiences.add(session, name.strip(), found, now(session))
    return RedirectResponse("/audiences", status_code=303)


@router.post("/audiences/{name}/delete")
def delete(request: Request, name: str, phone: str | None = None) -> Response:
    with transaction(runtime_of(request).database) as session:
        audiences.remove(session, name, None if phone is None else {phone})
    return Response(status_code=204, headers={"HX-Redirect": "/audiences"})


def numbers_in(text: str) -> set[str]:
    """The numbers of a list, one a line or with commas, digits only. Raises `InvalidRequest` for what is none."""
    found: set[str] = set()
    for part in (part.strip() for part in _SEPARATORS.split(text)):
        if not part:
            continue
        digits = audiences.whole_number(_NOT_DIGITS.sub("", part))
        if not _NUMBER.fullmatch(part) or digits is None or len(digits) not in LONGEST:
            raise InvalidRequest(
                f"“{part[:40]}” is no whole number: write it with its country code, such as +62 812… and not 0812…"
            )
        found.add(digits)
    if not found:
        raise InvalidRequest("Write at least one phone number.")
    return found


def _page(request: Request, error: str = "", name: str = "", phones: str = "") -> Response:
    with reading(runtime_of(request).database) as session:
        shown = [(n, count, audiences.numbers(session, n, limit=SHOWN)) for n, count in audiences.sizes(session)]
        named = _names(session, {number for _, _, numbers in shown for number in numbers})
    groups = [
        {
            "name": n,
            "count": count,
            "more": count - len(numbers),
            "numbers": [{"digits": d, "number": phone(d), "name": named.get(d, "")} for d in numbers],
        }
        for n, count, numbers in shown
    ]
    response = page(request, "audiences.html", groups=groups, problem=error, name=name, phones=phones)
    response.status_code = 422 if error else 200
    return response


def _names(session: Session, digits: set[str]) -> dict[str, str]:
    rows = session.execute(select(User.phone, User.name).where(User.phone.in_(digits), User.name.is_not(None)))
    return {row.phone: row.name for row in rows}
