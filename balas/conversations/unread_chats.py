"""Chats that WAHA does not show although it shows others, or that hold more than one reading takes: what is unread in
each is remembered, and read later.

So a chat that cannot be read holds up no other and loses nothing: the session is read on, and the rest is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, func, select
from sqlalchemy.orm import Session

from balas.database.claims import update_where
from balas.database.insertions import insert_once
from balas.models import UnreadChat, User

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Unread:
    since: datetime
    is_due: bool


@dataclass(slots=True)
class Looked:
    """What came of looking at the chats of one session."""

    listed: set[str] = field(default_factory=set)  # as chats in which something was said
    read: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    partly: dict[str, datetime] = field(default_factory=dict)  # of those that were read: up to then and no further


@dataclass(frozen=True, slots=True)
class Backlog:
    chats: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A chat that waits to be read, as it is shown to an operator."""

    id: int
    waha_session: str
    chat_id: str
    phone: str | None  # where the person behind a hidden id is known
    since: datetime
    failures: int
    next_attempt_at: datetime


def listing(session: Session, waha_sessions: Sequence[str], limit: int) -> list[Waiting]:
    """What waits the longest comes first."""
    phone = select(User.phone).where(User.lid == UnreadChat.chat_id).limit(1).correlate(UnreadChat).scalar_subquery()
    names = [column.name for column in fields(Waiting)]
    query = select(*(phone if name == "phone" else getattr(UnreadChat, name) for name in names))
    query = query.where(UnreadChat.waha_session.in_(waha_sessions)).order_by(UnreadChat.since, UnreadChat.id)
    return [Waiting(*row) for row in session.execute(query.limit(limit))]


def of_session(session: Session, waha_session: str, now: datetime, *, at_once: bool) -> dict[str, Unread]:
    query = select(UnreadChat.chat_id, UnreadChat.since, UnreadChat.next_attempt_at)
    rows = session.execute(query.where(UnreadChat.waha_session == waha_session))
    return {row.chat_id: Unread(row.since, at_once or row.next_attempt_at <= now) for row in rows}


def note(
    session: Session, waha_session: str, known: Mapping[str, Unread], looked: Looked, since: datetime, now: datetime
) -> None:
    """Write down what came of a reading that began `now` and, of chats that are not `known`, read from `since` on."""
    ours = UnreadChat.waha_session == waha_session
    forget(session, ours, UnreadChat.chat_id.in_(looked.read & known.keys()))  # what is left of one is noted anew
    first = {"waha_session": waha_session, "since": since, "until": now, "failures": 0, "next_attempt_at": now}
    # Where no chat at all can be read, the fault may be WAHA's: then the session's mark stands still instead.
    new = sorted(looked.failed - known.keys()) if looked.read else []
    insert_once(session, UnreadChat, [first | {"chat_id": chat_id} for chat_id in new])
    rest = [first | {"chat_id": chat_id, "since": read_to} for chat_id, read_to in sorted(looked.partly.items())]
    insert_once(session, UnreadChat, rest)
    said_more = (looked.listed & known.keys()) - looked.read
    update_where(session, UnreadChat, ours, UnreadChat.chat_id.in_(said_more), until=now)
    failed = select(UnreadChat.id, UnreadChat.failures).where(ours, UnreadChat.chat_id.in_(looked.failed))
    for row_id, failures in session.execute(failed).all():
        pause = min(FIRST_PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE)
        again = {"failures": failures + 1, "next_attempt_at": now + pause}
        update_where(session, UnreadChat, UnreadChat.id == row_id, **again)


def give_up(session: Session, waha_session: str, looked: Looked, said_before: datetime) -> int:
    """Forget the chats that WAHA does not show while it shows others, and of which all that is unread was said before
    then; how many."""
    if not looked.read or not looked.failed:
        return 0
    ours = (UnreadChat.waha_session == waha_session, UnreadChat.chat_id.in_(looked.failed))
    return forget(session, *ours, UnreadChat.until < said_before)


def forget(session: Session, *conditions: ColumnElement[bool]) -> int:
    removed = session.execute(delete(UnreadChat).where(*conditions).execution_options(synchronize_session=False))
    assert isinstance(removed, CursorResult)  # noqa: S101 narrows the type
    return removed.rowcount


def backlogs(session: Session, waha_sessions: Sequence[str]) -> dict[str, Backlog]:
    """How many chats of each session cannot be read, and since when; sessions that have none are left out."""
    query = select(UnreadChat.waha_session, func.count(), func.min(UnreadChat.since))
    rows = session.execute(query.where(UnreadChat.waha_session.in_(waha_sessions)).group_by(UnreadChat.waha_session))
    return {name: Backlog(chats, since) for name, chats, since in rows}
