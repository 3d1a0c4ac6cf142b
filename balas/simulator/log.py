"""A numbered log that threads append to and that threads and event loops wait for."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from balas.simulator.messages import Entry


class Log:
    """Keeps the newest `size` entries; numbers go on for ever, a reset included."""

    def __init__(self, size: int = 10_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)
        self._seq = 0
        self._grown = threading.Condition()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def add(self, kind: str, chat_id: str, detail: dict[str, Any]) -> Entry:
        with self._grown:
            self._seq += 1
            entry = Entry(self._seq, kind, chat_id, datetime.now(UTC), detail)
            self._entries.append(entry)
            self._grown.notify_all()
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # the loop was closed meanwhile: nobody waits there any more
                continue
        return entry

    @property
    def seq(self) -> int:
        """The number of the newest entry; 0 before the first."""
        return self._seq

    def since(self, seq: int, limit: int) -> list[Entry]:
        """Entries after `seq`, oldest first."""
        with self._grown:
            missing = min(max(self._seq - seq, 0), len(self._entries))
            return list(islice(self._entries, len(self._entries) - missing, None))[:limit]

    def wait(self, seq: int, timeout: float) -> bool:
        """Whether there is an entry after `seq` within `timeout` seconds."""
        with self._grown:
            return self._grown.wait_for(lambda: self._seq > seq, timeout)

    async def changed(self, seq: int) -> None:
        """Returns as soon as there is an entry after `seq`, whichever thread wrote it."""
        while self._seq <= seq:
            event = asyncio.Event()
            place = (asyncio.get_running_loop(), event)
            with self._grown:
                if self._seq > seq:
                    return
                self._waiting.append(place)
            try:
                await event.wait()
            finally:
                with self._grown:
                    if place in self._waiting:
                        self._waiting.remove(place)

    def clear(self) -> None:
        with self._grown:
            self._entries.clear()
