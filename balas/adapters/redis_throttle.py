"""Token buckets in Redis, shared by all web processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError, RedisError

from balas.errors import Transient
from balas.telemetry import logger

# One call for all who ask at once, each answered in turn. Redis' own clock: the web processes' clocks may differ.
# A negative amount gives tokens back.
TAKE = """
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local answers = {}
for place, key in ipairs(KEYS) do
  local amount = tonumber(ARGV[2 + place])
  local bucket = redis.call('HMGET', key, 'tokens', 'at')
  local passed = math.max(0, now - (tonumber(bucket[2]) or now))
  local tokens = math.min(capacity, (tonumber(bucket[1]) or capacity) + passed * rate)
  answers[place] = 0
  if tokens >= amount then tokens = math.min(capacity, tokens - amount); answers[place] = 1 end
  -- Not tostring: fourteen digits end before a microsecond of today.
  redis.call('HSET', key, 'tokens', string.format('%.9f', tokens), 'at', string.format('%.6f', now))
  redis.call('EXPIRE', key, 120)
end
return answers
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
                except Exception:
                    # The task's edge: whoever asked would wait for ever.
                    log.exception("rate_limit_failed", messages=len(batch))
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
        keys = [key for key, _ in calls]
        amounts = [str(amount) for _, amount in calls]
        pace = (str(self._per_minute), str(self._per_minute / 60))
        try:
            return [bool(answer) for answer in await self._redis.evalsha(self._sha, len(keys), *keys, *pace, *amounts)]
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
