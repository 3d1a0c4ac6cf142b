"""A webhook receiver that remembers everything and answers what a test wants."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Call:
    body: bytes
    headers: dict[str, str]
    event: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


class Receiver:
    """`answer(number)` is the response to call number 1, 2, ...; 200 unless set."""

    def __init__(self) -> None:
        self.clear()
        self._arrived = threading.Condition()
        self.app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    def clear(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[int], Response] = lambda _: Response(status_code=200)
        self.seconds = 0.0  # that every answer takes

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        with self._arrived:
            self.calls.append(Call(body, dict(request.headers), await request.json()))
            number = len(self.calls)
            self._arrived.notify_all()
        await asyncio.sleep(self.seconds)
        return self.answer(number)

    def wait_for(self, count: int, timeout: float = 5.0) -> list[Call]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.calls) >= count, timeout), [c.event for c in self.calls]
            return list(self.calls)

    def events(self, name: str) -> list[dict[str, Any]]:
        with self._arrived:
            return [call.event for call in self.calls if call.event["event"] == name]
