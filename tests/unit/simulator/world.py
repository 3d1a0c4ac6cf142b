"""A simulator, the phones behind it, and a receiver of what it posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from balas.simulator.app import Simulator
from balas.simulator.phones import Phones
from balas.values import InboundMessage
from balas.waha.events import parse_event
from tests.unit.simulator.receiver import Receiver

KEY = b"k" * 32
ALICE, BOB, GROUP, ME = "12025550101@c.us", "12025550102@c.us", "120363000000000001@g.us", "12025550100@c.us"


@dataclass
class World:
    receiver: Receiver
    simulator: Simulator
    phones: Phones

    def contents(self, event: str) -> list[Any]:
        assert self.simulator.settle()
        return [parse_event(call.body).content for call in self.receiver.calls if call.event["event"] == event]

    def message(self, event: str = "message") -> InboundMessage:
        (content,) = self.contents(event)
        assert isinstance(content, InboundMessage)
        return content


Make = Callable[..., World]
