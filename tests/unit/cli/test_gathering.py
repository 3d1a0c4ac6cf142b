"""What one step of the loop writes goes out as one piece, in its order, and nothing is held back for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from balas.cli.callers import MOST_HELD_BYTES, GatheringTransport


class Line(asyncio.Transport):
    """A transport that writes down what it was told."""

    def __init__(self) -> None:
        super().__init__({"peername": ("203.0.113.9", 50000)})
        self.told: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.is_closed
        self.told.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def told(*steps: Callable[[GatheringTransport], None]) -> list[bytes]:
    async def run() -> list[bytes]:
        line = Line()
        gathering = GatheringTransport(line, asyncio.get_running_loop())
        for step in steps:
            step(gathering)
            await asyncio.sleep(0)
        return line.told

    return asyncio.run(run())


def head_and_body(transport: GatheringTransport) -> None:
    transport.write(b"head ")
    transport.write(b"body")


def test_head_and_body_are_one_piece() -> None:
    assert told(head_and_body) == [b"head body"]


def test_a_step_does_not_wait_for_the_next() -> None:
    assert told(lambda to: to.write(b"event 1"), lambda _: None, lambda to: to.write(b"event 2")) == [
        b"event 1",
        b"event 2",
    ]


def test_what_is_held_goes_out_before_the_end() -> None:
    async def run() -> Line:
        line = Line()
        gathering = GatheringTransport(line, asyncio.get_running_loop())
        head_and_body(gathering)
        gathering.close()
        assert gathering.is_closing()
        await asyncio.sleep(0)
        return line

    line = asyncio.run(run())
    assert (line.told, line.is_closed) == ([b"head body"], True)


@pytest.mark.parametrize("size", [1_000, MOST_HELD_BYTES + 1])
def test_a_long_body_is_not_held_in_memory(size: int) -> None:
    pieces = [bytes([number]) * size for number in range(40)]

    def step(transport: GatheringTransport) -> None:
        for piece in pieces:
            transport.write(piece)

    found = told(step)
    assert b"".join(found) == b"".join(pieces)
    assert max(len(piece) for piece in found) <= MOST_HELD_BYTES + size


def test_everything_else_is_asked_of_the_transport_itself() -> None:
    async def peer() -> object:
        return GatheringTransport(Line(), asyncio.get_running_loop()).get_extra_info("peername")

    assert asyncio.run(peer()) == ("203.0.113.9", 50000)
