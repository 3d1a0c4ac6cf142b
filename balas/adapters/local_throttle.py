"""Token buckets in this process's memory."""

from __future__ import annotations

import time

FORGET_ABOVE = 10_000


class LocalThrottle:
    """`per_minute` tokens at once, refilled evenly; 0 means no limit. For one event loop: not thread-safe."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._buckets: dict[str, tuple[float, float]] = {}  # key -> tokens, at
        self._forget_above = FORGET_ABOVE

    async def allow(self, key: str) -> bool:
        if self._capacity == 0:
            return True
        tokens = self._tokens(key)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, time.monotonic())
        if len(self._buckets) > self._forget_above:
            self._forget_full()
            self._forget_above = max(FORGET_ABOVE, 2 * len(self._buckets))  # a crowd must not be counted at every call
        return allowed

    async def give_back(self, key: str) -> None:
        if key in self._buckets:
            self._buckets[key] = (min(self._capacity, self._tokens(key) + 1), time.monotonic())

    def _tokens(self, key: str) -> float:
        tokens, at = self._buckets.get(key, (self._capacity, 0.0))
        return min(self._capacity, tokens + (time.monotonic() - at) * self._per_second)

    def _forget_full(self) -> None:
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if self._tokens(key) < self._capacity}

    def ping(self) -> None:
        """Always there."""

    async def close(self) -> None:
        self._buckets.clear()
