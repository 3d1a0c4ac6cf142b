"""Caps on model calls and their cost. In SQL: a restart or a flushed Redis must not open them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, delete, update
from sqlalchemy.orm import Session

from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.database.statements import execute, table_of
from balas.errors import BudgetSpent
from balas.models import ModelSpend
from balas.settings import Settings

EVERYBODY = "*"
NO_CAP = 2**31 - 1
NO_COST_CAP = 1e300
_COUNT = (
    update(table_of(ModelSpend))
    .where(
        ModelSpend.day == bindparam("on"),
        ModelSpend.spender == bindparam("by"),
        ModelSpend.calls < bindparam("most_calls"),
        ModelSpend.cost < bindparam("most_cost"),
    )
    .values(calls=ModelSpend.calls + 1)
)


@dataclass(frozen=True, slots=True)
class Caps:
    """A day's caps; 0 calls, and 0 or None cost, mean no cap."""

    calls: int
    calls_per_user: int
    cost: float | None


def caps_of(settings: Settings) -> Caps:
    return Caps(
        settings.balas_model_calls_per_day,
        settings.balas_model_calls_per_user_per_day,
        settings.balas_model_cost_per_day,
    )


def reserve(session: Session, spender: str | None, caps: Caps, now: datetime) -> None:
    """Count a call before it is made. Raises `BudgetSpent` when a cap of the UTC day is reached.

    The caller's transaction is then rolled back, so that a refused call counts for nobody.
    """
    until_tomorrow = _seconds_until_tomorrow(now)
    if not _count(session, now.date(), EVERYBODY, caps.calls, caps.cost):
        raise BudgetSpent("today's cap on model calls or cost is reached: raise it or wait", until_tomorrow)
    if spender is not None and not _count(session, now.date(), spender, caps.calls_per_user, None):
        raise BudgetSpent("this person's cap on model calls is reached for the day", until_tomorrow)


def _count(session: Session, day: date, spender: str, calls: int, cost: float | None) -> bool:
    limits = {"most_calls": calls or NO_CAP, "most_cost": cost or NO_COST_CAP}

    def counted() -> bool:
        return bool(execute(session, _COUNT, {"on": day, "by": spender} | limits).rowcount)

    if counted():
        return True
    # The cap is reached, or it is the day's first call.
    insert_once(session, ModelSpend, [{"day": day, "spender": spender, "calls": 0, "cost": 0.0}])
    return counted()


def add_cost(session: Session, cost: float, now: datetime) -> None:
    if not cost:
        return  # every turn of the day would wait for the one row
    key = (ModelSpend.day == now.date(), ModelSpend.spender == EVERYBODY)
    update_where(session, ModelSpend, *key, cost=ModelSpend.cost + cost)


def forget_people(session: Session, now: datetime) -> None:
    """Yesterday's counts of single people cap nothing any more, and name them."""
    past = (ModelSpend.spender != EVERYBODY, ModelSpend.day < now.date())
    session.execute(delete(ModelSpend).where(*past))


def _seconds_until_tomorrow(now: datetime) -> float:
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return (tomorrow - now).total_seconds()
