"""A simulator of WAHA, the phones behind it, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from balas.errors import BalasError
from balas.ports import SentMessage
from balas.simulator.app import Simulator
from balas.simulator.faults import Faults
from balas.simulator.phones import Phones
from balas.waha.client import WahaClient

ALICE, BOB, GROUP = "12025550101@c.us", "12025550102@c.us", "120363000000000001@g.us"


@dataclass
class Line:
    """A simulator, the phones behind it, and a client of it."""

    simulator: Simulator
    phones: Phones
    client: WahaClient
    url: str

    def bodies(self, path: str) -> list[dict[str, object]]:
        entries = self.phones.log_since(0)
        return [e.detail["body"] for e in entries if e.kind == "api" and e.detail["path"] == path]


@contextmanager
def empty(simulator: Simulator, url: str) -> Iterator[Line]:
    simulator.settle()
    simulator.phones.reset()
    simulator.set_faults(Faults())
    with closing(WahaClient(url, "key")) as client:
        yield Line(simulator, simulator.phones, client, url)


def send(client: WahaClient) -> BalasError | SentMessage:
    try:
        return client.send_text("default", ALICE, "hello", message_id="3EB0OURS")
    except BalasError as error:
        return error
