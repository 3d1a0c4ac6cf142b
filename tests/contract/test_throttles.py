"""What every token bucket does, in the process's memory and in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from redis import Redis

from balas.adapters.local_throttle import FORGET_ABOVE, LocalThrottle
from balas.adapters.redis_throttle import PREFIX, RedisThrottle
from balas.ports import Throttle

pytestmark = pytest.mark.anyio
Opened = Callable[[int], Throttle]


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def throttle(request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    opened: list[Throttle] = []

    def of(per_minute: int) -> Throttle:
        if request.param == "memory":
            opened.append(LocalThrottle(per_minute))
        else:
            url = request.getfixturevalue("redis_url")
            opened.append(RedisThrottle(url, per_minute, key_of=lambda key: key, on_away=_away))
        return opened[-1]

    yield of
    for bucket in opened:
        await bucket.close()


def _away() -> None:
    pytest.fail("Redis is there")


async def test_ten_pass_and_the_eleventh_does_not(throttle: Opened) -> None:
    bucket = throttle(10)
    assert [await bucket.allow("alice") for _ in range(11)] == [True] * 10 + [False]


async def test_of_a_crowd_at_once_ten_pass(throttle: Opened) -> None:
    bucket = throttle(10)
    together = ["alice", "bob"] * 15
    passed = await asyncio.gather(*(bucket.allow(person) for person in together))
    assert [sum(passed[place::2]) for place in (0, 1)] == [10, 10]
    assert passed[:20] == [True] * 20


async def test_people_have_their_own_buckets(throttle: Opened) -> None:
    bucket = throttle(1)
    assert await bucket.allow("alice")
    assert await bucket.allow("bob")
    assert not await bucket.allow("alice")


async def test_tokens_come_back_with_time(throttle: Opened) -> None:
    bucket = throttle(60)
    assert not all(await asyncio.gather(*(bucket.allow("alice") for _ in range(600))))
    await asyncio.sleep(1.1)
    assert await bucket.allow("alice")


async def test_a_token_given_back_can_be_taken_again(throttle: Opened) -> None:
    bucket = throttle(1)
    assert await bucket.allow("alice")
    await bucket.give_back("alice")
    assert await bucket.allow("alice")


async def test_zero_is_no_limit(throttle: Opened) -> None:
    bucket = throttle(0)
    assert all([await bucket.allow("alice") for _ in range(1000)])


async def test_memory_holds_no_more_than_twice_those_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("balas.adapters.local_throttle.time.monotonic", lambda: now)
    bucket = LocalThrottle(10)
    for number in range(3 * FORGET_ABOVE):
        now += 0.01  # a token is back after six seconds: some 600 wait
        await bucket.allow(str(number))
        assert len(bucket._buckets) <= FORGET_ABOVE + 1


@pytest.mark.redis
async def test_redis_may_be_flushed_and_restarted_and_keeps_nobody_for_long(redis_url: str) -> None:
    bucket = RedisThrottle(redis_url, 1, key_of=lambda key: key, on_away=_away)
    redis = Redis.from_url(redis_url)
    assert await bucket.allow("alice")
    assert 0 < redis.ttl(f"{PREFIX}alice") <= 120
    redis.flushdb()
    redis.script_flush()
    assert await bucket.allow("alice")
    await bucket.close()
    redis.close()


async def test_without_redis_everybody_passes_and_it_is_told() -> None:
    told: list[None] = []
    bucket = RedisThrottle("redis://127.0.0.1:1/0", 1, key_of=lambda key: key, on_away=lambda: told.append(None))
    assert [await bucket.allow("alice") for _ in range(3)] == [True] * 3
    assert len(told) == 3
    await bucket.close()
