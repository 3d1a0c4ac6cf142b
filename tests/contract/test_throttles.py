"""What every token bucket does."""

from __future__ import annotations

import pytest

from balas.adapters.local_throttle import LocalThrottle
from balas.ports import Throttle

pytestmark = pytest.mark.anyio


def throttle(per_minute: int) -> Throttle:
    return LocalThrottle(per_minute)


async def test_ten_pass_and_the_eleventh_does_not() -> None:
    bucket = throttle(10)
    assert [await bucket.allow("alice") for _ in range(11)] == [True] * 10 + [False]


async def test_people_have_their_own_buckets() -> None:
    bucket = throttle(1)
    assert await bucket.allow("alice")
    assert await bucket.allow("bob")
    assert not await bucket.allow("alice")


async def test_tokens_come_back_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("balas.adapters.local_throttle.time.monotonic", lambda: now)
    bucket = throttle(10)
    assert [await bucket.allow("alice") for _ in range(11)][-1] is False
    now += 6.1
    assert await bucket.allow("alice")
    assert not await bucket.allow("alice")


async def test_a_token_given_back_can_be_taken_again() -> None:
    bucket = throttle(1)
    assert await bucket.allow("alice")
    await bucket.give_back("alice")
    assert await bucket.allow("alice")


async def test_zero_is_no_limit() -> None:
    bucket = throttle(0)
    assert all([await bucket.allow("alice") for _ in range(1000)])
