"""What every screen has around it: the links, how many problems wait, the form token."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from sqlalchemy import func, select

from balas.console.state import logins_of, runtime_of
from balas.conversations import handoff
from balas.database.session import reading
from balas.models import InboxMessage, InboxState

LINKS = (
    ("/", "message-circle", "Playground"),
    ("/documents", "file-text", "Documents"),
    ("/answers", "circle-check", "Answers"),
    ("/golden", "activity", "Checks"),
    ("/conversations", "messages-square", "Conversations"),
    ("/gaps", "lightbulb", "Gaps"),
    ("/audiences", "users", "Audiences"),
    ("/problems", "triangle-alert", "Problems"),
    ("/activity", "clock", "Activity"),
)
MINOR = frozenset(
    {"/answers", "/golden", "/gaps", "/audiences", "/activity"}
)  # behind "More" where there is little room


def frame(request: Request) -> dict[str, Any]:
    path = request.url.path
    counts = count_open(request)
    return {
        "links": [
            {
                "href": href,
                "icon": icon,
                "text": text,
                "here": path == href or (href != "/" and path.startswith(href + "/")),
                "count": counts.get(href, 0),
                "minor": href in MINOR,
            }
            for href, icon, text in LINKS
        ],
        "form_token": logins_of(request).form_token(request.state.login),
    }


def section_of(path: str) -> tuple[str, str] | None:
    """Address and name of the screen that lists what this address is one of."""
    return next(((href, text) for href, _, text in LINKS if href != "/" and path.startswith(f"{href}/")), None)


def count_open(request: Request) -> dict[str, int]:
    """What waits for somebody, by screen. A letter that can never be answered is listed but not counted, since nobody
    can do anything about it."""
    again = (InboxMessage.state == InboxState.DEAD, InboxMessage.kind == "message", InboxMessage.content.is_not(None))
    query = select(func.count()).select_from(InboxMessage).where(*again)
    with reading(runtime_of(request).database) as session:
        return {"/problems": session.scalars(query).one(), "/conversations": handoff.count_waiting(session)}
