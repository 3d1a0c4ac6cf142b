"""Every route of the HTTP API, in one list."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute

from balas.api import (
    answers,
    ask,
    audiences,
    audit,
    books,
    conversations,
    dead,
    documents,
    gaps,
    golden,
    health,
    keys,
    messages,
    metrics,
    search,
    stats,
    traces,
    users,
    webhook,
    websites,
)
from balas.api.middleware import configure_middleware
from balas.api.problems import install_problems

ROUTERS = (
    messages.router,
    conversations.router,
    users.router,
    documents.router,
    websites.router,
    answers.router,
    audiences.router,
    gaps.router,
    gaps.table_router,
    golden.router,
    search.router,
    ask.router,
    traces.router,
    dead.router,
    books.router,
    audit.router,
    keys.router,
    stats.router,
    health.router,
    metrics.router,
)


def include_routers(app: FastAPI) -> None:
    """Add the routes, the problem details and the middleware; `app.state.runtime` must be set."""
    webhook.add_webhook(app)
    for router in ROUTERS:
        app.include_router(router)
    for route in health.router.routes:
        if isinstance(route, APIRoute):  # many monitors ask without wanting the body
            app.add_api_route(route.path, route.endpoint, methods=["HEAD"], include_in_schema=False)
    install_problems(app)
    configure_middleware(app, app.state.runtime.settings)
