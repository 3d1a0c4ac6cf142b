"""Live pages: one stream of events per page, which carries whatever changed since it was last sent.

A page is a set of regions. Each pass renders them all on the server and sends the difference as htmx partials, so a
stream that reconnects, after a lost network or a restart of the server, simply starts over with everything.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import anyio
import anyio.to_thread
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

KEEPALIVE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the page: the element `id` holds `html`, or, with `items`, one child element for each (id, html)."""

    id: str
    html: str = ""
    items: tuple[tuple[str, str], ...] | None = None

    @property
    def whole(self) -> str:
        return self.html if self.items is None else "".join(html for _, html in self.items)


Render = Callable[[], Sequence[Region]]
Change = Callable[[], Coroutine[Any, Any, object]]


def partials(before: Region | None, after: Region) -> Iterator[str]:
    """What brings an element from one state to the next: only new and changed children while nothing has moved."""
    if before == after:
        return
    if before is None or before.items is None or after.items is None:
        yield _partial(after.id, "innerMorph", after.whole)
        return
    known = len(before.items)
    if [name for name, _ in before.items] != [name for name, _ in after.items[:known]]:
        yield _partial(after.id, "innerMorph", after.whole)
        return
    for (name, old), (_, new) in zip(before.items, after.items, strict=False):
        if old != new:
            yield _partial(name, "outerMorph", new)
    if added := "".join(html for _, html in after.items[known:]):
        yield _partial(after.id, "beforeend", added)


def _partial(target: str, swap: str, html: str) -> str:
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


async def until_differs(look: Callable[[], object], known: object, seconds: float) -> None:
    """Return once `look`, called in a thread every so often, no longer finds what is known."""
    while await anyio.to_thread.run_sync(look) == known:  # noqa: ASYNC110 rows tell nobody that they changed
        await anyio.sleep(seconds)


async def first_of(*waits: Change) -> None:
    """Return as soon as one of them does; the others are given up."""
    tasks = [asyncio.ensure_future(wait()) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


@dataclass(slots=True)
class Streams:
    """Ends every open stream of the process: a server that shuts down waits for open responses."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self) -> None:
        self.ended.set()

    def response(self, render: Render, changed: Change) -> StreamingResponse:
        return StreamingResponse(
            self._events(render, changed), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )

    async def _events(self, render: Render, changed: Change) -> AsyncIterator[bytes]:
        sent: dict[str, Region] = {}
        while not self.ended.is_set():
            regions = await anyio.to_thread.run_sync(render)
            message = "".join(part for region in regions for part in partials(sent.get(region.id), region))
            sent.update((region.id, region) for region in regions)
            if message:
                yield format_sse_event(data_str=message)
            while not await self._wait(changed):
                yield format_sse_event(comment="still here")

    async def _wait(self, changed: Change) -> bool:
        """True when the page may have changed or the streams end; False when nothing happened for a while."""
        with anyio.move_on_after(KEEPALIVE_SECONDS):
            await first_of(changed, self.ended.wait)
            return True
        return False

    @asynccontextmanager
    async def ended_by_signals(self, _app: object) -> AsyncIterator[None]:
        """End the streams as soon as the process is told to stop.

        The lifespan's own end is too late: servers first wait for open responses, and a stream never ends by itself.
        """
        loop = asyncio.get_running_loop()
        previous: dict[signal.Signals, Any] = {}

        def stop(number: int, frame: FrameType | None) -> None:
            with suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(self.end)
            if callable(before := previous.get(signal.Signals(number))):
                before(number, frame)

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                previous[number] = signal.signal(number, stop)
        try:
            yield
        finally:
            self.end()
            for number, before in previous.items():
                if signal.getsignal(number) is stop:
                    signal.signal(number, before)
