"""One message told twice at once, and a limit whose answer takes its time, as over Redis."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from balas.api.tolls import Tolls
from balas.database.engine import Database
from balas.database.session import reading
from balas.main import create_app
from balas.models import InboxMessage
from balas.runtime import Runtime
from balas.security.signatures import sign
from tests.waha_events import envelope, noweb, to_bytes

pytestmark = pytest.mark.anyio
KEY = b"k" * 32


@dataclass
class SlowThrottle:
    """Tokens that are a round trip away. `failures`: how many of the first askers get no answer."""

    tokens: int
    failures: int = 0
    asked: list[str] = field(default_factory=list)

    async def allow(self, key: str) -> bool:
        self.asked.append(key)
        await asyncio.sleep(0.005)
        if len(self.asked) <= self.failures:
            raise RuntimeError("a mistake of ours")
        self.tokens -= 1
        return self.tokens >= 0

    async def give_back(self, key: str) -> None:
        await asyncio.sleep(0.005)
        self.tokens += 1

    def ping(self) -> None: ...

    async def close(self) -> None: ...


async def told(app: FastAPI, *events: tuple[str, int]) -> list[dict[str, Any]]:
    """The answers to these events, told at once."""
    bodies = [to_bytes(envelope(name, 10 * number + len(name), noweb(number, "halo"))) for name, number in events]
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        calls = [client.post("/api/webhook", content=b, headers={"X-Webhook-Hmac": sign(KEY, b)}) for b in bodies]
        return [answer.json() for answer in await asyncio.gather(*calls)]


def limited(runtime: Runtime, throttle: SlowThrottle) -> FastAPI:
    settings = runtime.settings.model_copy(update={"balas_stale_after_seconds": 10**9})
    return create_app(replace(runtime, throttle=throttle, settings=settings))


async def test_a_flood_of_twins_gets_no_further_than_its_tokens(runtime: Runtime, database: Database) -> None:
    throttle = SlowThrottle(tokens=5)
    app = limited(runtime, throttle)
    async with app.router.lifespan_context(app):
        for number in range(8):
            first, twin = await told(app, ("message", number), ("message.any", number))
            assert (first["status"], first["reason"]) == (
                ("queued", None) if number < 5 else ("ignored", "rate_limited")
            )
            assert twin["status"] == "duplicate"
        assert len(throttle.asked) == 8
        await told(app, ("message", 0))  # nothing is remembered of what is stored
        assert len(throttle.asked) == 9
    with reading(database) as session:
        states = session.scalars(select(InboxMessage.state).order_by(InboxMessage.id)).all()
    assert states == ["received"] * 5 + ["ignored"] * 3


async def test_a_database_that_is_away_costs_nobody_a_token(runtime: Runtime, database: Database) -> None:
    throttle = SlowThrottle(tokens=1)
    app = limited(runtime, throttle)
    async with app.router.lifespan_context(app):
        with database.writer.connect() as connection:
            connection.execute(text("ALTER TABLE inbox RENAME TO gone"))
            connection.commit()
        refused = await told(app, ("message", 1), ("message.any", 1))
        assert [answer["status"] for answer in refused] == [503, 503]
        with database.writer.connect() as connection:
            connection.execute(text("ALTER TABLE gone RENAME TO inbox"))
            connection.commit()
        assert (await told(app, ("message", 1)))[0]["status"] == "queued"


async def test_the_first_that_is_cut_off_leaves_the_paying_to_its_twin() -> None:
    throttle = SlowThrottle(tokens=2)
    tolls = Tolls(throttle)
    first, *twins = [asyncio.create_task(tolls.pay("message", "chat")) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*twins) == [(True, True), (True, False)]
    assert throttle.asked == ["chat"] * 2
    tolls.leave("message")
    assert await tolls.pay("message", "chat") == (True, True)


async def test_a_twin_that_is_cut_off_takes_no_other_along() -> None:
    tolls = Tolls(SlowThrottle(tokens=1))
    first, leaving, twin = [asyncio.create_task(tolls.pay("message", "chat")) for _ in range(3)]
    await asyncio.sleep(0)
    leaving.cancel()
    assert list(await asyncio.gather(first, twin)) == [(True, True), (True, False)]


async def test_a_first_that_fails_fails_alone() -> None:
    throttle = SlowThrottle(tokens=1, failures=1)
    tolls = Tolls(throttle)
    first, twin = [asyncio.create_task(tolls.pay("message", "chat")) for _ in range(2)]
    with pytest.raises(RuntimeError):
        await first
    assert await twin == (True, True)


async def test_whoever_comes_before_it_is_stored_has_the_same_answer() -> None:
    throttle = SlowThrottle(tokens=1)
    tolls = Tolls(throttle)
    assert await tolls.pay("message", "chat") == (True, True)
    assert await tolls.pay("message", "chat") == (True, False)
    assert await tolls.pay("another", "chat") == (False, True)
    assert await tolls.pay("another", "chat") == (False, False)
    assert len(throttle.asked) == 2
