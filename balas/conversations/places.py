"""Places in the line of those who wait until calls of the model are let through again."""

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
    """How many calls there may be in this minute for one who wants some: who writes now leaves those who wait theirs.

    A follow-up wants two: with a cap of one there would be none, ever.
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
