"""A stand-in for WAHA over real HTTP: the playground, demos and tests talk to the same one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from balas.simulator.announcer import Announcer
from balas.simulator.control import controls
from balas.simulator.faults import Dice, Faults
from balas.simulator.front import Front
from balas.simulator.kinds import WahaKind
from balas.simulator.phones import Phones
from balas.simulator.routes import routes
from balas.simulator.timetable import Timetable
from balas.simulator.waha import Waha
from balas.simulator.webhooks import Retries, Webhooks


class Simulator(FastAPI):
    """WAHA's API, and the simulator's own controls below /_control; both want the API key."""

    def __init__(self, phones: Phones, webhooks: Webhooks, waha: Waha, front: Front, timetable: Timetable) -> None:
        super().__init__(title="WAHA simulator", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
        self.phones = phones
        self._webhooks, self._waha, self._front, self._timetable = webhooks, waha, front, timetable
        self.include_router(controls(phones, self.set_faults, lambda: self._front.dice, timetable))
        self.include_router(routes(waha))

    @property
    def engine_name(self) -> str:
        return self._waha.engine

    @property
    def app(self) -> FastAPI:
        """What a server runs or an application mounts."""
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._front(scope, receive, send, super().__call__)
        else:
            await super().__call__(scope, receive, send)

    def set_faults(self, faults: Faults) -> Dice:
        """From now on; the dice start anew."""
        dice = Dice(faults)
        self._front.dice = self._webhooks.dice = self._waha.dice = dice
        self.phones.log.add("fault", "", {"faults": "changed"})
        return dice

    def set_retries(self, retries: Retries) -> None:
        self._webhooks.retries = retries

    def set_webhook_url(self, url: str | None) -> None:
        """Where events go; None: nowhere."""
        self._webhooks.url = url

    def settle(self, timeout: float = 10.0) -> bool:
        """Whether every webhook and ack is through, retries included, within `timeout` seconds."""
        return self._timetable.idle(timeout)

    def close(self) -> None:
        """Stop posting events; needed when the application is mounted, where nobody runs its lifespan."""
        self._timetable.close()
        self._webhooks.close()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    if isinstance(app, Simulator):
        await asyncio.to_thread(app.close)


def create_simulator(
    *,
    api_key: str,
    webhook_url: str | None,
    hmac_key: bytes | None,
    kind: WahaKind | None = None,
    retries: Retries | None = None,
    seed: int = 0,
) -> tuple[Simulator, Phones]:
    """The application (mountable under any path) and the phones it shows messages on.

    An empty API key leaves the doors open; without a webhook address or HMAC key nothing is posted or signed.
    """
    kind = kind or WahaKind()
    phones = Phones(waha_sessions=kind.waha_sessions, seed=seed)
    dice = Dice(Faults(seed=seed))
    timetable = Timetable()
    webhooks = Webhooks(webhook_url, hmac_key, phones.log, dice, retries or Retries(), timetable)
    announcer = Announcer(phones, kind, webhooks, timetable, seed=seed)
    phones.listen(announcer)
    waha = Waha(phones, kind.engine, announcer, dice, store_enabled=kind.store_enabled, ids=kind.ids)
    return Simulator(phones, webhooks, waha, Front(api_key, dice, phones.log), timetable), phones
