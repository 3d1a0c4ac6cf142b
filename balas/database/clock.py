"""Time as the database tells it: leases must not depend on the clocks of several workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from balas.database.statements import connection_of
from balas.ports import uptime

# In between the seconds that passed here are added: a question for each transaction would be a tenth of its time.
ASK_EVERY_SECONDS = 2.0
LONGEST_ANSWER_SECONDS = 0.5  # a slower one is not worth keeping: how old it is, is not known

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_told: WeakKeyDictionary[Engine, tuple[datetime, float]] = WeakKeyDictionary()


def now(session: Session) -> datetime:
    """Aware UTC. SQLite has no server and takes the machine's clock, as its own functions would.

    Never ahead of the database's clock, and behind it by the time of one round trip: a doubtful lease counts as still
    held.
    """
    bind = connection_of(session).engine
    if bind.dialect.name == "sqlite":
        return datetime.now(UTC)
    told, at = _told.get(bind, (_LONG_AGO, float("-inf")))
    passed = uptime() - at
    if passed < ASK_EVERY_SECONDS:
        return told + timedelta(seconds=passed)
    begun = uptime()
    value: datetime = session.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one().replace(tzinfo=UTC)
    ended = uptime()
    if ended - begun < LONGEST_ANSWER_SECONDS:
        _told[bind] = (value, ended)
    return value
