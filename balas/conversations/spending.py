"""Caps on model calls and their cost. Kept in SQL: neither a restart nor a flushed Redis may reset them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.database.statements import execute, table_of
from balas.errors import BudgetSpent, MinuteSpent
from balas.models import Analytics, ModelSpend
from balas.ports import Settle
from balas.settings import Settings

EVERYBODY = "*"
NO_CAP = 2**31 - 1
NO_COST_CAP = 1e300
_PLACES: ColumnElement[int] = bindparam("places")
_MINUTE: ColumnElement[int] = bindparam("minute")
# Whoever waited for the row comes with an older minute than its own. Two ahead is a clock that was set back.
_SAME_MINUTE = ModelSpend.last_minute.between(_MINUTE, _MINUTE + 1)
_MINE = (ModelSpend.day == bindparam("on"), ModelSpend.spender == bindparam("by"))
_COUNT = (
    update(table_of(ModelSpend))
    .where(
        *_MINE,
        ModelSpend.calls < bindparam("most_calls"),
        ModelSpend.cost + ModelSpend.reserved + bindparam("held") <= bindparam("most_cost"),
        or_(not_(_SAME_MINUTE), ModelSpend.last_minute_calls + _PLACES <= bindparam("most_places")),
    )
    # In this order: MySQL sets one column after the other, and looks at what it has set.
    .ordered_values(
        (ModelSpend.calls, ModelSpend.calls + 1),
        (ModelSpend.reserved, ModelSpend.reserved + bindparam("held")),
        (
            ModelSpend.last_minute_calls,
            case((_SAME_MINUTE, ModelSpend.last_minute_calls + _PLACES), else_=_PLACES),
        ),
        (ModelSpend.last_minute, case((_SAME_MINUTE, ModelSpend.last_minute), else_=_MINUTE)),
    )
)
_SPENT = select(ModelSpend.calls, ModelSpend.cost, ModelSpend.last_minute, ModelSpend.last_minute_calls)
_SPENT = _SPENT.where(*_MINE)
_SETTLE = (
    update(table_of(ModelSpend))
    .where(*_MINE)
    .values(cost=ModelSpend.cost + bindparam("paid"), reserved=ModelSpend.reserved - bindparam("held"))
)
# A commit whose answer was lost is repeated. What is reserved must not go down twice: others would get the difference.
_SETTLE_ONCE = _SETTLE.where(~exists().where(Analytics.turn_id == bindparam("answered_turn")))


@dataclass(frozen=True, slots=True)
class Caps:
    """A day's caps, and one for the calls of all chats in a minute; 0 calls, and 0 or None cost, mean no cap."""

    calls: int
    calls_per_user: int
    cost: float | None
    calls_per_minute: int = 0


@dataclass(slots=True)
class _Call:
    day: date
    held: float
    paid: float  # what was held, until its cost is known: a server that went silent may have worked it out


class Tab:
    """What the calls for one answer have reserved and cost, until it is written down."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self.has_begun = False  # to call the model: what was paid for is not thrown away for want of a place
        self._places = 0  # of this minute, taken and not yet used
        self.turn_id: int | None = None  # with whose answer it was written down, committed or not

    def places(self, ahead: int) -> int:
        """How many are to be taken for a call, and for those that must follow."""
        return max(0, 1 + ahead - self._places)

    def add(self, day: date, held: float, places: int = 1) -> Settle:
        self.has_begun = True
        self._places += places - 1
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
        settings.balas_model_calls_per_minute,
    )


def reserve(
    session: Session,
    spender: str | None,
    caps: Caps,
    most: float,
    now: datetime,
    places: int = 0,
    room: int = NO_CAP,
    hidden: str | None = None,
) -> float:
    """Count a call before it is made and, where cost is capped, hold the most it may cost; returns what is held.

    `places`: how many of the minute's calls it takes; `room`: how many there may be, these among them; `hidden`: what
    the spender's calls were counted under while only that was known. Raises `BudgetSpent` when a cap of the UTC day is
    reached, and `MinuteSpent` when the minute's is. The caller's transaction is then rolled back, so that a refused
    call counts for nobody.
    """
    if places > room:
        raise _no_place(now)
    held = most if caps.cost else 0.0
    asked = {
        "held": held,
        "most_calls": caps.calls or NO_CAP,
        "most_cost": caps.cost or NO_COST_CAP,
        "places": places,
        "most_places": room if places else NO_CAP,
    }
    if not _count(session, EVERYBODY, now, asked):
        raise _refusal(session, asked, now)
    if spender is not None and hidden is not None:
        _take_over(session, hidden, spender, now.date())
    own = {"most_calls": caps.calls_per_user or NO_CAP, "held": 0.0, "most_cost": NO_COST_CAP, "places": 0}
    if spender is not None and not _count(session, spender, now, own | {"most_places": NO_CAP}):
        raise BudgetSpent("this person's cap on model calls is reached for the day", _seconds_until_tomorrow(now))
    return held


def _count(session: Session, spender: str, now: datetime, asked: dict[str, Any]) -> bool:
    day = now.date()
    asked = {"on": day, "by": spender, "minute": _minute(now)} | asked

    def counted() -> bool:
        return bool(execute(session, _COUNT, asked).rowcount)

    if counted():
        return True
    # The cap is reached, or it is the day's first call.
    insert_once(session, ModelSpend, [{"day": day, "spender": spender}])
    return counted()


def _take_over(session: Session, hidden: str, spender: str, day: date) -> None:
    """Nobody counts between the look and the change: everybody's row, which is ours by now, comes first."""
    calls = session.scalar(select(ModelSpend.calls).where(ModelSpend.day == day, ModelSpend.spender == hidden))
    if calls is None:
        return
    insert_once(session, ModelSpend, [{"day": day, "spender": spender}])
    update_where(
        session, ModelSpend, ModelSpend.day == day, ModelSpend.spender == spender, calls=ModelSpend.calls + calls
    )
    session.execute(delete(ModelSpend).where(ModelSpend.day == day, ModelSpend.spender == hidden))


def _refusal(session: Session, asked: dict[str, Any], now: datetime) -> BudgetSpent:
    row = execute(session, _SPENT, {"on": now.date(), "by": EVERYBODY}).one()
    if row.calls >= asked["most_calls"]:
        return BudgetSpent("today's cap on model calls is reached: raise it or wait", _seconds_until_tomorrow(now))
    if row.cost + asked["held"] > asked["most_cost"]:
        most = f"{asked['held']:.6g}"
        return BudgetSpent(
            f"today's cap on cost is reached: the rest does not cover a call of up to {most}; raise it or wait",
            _seconds_until_tomorrow(now),
        )
    is_same_minute = row.last_minute in {_minute(now), _minute(now) + 1}
    if is_same_minute and row.last_minute_calls + asked["places"] > asked["most_places"]:
        return _no_place(now)
    return BudgetSpent("the rest of today's cap on cost is held by calls that are under way")


def _no_place(now: datetime) -> MinuteSpent:
    return MinuteSpent(
        "more is asked than BALAS_MODEL_CALLS_PER_MINUTE lets through: who waits has a place in one of the next",
        60.0 - now.timestamp() % 60.0,
    )


def settle(session: Session, tab: Tab, turn_id: int | None = None) -> None:
    """What was reserved becomes what it cost; with `turn_id`, before its analytics are written, only once.

    Once it was tried with a turn's answer, that commit may be one whose answer was lost: then analytics of the turn,
    which may be of somebody else who answered it, leave the reservation for the day. Before, they say nothing of it.
    """
    tab.turn_id = turn_id or tab.turn_id
    for day, (held, paid) in tab.due.items():  # none without prices: every turn of the day would wait for the one row
        written = {"on": day, "by": EVERYBODY, "held": held, "paid": paid}
        if tab.turn_id is None:
            execute(session, _SETTLE, written)
        else:
            execute(session, _SETTLE_ONCE, written | {"answered_turn": tab.turn_id})


def forget_people(session: Session, now: datetime) -> None:
    """Yesterday's counts of single people cap nothing any more, and name them."""
    past = (ModelSpend.spender != EVERYBODY, ModelSpend.day < now.date())
    session.execute(delete(ModelSpend).where(*past))


def _minute(now: datetime) -> int:
    return int(now.timestamp() // 60)


def _seconds_until_tomorrow(now: datetime) -> float:
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return (tomorrow - now).total_seconds()
