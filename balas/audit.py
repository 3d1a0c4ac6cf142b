"""What operators do, written down in the transaction that does it.

The edges say who acts (`acting`); the code that changes something says what it did (`record`). What jobs do by
themselves is no operator's act and is not recorded. An entry is never changed, and is deleted only for its age.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from balas.database.clock import now
from balas.models import AuditEntry


class Action(StrEnum):
    CONSOLE_LOGIN = "console.login"
    CONSOLE_LOGOUT = "console.logout"
    DOCUMENT_UPLOADED = "document.uploaded"
    DOCUMENT_REPLACED = "document.replaced"
    DOCUMENT_CHANGED = "document.changed"  # for whom, category, period
    DOCUMENT_DELETED = "document.deleted"
    DOCUMENT_ROLLED_BACK = "document.rolled_back"
    DOCUMENT_PUBLISHED = "document.published"
    DOCUMENT_DISCARDED = "document.discarded"
    DOCUMENT_ACCEPTED = "document.accepted"  # what golden questions said against it
    WEBSITE_ADDED = "website.added"
    WEBSITE_CHANGED = "website.changed"
    WEBSITE_SYNCED = "website.synced"
    WEBSITE_REMOVED = "website.removed"
    ANSWER_APPROVED = "answer.approved"
    ANSWER_CHANGED = "answer.changed"
    ANSWER_DELETED = "answer.deleted"
    AUDIENCE_GIVEN = "audience.given"
    AUDIENCE_TAKEN = "audience.taken"
    GOLDEN_ADDED = "golden.added"
    GOLDEN_DRAFTED = "golden.drafted"
    GOLDEN_CHANGED = "golden.changed"
    GOLDEN_APPROVED = "golden.approved"
    GOLDEN_WITHDRAWN = "golden.withdrawn"  # its approval
    GOLDEN_DELETED = "golden.deleted"
    GAP_ANSWERED = "gap.answered"
    GAP_DISMISSED = "gap.dismissed"
    GAP_OPENED = "gap.opened"
    DEAD_RETRIED = "dead.retried"
    CONVERSATION_DONE = "conversation.done"
    PERSON_ERASED = "person.erased"
    KEY_ISSUED = "key.issued"
    KEY_REVOKED = "key.revoked"


class Result(StrEnum):
    DONE = "done"
    FAILED = "failed"  # a wrong password
    REFUSED = "refused"  # too many of them; a deletion that golden questions speak against


@dataclass(frozen=True, slots=True)
class Operator:
    who: str  # "console", "api", "command", or "key 7" for a key that was given out
    address: str | None = None  # a keyed hash


COMMAND = Operator("command")

_acting: ContextVar[Operator | None] = ContextVar("acting", default=None)


@contextmanager
def acting(operator: Operator) -> Iterator[None]:
    """Everything done inside counts as done by this operator, except in threads that were started before."""
    token = _acting.set(operator)
    try:
        yield
    finally:
        _acting.reset(token)


def record(
    session: Session,
    action: Action,
    target: int | str | None = None,
    *,
    number: int = 1,
    result: Result = Result.DONE,
) -> None:
    """Write down what the operator did; `target` is an id, the first one's where there are several."""
    operator = _acting.get()
    if operator is None:
        return
    entry = {
        "done_at": now(session),
        "who": operator.who,
        "address": operator.address,
        "action": action,
        "target": None if target is None else str(target),
        "number": number,
        "result": result,
    }
    session.execute(insert(AuditEntry), [entry])


def page(
    session: Session, *, limit: int, before_id: int | None = None, action: str | None = None, target: str | None = None
) -> list[AuditEntry]:
    """Newest first, those before `before_id`."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if target is not None:
        query = query.where(AuditEntry.target == target)
    return list(session.scalars(query))


def forget(session: Session, before: datetime, limit: int) -> int:
    """Delete the oldest entries from before that moment, at most `limit`; return how many."""
    old = select(AuditEntry.id).where(AuditEntry.done_at < before).order_by(AuditEntry.done_at).limit(limit)
    ids = session.scalars(old).all()
    if ids:
        session.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
    return len(ids)
