"""Time as the database tells it: leases must not depend on the clocks of several workers."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


def now(session: Session) -> datetime:
    """Aware UTC. SQLite has no server and takes the machine's clock, as its own functions would."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    value: datetime = session.execute(text("SELECT UTC_TIMESTAMP(6)")).scalar_one()
    return value.replace(tzinfo=UTC)
