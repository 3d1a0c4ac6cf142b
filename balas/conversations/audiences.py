"""The audiences that a phone number belongs to. What people say about themselves never counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, bindparam, delete, func, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.models import AudienceNumber
from balas.values import PUBLIC

EVERYBODY = frozenset({PUBLIC})
_OF_PHONE = select(AudienceNumber.audience).where(AudienceNumber.phone == bindparam("of_phone"))


def of_phone(session: Session, phone: str | None) -> frozenset[str]:
    """By the whole number. A person whose number WhatsApp hides belongs to `public` alone."""
    if phone is None:
        return EVERYBODY
    return frozenset({PUBLIC, *execute(session, _OF_PHONE, {"of_phone": phone}).scalars()})


def of_phones(session: Session, phones: Collection[str]) -> dict[str, list[str]]:
    """The audiences of several numbers beside `public`, sorted; numbers without any are left out."""
    found: dict[str, list[str]] = {}
    rows = select(AudienceNumber.phone, AudienceNumber.audience).where(AudienceNumber.phone.in_(phones))
    for phone, audience in session.execute(rows.order_by(AudienceNumber.audience)):
        found.setdefault(phone, []).append(audience)
    return found


def sizes(session: Session) -> list[tuple[str, int]]:
    """Every audience with how many numbers it has, by name."""
    query = select(AudienceNumber.audience, func.count()).group_by(AudienceNumber.audience)
    return [(name, count) for name, count in session.execute(query.order_by(AudienceNumber.audience))]


def numbers(session: Session, audience: str, after: str = "", limit: int = 1_000_000) -> Sequence[str]:
    """The numbers of an audience in order, those after `after`."""
    query = select(AudienceNumber.phone).where(AudienceNumber.audience == audience, AudienceNumber.phone > after)
    return session.scalars(query.order_by(AudienceNumber.phone).limit(limit)).all()


def add(session: Session, audience: str, phones: Iterable[str], now: datetime) -> int:
    """Give the numbers the audience; how many did not have it."""
    before = _count(session, audience)
    rows = [{"phone": phone, "audience": audience, "created_at": now} for phone in sorted(set(phones))]
    if rows:
        insert_once(session, AudienceNumber, rows)
    given = _count(session, audience) - before
    if given:
        audit.record(session, Action.AUDIENCE_GIVEN, number=given)
    return given


def remove(session: Session, audience: str, phones: Collection[str] | None = None) -> int:
    """Take the audience from these numbers, or from all; how many had it."""
    statement = delete(AudienceNumber).where(AudienceNumber.audience == audience)
    if phones is not None:
        statement = statement.where(AudienceNumber.phone.in_(phones))
    removed = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(removed, CursorResult)  # noqa: S101 narrows the type
    if removed.rowcount:
        audit.record(session, Action.AUDIENCE_TAKEN, number=removed.rowcount)
    return removed.rowcount


def _count(session: Session, audience: str) -> int:
    query = select(func.count()).select_from(AudienceNumber).where(AudienceNumber.audience == audience)
    return session.scalars(query).one()
