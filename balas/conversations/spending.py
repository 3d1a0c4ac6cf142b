"""Caps on model calls and their cost. In SQL: a restart or a flushed Redis must not open them again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from balas.database.insertions import insert_once
from balas.database.statements import execute, table_of
from balas.errors import BudgetSpent
from balas.models import Analytics, ModelSpend
from balas.ports import Settle
from balas.settings import Settings

EVERYBODY = "*"
NO_CAP = 2**31 - 1
NO_COST_CAP = 1e300
_MINE = (ModelSpend.day == bindparam("on"), ModelSpend.spender == bindparam("by"))
_COUNT = (
    update(table_of(ModelSpend))
    .where(
        *_MINE,
        ModelSpend.calls < bindparam("most_calls"),
        ModelSpend.cost + ModelSpend.reserved + bindparam("held") <= bindparam("most_cost"),
    )
    .values(calls=ModelSpend.calls + 1, reserved=ModelSpend.reserved + bindparam("held"))
)
_SPENT = select(ModelSpend.calls, ModelSpend.cost).where(*_MINE)
_SETTLE = (
    update(table_of(ModelSpend))
    .where(*_MINE)
    .values(cost=ModelSpend.cost + bindparam("paid"), reserved=ModelSpend.reserved - bindparam("held"))
)
# A commit whose answer was lost is repeated. What is reserved must not go down twice: others would get the difference.
_SETTLE_ONCE = _SETTLE.where(~exists().where(Analytics.turn_id == bindparam("answered_turn")))


@dataclass(frozen=True, slots=True)
class Caps:
    """A day's caps; 0 calls, and 0 or None cost, mean no cap."""

    calls: int
    calls_per_user: int
    cost: float | None


@dataclass(slots=True)
class _Call:
    day: date
    held: float
    paid: float  # what was held, until its cost is known: a server that went silent may have worked it out


class Tab:
    """What the calls for one answer have reserved and cost, until it is written down."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def add(self, day: date, held: float) -> Settle:
        call = _Call(day, held, held)
        self._calls.append(call)

        def settle(cost: float) -> None:
            call.paid = cost

        return settle

    @property
    def due(self) -> dict[date, tuple[float, float]]:
        """By day, what to take off the reserved and what to put on the cost."""
        days: dict[date, list[_Call]] = defaultdict(list)
        for call in self._calls:
            if call.held or call.paid:
                days[call.day].append(call)
        return {day: (sum(one.held for one in calls), sum(one.paid for one in calls)) for day, calls in days.items()}

    def close(self) -> None:
        """It is written down, and committed."""
        self._calls.clear()


def caps_of(settings: Settings) -> Caps:
    return Caps(
        settings.balas_model_calls_per_day,
        settings.balas_model_calls_per_user_per_day,
        settings.balas_model_cost_per_day if settings.has_prices else None,
    )


def reserve(session: Session, spender: str | None, caps: Caps, most: float, now: datetime) -> float:
    """Count a call before it is made and, where cost is capped, hold the most it may cost; returns what is held.

    Raises `BudgetSpent` when a cap of the UTC day is reached. The caller's transaction is then rolled back, so that a
    refused call counts for nobody.
    """
    held = most if caps.cost else 0.0
    if not _count(session, now.date(), EVERYBODY, caps.calls, caps.cost, held):
        raise _refusal(session, caps, held, now)
    if spender is not None and not _count(session, now.date(), spender, caps.calls_per_user, None, 0.0):
        raise BudgetSpent("this person's cap on model calls is reached for the day", _seconds_until_tomorrow(now))
    return held


def _count(session: Session, day: date, spender: str, calls: int, cost: float | None, held: float) -> bool:
    asked = {"on": day, "by": spender, "held": held, "most_calls": calls or NO_CAP, "most_cost": cost or NO_COST_CAP}

    def counted() -> bool:
        return bool(execute(session, _COUNT, asked).rowcount)

    if counted():
        return True
    # The cap is reached, or it is the day's first call.
    insert_once(session, ModelSpend, [{"day": day, "spender": spender, "calls": 0, "cost": 0.0, "reserved": 0.0}])
    return counted()


def _refusal(session: Session, caps: Caps, held: float, now: datetime) -> BudgetSpent:
    calls, cost = execute(session, _SPENT, {"on": now.date(), "by": EVERYBODY}).one()
    if calls >= (caps.calls or NO_CAP):
        return BudgetSpent("today's cap on model calls is reached: raise it or wait", _seconds_until_tomorrow(now))
    if cost + held > (caps.cost or NO_COST_CAP):
        return BudgetSpent(
            f"today's cap on cost is reached: the rest does not cover a call of up to {held:.6g}; raise it or wait",
            _seconds_until_tomorrow(now),
        )
    return BudgetSpent("the rest of today's cap on cost is held by calls that are under way")


def settle(session: Session, tab: Tab, turn_id: int | None = None) -> None:
    """What was reserved becomes what it cost; with `turn_id`, before its analytics are written, only once."""
    for day, (held, paid) in tab.due.items():  # none without prices: every turn of the day would wait for the one row
        written = {"on": day, "by": EVERYBODY, "held": held, "paid": paid}
        if turn_id is None:
            execute(session, _SETTLE, written)
        else:
            execute(session, _SETTLE_ONCE, written | {"answered_turn": turn_id})


def forget_people(session: Session, now: datetime) -> None:
    """Yesterday's counts of single people cap nothing any more, and name them."""
    past = (ModelSpend.spender != EVERYBODY, ModelSpend.day < now.date())
    session.execute(delete(ModelSpend).where(*past))


def _seconds_until_tomorrow(now: datetime) -> float:
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return (tomorrow - now).total_seconds()
