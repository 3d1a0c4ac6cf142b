"""The web application: lifespan, middleware, routers. No logic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from balas import __version__
from balas.api.middleware import RequestContext
from balas.api.openapi_docs import configure_openapi
from balas.api.routers import include_routers
from balas.api.webhook import PATH, Webhook
from balas.console.routes import include_console
from balas.conversations.policy import Rules
from balas.runtime import Runtime
from balas.simulator.app import Simulator


class WebApplication(FastAPI):
    """Webhook calls go straight to their endpoint, past routing and the framework's layers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST":
            await self.state.webhook_call(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(runtime: Runtime, simulator: Simulator | None = None) -> FastAPI:
    """`simulator`: the stand-in for WAHA, mounted at /simulator when no real one is configured."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.webhook = Webhook(runtime, rules)
        app.state.webhook_call = RequestContext(app.state.webhook)
        yield
        if simulator:
            await asyncio.to_thread(simulator.close)  # mounted: nobody runs its own lifespan
        app.state.webhook.close()
        await runtime.throttle.close()

    rules = Rules(
        waha_sessions=frozenset(runtime.settings.waha_sessions),
        stale_after=timedelta(seconds=runtime.settings.balas_stale_after_seconds),
    )
    app = WebApplication(title="Balas", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.runtime = runtime
    include_routers(app)
    include_console(app, simulator.phones if simulator else None)
    if simulator:
        app.mount("/simulator", simulator.app)
    configure_openapi(app)
    return app
