"""How far this process's clock is from the clocks that date messages and leases."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from balas.database import clock
from balas.database.session import reading
from balas.errors import BalasError
from balas.runtime import Runtime

FAR_OFF = timedelta(seconds=30)  # an answer that takes its time looks like a few


def far_off(whose: str, told: datetime | None) -> tuple[str, ...]:
    """What there is to say about another clock; nothing if it is near ours or not known."""
    off = told - datetime.now(UTC) if told else timedelta()
    if abs(off) < FAR_OFF:
        return ()
    seconds, side = abs(round(off.total_seconds())), "ahead of" if off > timedelta() else "behind"
    return (f"{whose} clock is {seconds} s {side} this machine's: set both by NTP",)


def databases_clock(session: Session) -> tuple[str, ...]:
    return far_off("the database's", clock.now(session))


def wahas_clock(told: datetime | None) -> tuple[str, ...]:
    return far_off("WAHA's", told)


def look_at_clocks(runtime: Runtime) -> list[str]:
    """For the start of a process. A server that does not answer is left out here; its own check reports it."""
    wrong: list[str] = []
    with suppress(BalasError), reading(runtime.database) as session:
        wrong += databases_clock(session)
    with suppress(BalasError):
        wrong += wahas_clock(runtime.gateway.ping())
    return wrong
