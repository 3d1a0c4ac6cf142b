"""Templates to responses: what every page of the console shares."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.types import Scope

from balas import __version__
from balas.console import wording
from balas.console.frame import frame, section_of
from balas.console.live import Region
from balas.console.whatsapp_text import whatsapp_html
from balas.errors import BalasError
from balas.knowledge.files import ACCEPTED, MAX_BYTES

STATIC = Path(__file__).parent / "static"
OFFSET_COOKIE = "balas_utc_offset"


@cache
def templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("balas.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        whatsapp=whatsapp_html,
        phone=wording.phone,
        filesize=wording.file_size,
        duration=wording.duration,
        count=wording.count,
    )
    environment.globals.update(icon=icon, static=static, version=__version__, accepted=ACCEPTED, max_size=MAX_BYTES)
    return environment


def icon(name: str, css: str = "") -> Markup:
    """One of the vendored outline icons; decoration, so text or a label must say the same."""
    return Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>').format(
        css, static("vendor/icons.svg"), name
    )


@cache
def static(path: str) -> str:
    """The address of a static file, which changes with its content: browsers may keep it for good."""
    content = (STATIC / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"


class StaticPages(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = b"v=" in scope["query_string"] and response.status_code == 200
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def utc_offset(request: Request) -> int:
    """Minutes the browser's clock is ahead of UTC, as its last page told."""
    text = request.cookies.get(OFFSET_COOKIE, "0")
    digits = text.removeprefix("-")
    minutes = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0
    return minutes if abs(minutes) <= 14 * 60 else 0


def render(template: str, **context: Any) -> str:
    return templates().get_template(template).render(**context)


@cache
def macro(template: str, name: str) -> Callable[..., Markup]:
    """One macro of a template as a function."""
    drawn: Callable[..., Markup] = getattr(templates().get_template(template).module, name)
    return drawn


def whole(region: Region) -> Markup:
    """A region as its page shows it first."""
    return Markup(region.whole)  # noqa: S704 drawn by templates


def page(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A whole screen. Reads the database for its frame."""
    return HTMLResponse(render(template, **frame(request), utc_offset=utc_offset(request), **context))


def problem_page(request: Request, error: BalasError, written: Sequence[str] = ()) -> Response:
    """An error as a page of its own, or as one sentence where only a part of a page was asked for. `written`: texts of
    a form that was not saved, to be copied."""
    if request.headers.get("HX-Request"):
        return PlainTextResponse(str(error), status_code=error.status)
    back = section_of(request.url.path) or ("/", "Back to the playground")
    shown = {"title": error.title, "detail": str(error), "back": back, "written": written}
    html = render("problem.html", **shown, utc_offset=utc_offset(request))
    return HTMLResponse(html, status_code=error.status)
