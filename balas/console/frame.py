"""What stands around every screen: the links, how many problems wait, the form token."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from sqlalchemy import func, select

from balas.console.state import logins_of, runtime_of
from balas.database.session import reading
from balas.models import InboxMessage, InboxState

LINKS = (
    ("/", "message-circle", "Playground"),
    ("/documents", "file-text", "Documents"),
    ("/golden", "circle-check", "Checks"),
    ("/conversations", "messages-square", "Conversations"),
    ("/problems", "triangle-alert", "Problems"),
)

MINOR = frozenset({"/golden"})  # on a phone they stand in the menu: the bar at the bottom holds five


def frame(request: Request) -> dict[str, Any]:
    path = request.url.path
    dead = count_dead(request)
    return {
        "links": [
            {
                "href": href,
                "icon": icon,
                "text": text,
                "here": path == href or (href != "/" and path.startswith(href + "/")),
                "count": dead if href == "/problems" else 0,
                "minor": href in MINOR,
            }
            for href, icon, text in LINKS
        ],
        "form_token": logins_of(request).form_token(request.state.login),
    }


def count_dead(request: Request) -> int:
    query = select(func.count()).select_from(InboxMessage).where(InboxMessage.state == InboxState.DEAD)
    with reading(runtime_of(request).database) as session:
        return session.scalars(query).one()
