"""Everything a route or job may use, wired once by `bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event

from balas.conversations.leases import LeaseKeeper
from balas.database.engine import Database
from balas.knowledge.library import Library
from balas.ports import Gateway, Queue, Throttle
from balas.settings import Settings
from balas.telemetry import Metrics
from balas.waha.presence import Presence


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets in force, given or generated."""

    api_key: str
    admin_password: str
    hmac_keys: tuple[bytes, ...]  # newest first
    waha_api_key: str
    signing_key: str  # for the console's session cookies


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    secrets: Secrets
    database: Database
    queue: Queue
    throttle: Throttle
    gateway: Gateway
    library: Library
    leases: LeaseKeeper
    presence: Presence
    metrics: Metrics
    waha_is_simulated: bool
    started: Event  # set once documents can be searched: /readyz waits for it

    def close(self) -> None:
        self.queue.close()
        self.leases.close()
        self.presence.close()
        self.library.close()
        self.gateway.close()
        self.database.close()
