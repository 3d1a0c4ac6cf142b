"""Token buckets in Redis, shared by all web processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError, RedisError

from balas.errors import Transient
from balas.telemetry import logger

# Redis' own clock: the web processes' clocks may differ. A negative amount gives tokens back.
TAKE = """
local capacity, rate, amount = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(capacity, (tonumber(bucket[1]) or capacity) + (now - (tonumber(bucket[2]) or now)) * rate)
local allowed = 0
if tokens >= amount then tokens = math.min(capacity, tokens - amount); allowed = 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 120)
return allowed
"""
PREFIX = "balas:rate:"

log = logger("throttle")


class RedisThrottle:
    """Calls that arrive while one is under way share the next round trip. Open while Redis is away: see `on_away`."""

    def __init__(self, url: str, per_minute: int, key_of: Callable[[str], str], on_away: Callable[[], None]) -> None:
        """`key_of` turns who writes into something that may lie in Redis: numbers may not."""
        self._per_minute = per_minute
        self._key_of = key_of
        self._on_away = on_away
        self._redis = AsyncRedis.from_url(url, socket_timeout=1, socket_connect_timeout=1, max_connections=4)
        self._sync: Redis = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        self._sha: str | None = None
        self._waiting: list[tuple[str, int, asyncio.Future[bool]]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def allow(self, key: str) -> bool:
        return self._per_minute == 0 or await self._take(key, 1)

    async def give_back(self, key: str) -> None:
        if self._per_minute:
            await self._take(key, -1)

    async def _take(self, key: str, amount: int) -> bool:
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((PREFIX + self._key_of(key), amount, done))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    answers = await self._ask([(key, amount) for key, amount, _ in batch])
                except (RedisError, OSError) as error:
                    log.warning("rate_limit_open", error=type(error).__name__, messages=len(batch))
                    self._on_away()
                    answers = [True] * len(batch)
                for (_, _, done), allowed in zip(batch, answers, strict=True):
                    if not done.done():
                        done.set_result(allowed)
        finally:
            self._flusher = None

    async def _ask(self, calls: list[tuple[str, int]]) -> list[bool]:
        if self._sha is None:
            self._sha = str(await self._redis.script_load(TAKE))
        pipeline = self._redis.pipeline(transaction=False)
        for key, amount in calls:
            pipeline.evalsha(self._sha, 1, key, str(self._per_minute), str(self._per_minute / 60), str(amount))
        try:
            return [bool(answer) for answer in await pipeline.execute()]
        except NoScriptError:  # Redis was restarted or flushed
            self._sha = None
            return await self._ask(calls)

    def ping(self) -> None:
        try:
            self._sync.ping()
        except RedisError as error:
            raise Transient(f"Redis does not answer ({type(error).__name__}); check REDIS_URL") from error

    async def close(self) -> None:
        await self._redis.aclose()
        self._sync.close()
