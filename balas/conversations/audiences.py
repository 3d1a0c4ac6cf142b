"""The audiences that a phone number belongs to. What people say about themselves never counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, bindparam, delete, func, or_, select
from sqlalchemy.orm import Session

from balas import audit
from balas.audit import Action
from balas.database.insertions import insert_once
from balas.database.statements import execute
from balas.errors import InvalidRequest
from balas.models import AudienceNumber
from balas.values import PUBLIC

EVERYBODY = frozenset({PUBLIC})
_OF_PHONE = select(AudienceNumber.audience).where(
    or_(AudienceNumber.phone == bindparam("of_phone"), AudienceNumber.phone == bindparam("also_written"))
)
_BRAZIL = re.compile(r"55([1-9]{2})(9?)([6-9]\d{7})")
_MEXICO = re.compile(r"52(1?)([1-9]\d{9})")


def whole_number(digits: str) -> str | None:
    """Without the 00 that some dial before a country code; None: as it is dialled at home, which no chat has."""
    digits = digits.removeprefix("00")
    return None if digits.startswith("0") else digits


def also_written(phone: str) -> str:
    """The same line under its other number, or the number itself. WhatsApp still knows many mobile phones of Brazil
    without their ninth digit, and those of Mexico with a 1, while people write them as they are dialled today."""
    if found := _BRAZIL.fullmatch(phone):
        return f"55{found[1]}{'' if found[2] else '9'}{found[3]}"
    if found := _MEXICO.fullmatch(phone):
        return f"52{'' if found[1] else '1'}{found[2]}"
    return phone


def of_phone(session: Session, phone: str | None) -> frozenset[str]:
    """By the whole number. A person whose number WhatsApp hides belongs to `public` alone."""
    if phone is None:
        return EVERYBODY
    numbers = {"of_phone": phone, "also_written": also_written(phone)}
    return frozenset({PUBLIC, *execute(session, _OF_PHONE, numbers).scalars()})


def of_phones(session: Session, phones: Collection[str]) -> dict[str, list[str]]:
    """The audiences of several numbers beside `public`, sorted; numbers without any are left out."""
    written = {phone: {phone, also_written(phone)} for phone in phones}
    rows = select(AudienceNumber.phone, AudienceNumber.audience).where(
        AudienceNumber.phone.in_({number for numbers in written.values() for number in numbers})
    )
    kept = session.execute(rows).all()
    found = {phone: sorted({row.audience for row in kept if row.phone in written[phone]}) for phone in phones}
    return {phone: names for phone, names in found.items() if names}


def sizes(session: Session) -> list[tuple[str, int]]:
    """Every audience with how many numbers it has, by name."""
    query = select(AudienceNumber.audience, func.count()).group_by(AudienceNumber.audience)
    return [(name, count) for name, count in session.execute(query.order_by(AudienceNumber.audience))]


def numbers(session: Session, audience: str, after: str = "", limit: int = 1_000_000) -> Sequence[str]:
    """The numbers of an audience in order, those after `after`."""
    query = select(AudienceNumber.phone).where(AudienceNumber.audience == audience, AudienceNumber.phone > after)
    return session.scalars(query.order_by(AudienceNumber.phone).limit(limit)).all()


def add(session: Session, audience: str, phones: Iterable[str], now: datetime) -> int:
    """Give the numbers the audience; how many did not have it. Raises `InvalidRequest` for a number without its country
    code: nobody would ever belong by it."""
    before = _count(session, audience)
    whole = {whole_number(phone) for phone in phones}
    if None in whole:
        raise InvalidRequest(
            "A number begins with 0: write its country code in place of the 0, for example +62 or +55."
        )
    rows = [{"phone": phone, "audience": audience, "created_at": now} for phone in sorted(filter(None, whole))]
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


def forget(session: Session, phones: Collection[str]) -> int:
    """Take every audience from a person who is erased, however the numbers were written; how many there were."""
    written = {number for phone in phones for number in (phone, also_written(phone))}
    statement = delete(AudienceNumber).where(AudienceNumber.phone.in_(written))
    removed = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(removed, CursorResult)  # noqa: S101 narrows the type
    return removed.rowcount


def _count(session: Session, audience: str) -> int:
    query = select(func.count()).select_from(AudienceNumber).where(AudienceNumber.audience == audience)
    return session.scalars(query).one()
