"""What the routes of the simulated WAHA share: its session, its store, and its way to say no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from balas.simulator.announcer import Announcer
from balas.simulator.faults import Dice
from balas.simulator.phones import Phones

STORE_OFF = (
    'Enable NOWEB store "config.noweb.store.enabled=True" and "config.noweb.store.full_sync=True" '
    "when starting a new session."
)
Json = dict[str, Any]
Answer = Callable[["Waha", Request, "Json"], Any]


class Stop(Exception):
    """An answer that ends the call."""

    def __init__(self, code: int, /, **body: Any) -> None:
        super().__init__(code)
        self.code = code
        self.body = body


def not_found(message: str) -> Stop:
    return Stop(404, message=message, error="Not Found", statusCode=404)


@dataclass(slots=True)
class Waha:
    """What the routes share."""

    phones: Phones
    engine: str
    announcer: Announcer
    dice: Dice
    store_enabled: bool = True
    ids: bool = True

    @property
    def gives_ids(self) -> bool:
        return self.ids and self.engine != "WEBJS" and not self.dice.faults.ids_off

    @property
    def keeps_messages(self) -> bool:
        return (self.store_enabled or self.engine != "NOWEB") and not self.dice.faults.store_off

    def working(self, name: object) -> str:
        status = self.phones.status(str(name))
        if status is None:
            raise not_found(f"We didn't find a session with name '{name}'.")
        if status != "WORKING":
            error = "Session status is not as expected. Try again later or restart the session"
            raise Stop(422, error=error, session=name, status=status, expected=["WORKING"])
        return str(name)

    def readable(self, name: str) -> str:
        self.working(name)
        if not self.keeps_messages:
            if self.engine == "NOWEB":
                raise Stop(400, message=STORE_OFF, error="Bad Request", statusCode=400)
            raise Stop(500, statusCode=500, exception={"message": "store", "name": "Error"})
        return name
