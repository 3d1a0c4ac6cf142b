"""What can go wrong on purpose; a seeded die for each fault decides, so that a run can be repeated."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Chance:
    """How often a fault strikes: with `probability`, at most `count` times; a count alone means the next `count` times.

    `seconds` is the length of a hang or delay, or the Retry-After; `status` the status of an error.
    """

    probability: float = 0.0
    count: int | None = None
    seconds: float = 0.0
    status: int = 500

    @classmethod
    def read(cls, value: Any) -> Chance:
        """A probability (0.1), a count (3) or an object with the fields."""
        if isinstance(value, bool):
            return cls(probability=float(value))
        if isinstance(value, int):
            return cls(count=value)
        if isinstance(value, float):
            return cls(probability=value)
        return cls(**value)


_PLAIN: dict[str, Callable[[Any], object]] = {
    "store_off": bool,
    "ids_off": bool,
    "seed": int,
    "longest_body": int,
    "most_copies": int,
    "paths": tuple,
}


@dataclass(slots=True)
class Faults:
    """Every fault there is. Those of the API strike calls whose path ends with one of `paths`."""

    paths: tuple[str, ...] = ("sendText",)
    lose_response: Chance = field(default_factory=Chance)  # applied, then the connection is cut
    lose_request: Chance = field(default_factory=Chance)  # cut before anything is applied
    error_after: Chance = field(default_factory=Chance)  # applied, then `status`
    error_before: Chance = field(default_factory=Chance)
    hang_after: Chance = field(default_factory=Chance)  # applied, answered after `seconds`
    hang_before: Chance = field(default_factory=Chance)
    too_many: Chance = field(default_factory=Chance)  # 429 with Retry-After: `seconds`
    unauthorized: Chance = field(default_factory=Chance)
    no_id: Chance = field(default_factory=Chance)  # applied, 201 without an id
    other_id: Chance = field(default_factory=Chance)  # the given id is not taken
    drop_webhook: Chance = field(default_factory=Chance)
    duplicate_webhook: Chance = field(default_factory=Chance)
    most_copies: int = 2  # of a duplicated webhook; 2 at least
    delay_webhook: Chance = field(default_factory=Chance)  # by `seconds`
    shuffle_webhooks: Chance = field(default_factory=Chance)  # each by a random share of `seconds`
    longest_body: int = 0  # bytes; a longer one gets 413; 0: no limit
    store_off: bool = False
    ids_off: bool = False
    seed: int = 0

    @classmethod
    def read(cls, values: dict[str, Any]) -> Faults:
        """From JSON; raises ValueError for an unknown name or a wrong value."""
        known = {entry.name: entry for entry in fields(cls)}
        unknown = values.keys() - known.keys()
        if unknown:
            raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
        read: dict[str, Any] = {}
        try:
            for name, value in values.items():
                plain = _PLAIN.get(name)
                read[name] = plain(value) if plain else Chance.read(value)
            return cls(**read)
        except TypeError as error:
            raise ValueError(f"wrong value: {error}") from error


class Dice:
    """Says whether a fault strikes now. One stream of numbers for each fault: others do not disturb it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._lock = threading.Lock()
        self._streams: dict[str, random.Random] = {}
        self._struck: dict[str, int] = {}

    def strikes(self, name: str) -> Chance | None:
        """The chance when the fault `name` strikes, else None."""
        chance: Chance = getattr(self.faults, name)
        if chance.probability <= 0 and not chance.count:
            return None
        with self._lock:
            struck = self._struck.get(name, 0)
            if chance.count is not None and struck >= chance.count:
                return None
            if 0 < chance.probability < 1 and self._draw(name) >= chance.probability:
                return None
            self._struck[name] = struck + 1
        return chance

    def share(self, name: str) -> float:
        """A number in [0, 1)."""
        with self._lock:
            return self._draw(name + ".share")

    def _draw(self, name: str) -> float:
        stream = self._streams.get(name)
        if stream is None:
            seed = f"{self.faults.seed}:{name}"
            stream = self._streams[name] = random.Random(seed)  # noqa: S311 a run that can be repeated
        return stream.random()

    def hits_path(self, path: str) -> bool:
        return any(wanted == "*" or path.endswith(wanted) for wanted in self.faults.paths)
