"""Places for turns that wait because the cap of model calls per minute is reached."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from balas.conversations.spending import NO_CAP
from balas.database.statements import execute
from balas.models import Turn, TurnState

BEGINNING_SECONDS = 2.0  # of a minute: who waits comes before who writes in it

_WAITING = (
    select(func.count())
    .select_from(Turn)
    .where(Turn.state == TurnState.GENERATING, Turn.next_attempt_at > bindparam("now"))
)


def room(session: Session, per_minute: int, wanted: int, now: datetime, *, is_first_try: bool) -> int:
    """How many calls this minute may have in all, for a turn that wants some: new turns leave room for those that wait.

    A follow-up needs two calls: with a cap of one it would never get any.
    """
    if not per_minute:
        return NO_CAP
    waiting: int = execute(session, _WAITING, {"now": now}).scalar_one() if is_first_try else 0
    return max(per_minute, wanted) - min(per_minute, waiting)


def place_in_line(session: Session, per_minute: int, now: datetime, rest_of_minute: float) -> float:
    """In how many seconds to try again, so that in each minute about as many come as are let through."""
    ahead: int = execute(session, _WAITING, {"now": now}).scalar_one()
    minutes = ahead // max(1, per_minute)
    return rest_of_minute + 60.0 * minutes + random.uniform(0.0, BEGINNING_SECONDS)  # noqa: S311 jitter
