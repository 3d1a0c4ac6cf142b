"""Short leases and quick looks, so that a test need not wait as long as a shop would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from balas.api import letterbox
from balas.conversations import halving, leases, outbox, reconcile
from balas.database import claims
from balas.jobs import process_message, send_to_waha, sweep
from balas.knowledge import index_lease
from balas.waha.client import WahaClient

LEASE_SECONDS = 3.0
SEND_TIMEOUT_SECONDS = 2.0
SEND_LEASE_SECONDS = 6.0
SENDING_SECONDS = 20.0  # until a begun send is settled: two leases, where a second worker fails as well, and the looks


def shorten(change: Callable[[Any, str, Any], None] = setattr) -> None:
    """Every wait in proportion; `change`: setattr, or pytest's monkeypatch."""
    default(change, claims.take, lease_seconds=LEASE_SECONDS)
    change(claims, "LEASE_SECONDS", LEASE_SECONDS)
    change(index_lease, "RENEW_EVERY_SECONDS", LEASE_SECONDS / 4)
    change(leases, "LEASE_SECONDS", LEASE_SECONDS)
    change(leases, "RENEW_EVERY_SECONDS", LEASE_SECONDS / 4)
    change(outbox, "SEND_LEASE_SECONDS", SEND_LEASE_SECONDS)
    change(outbox, "GRACE", timedelta(seconds=1))
    default(change, WahaClient.__init__, send_timeout_seconds=SEND_TIMEOUT_SECONDS)
    change(reconcile, "LOOK_AGAIN_SECONDS_WITH_ID", 1.0)
    change(reconcile, "LOOK_AGAIN_SECONDS_WITHOUT_ID", 2.0)
    change(send_to_waha, "FIRST_LOOK_SECONDS", 0.5)
    change(halving, "SHORTEST", 20)
    change(sweep, "EVERY_SECONDS", 1.0)
    change(sweep, "GRACE", timedelta(seconds=1))
    change(process_message, "UNDECIDED_SECONDS", 0.5)
    change(letterbox, "CATCHING_UP", timedelta(seconds=0.5))


def default(change: Callable[[Any, str, Any], None], function: Any, **shorter: float) -> None:
    """Set what a keyword is when it is not given. One that the function does not have would shorten nothing."""
    defaults = function.__kwdefaults__ or {}
    assert shorter.keys() <= defaults.keys(), f"{function.__qualname__} does not take {sorted(shorter)}"
    change(function, "__kwdefaults__", {**defaults, **shorter})
