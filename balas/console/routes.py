"""The console on an application: every screen, the door before them, and the static files."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from balas.console import (
    activity,
    answers,
    audiences,
    conversations,
    documents,
    gaps,
    golden,
    login,
    playground,
    problems,
    replays,
    versions,
    websites,
)
from balas.console.pages import STATIC, StaticPages
from balas.console.phones import Phones
from balas.console.state import Console


def include_console(app: FastAPI, phones: Phones | None) -> None:
    """`phones`: those of the simulator; None when a real WAHA is configured. Needs `app.state.runtime`."""
    console = Console(phones)
    app.state.console = console
    app.mount("/static", StaticPages(directory=STATIC), name="static")
    app.include_router(APIRouter(lifespan=console.streams.ended_by_signals))
    for screen in (
        login.door,
        login.router,
        playground.router,
        websites.router,
        documents.uploads,
        documents.router,
        conversations.router,
    ):
        app.include_router(screen)
    for screen in (
        answers.router,
        gaps.router,
        audiences.router,
        problems.router,
        replays.router,
        golden.router,
        versions.router,
        activity.router,
    ):
        app.include_router(screen)
