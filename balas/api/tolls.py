"""What messages pay to the limit of their chat."""

from __future__ import annotations

import asyncio

from balas.ports import Throttle


class Tolls:
    """WAHA tells one message as `message` and `message.any` at once: the first pays, and the other has its answer."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        # By message: what the first was answered; None while it asks, an event while a twin waits for that as well.
        self._under_way: dict[str, bool | asyncio.Event | None] = {}

    async def pay(self, key: str, chat: str) -> tuple[bool, bool]:
        """Whether the message passes, and whether it is the first: that one says `leave` when it is stored or failed.

        The first comes back before its twins do: what it posts without waiting again stands before theirs.
        """
        while key in self._under_way:
            answer = self._under_way[key]
            if isinstance(answer, bool):
                return answer, False
            if answer is None:
                answer = self._under_way[key] = asyncio.Event()
            await answer.wait()  # without an answer when the first was cut off: then one of the twins is the first
        self._under_way[key] = None
        allowed: bool | None = None
        try:
            allowed = await self._throttle.allow(chat)
        finally:
            waited_for = self._under_way.pop(key)
            if allowed is not None:
                self._under_way[key] = allowed
            if isinstance(waited_for, asyncio.Event):
                waited_for.set()
        return allowed, True

    def leave(self, key: str) -> None:
        del self._under_way[key]
