"""How turns end: answered, dead, or nothing left to answer; their letters end with them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from balas.conversations import inbox
from balas.database.claims import NOW, change, update_where
from balas.database.statements import execute, table_of
from balas.models import OPEN_TURNS, InboxMessage, InboxState, Turn, TurnState

REASON_CHARACTERS = 64

_FINISH = (
    update(table_of(Turn))
    .where(Turn.id == bindparam("turn_id"), Turn.state.in_(OPEN_TURNS))
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        finished_at=bindparam("new_finished_at"),
        gathering=None,
        lease_until=None,
        lease_token=None,  # who works on it still must write nothing any more
    )
)
_EXPIRE = _FINISH.where(
    Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)),
    Turn.deadline_at < NOW,
    or_(Turn.lease_until.is_(None), Turn.lease_until < NOW),
)


def finish(
    session: Session, turn_id: int, state: TurnState, now: datetime, reason: str | None = None, token: str | None = None
) -> None:
    """Close the turn and its letters. With a token, only while the lease is ours."""
    if token is None:
        parameters = {"new_state": state, "new_reason": _short(reason), "new_finished_at": now}
        execute(session, _FINISH, {"turn_id": turn_id} | parameters)
    else:
        over: dict[str, Any] = {"state": state, "gathering": None, "lease_until": None, "finished_at": now}
        change(session, Turn, turn_id, token, reason=_short(reason), **over)
    outcome = {
        TurnState.ANSWERED: InboxState.ANSWERED,
        TurnState.DEAD: InboxState.DEAD,
        TurnState.CANCELLED: InboxState.IGNORED,
    }[state]
    inbox.close_turn(session, turn_id, outcome, _of_letter(reason) if reason else None, now)


def expire(session: Session, turn_id: int, now: datetime, reason: str) -> bool:
    """Close the turn as dead if it is past its deadline and nobody works on it; whether it was so."""
    parameters = {"new_state": TurnState.DEAD, "new_reason": _short(reason), "new_finished_at": now}
    if not execute(session, _EXPIRE, {"turn_id": turn_id, "claimed_at": now} | parameters).rowcount:
        return False  # somebody took it since it was looked for
    inbox.close_turn(session, turn_id, InboxState.DEAD, _of_letter(reason), now)
    return True


def answered_after_all(session: Session, turn_id: int, now: datetime) -> None:
    """Mark a dead turn as answered, whose answer turned out to be on the phone: a retry must not answer it again."""
    dead = (Turn.id == turn_id, Turn.state == TurnState.DEAD)
    if update_where(session, Turn, *dead, state=TurnState.ANSWERED, reason=None, finished_at=now):
        letters_of_it = (InboxMessage.turn_id == turn_id, InboxMessage.state == InboxState.DEAD)
        answered = {"state": InboxState.ANSWERED, "reason": None, "finished_at": now}
        update_where(session, InboxMessage, *letters_of_it, **answered)


def overdue(session: Session, now: datetime, limit: int) -> Sequence[int]:
    """Turns past their deadline that nobody works on."""
    query = select(Turn.id).where(
        Turn.state.in_((TurnState.GATHERING, TurnState.GENERATING)),
        Turn.deadline_at < now,
        or_(Turn.lease_until.is_(None), Turn.lease_until < now),
    )
    return session.scalars(query.order_by(Turn.id).limit(limit)).all()


def _short(reason: str | None) -> str | None:
    return reason[:255] if reason else None


def _of_letter(reason: str) -> str:
    """Whole words, as many as the letter's column holds; the turn keeps the sentence."""
    return textwrap.shorten(reason, REASON_CHARACTERS, placeholder="…")
