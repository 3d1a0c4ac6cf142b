"""The moments that count, on each database: those beyond end before the SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)  # a clock at the other end of the world is still in this year


def moment_within(moment: datetime, ahead: timedelta = timedelta(0)) -> datetime:
    """The moment that is `ahead` of it, in UTC, as it is without an offset.

    Further away than any message can be, it is as good as the end of the calendar.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return min(max(aware.astimezone(UTC) + ahead, _EARLIEST), _LATEST)
    except OverflowError:
        return _EARLIEST if aware.year < _EARLIEST.year else _LATEST
