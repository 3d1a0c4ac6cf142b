"""Outbox row -> WAHA -> sent, later or dead."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from balas.choices import Pace
from balas.conversations import halving, outbox, outcomes, reconcile
from balas.conversations.outbox import Errand, Parcel
from balas.conversations.outcomes import UNKNOWN
from balas.conversations.reconcile import Verdict
from balas.database import clock
from balas.database.session import persist, reading, transaction
from balas.errors import GatewayUnauthorized, Permanent, SendOutcomeUnknown, TextTooLong, Transient
from balas.failpoints import failpoint
from balas.models import OutboxMessage, OutboxState
from balas.ports import Ring, SentMessage, uptime
from balas.runtime import Runtime

TYPING_SECONDS_PER_CHARACTER = 0.015
LONGEST_TYPING_SECONDS = 3.0
FIRST_LOOK_SECONDS = 2.5  # by then the echo of our own message has usually come
UNAUTHORIZED_SECONDS = 15.0


def run(runtime: Runtime, row_id: int, parcel: Parcel | None = None) -> Ring | None:
    """Safe to run twice: a send is claimed and written down before it begins.

    `parcel`: the bubble as it has just been written down, first in its line. Nothing comes before it any more.
    """
    if parcel is None:
        with reading(runtime.database) as session:
            parcel = outbox.peek(session, row_id, clock.now(session))
    if parcel is None:
        return None
    if parcel.errand is Errand.RECONCILE:
        return _find_out(runtime, parcel)
    try:
        bare_id = runtime.gateway.new_message_id(parcel.waha_session)
    except Transient as error:
        return _later(runtime, parcel, None, error, OutboxState.QUEUED)
    _type(runtime, parcel)
    failpoint("before_begin_send")
    begun_at = uptime()
    with transaction(runtime.database) as session:
        token = outbox.begin_send(session, parcel, bare_id, clock.now(session))
    return None if token is None else _send(runtime, parcel, token, bare_id, begun_at)


def _type(runtime: Runtime, parcel: Parcel) -> None:
    """Write as a person would: for a moment that grows with the text."""
    if runtime.settings.balas_pace is Pace.NATURAL:
        with runtime.presence.typing(parcel.waha_session, parcel.chat_id), runtime.crew.waiting():
            time.sleep(min(LONGEST_TYPING_SECONDS, len(parcel.text) * TYPING_SECONDS_PER_CHARACTER))


def _send(runtime: Runtime, parcel: Parcel, token: str, bare_id: str | None, begun_at: float) -> Ring | None:
    # A process that was stopped since then (a frozen machine, a debugger) must send nothing once others may look for
    # this send: its time counts from before the moment it was announced.
    failpoint("after_begin_send")
    # After a first send that may still turn up, the id must stay the same, and it is looked for again.
    before = OutboxState.QUEUED if parcel.errand is Errand.SEND else OutboxState.SENDING
    try:
        sent = runtime.gateway.send_text(
            parcel.waha_session,
            parcel.chat_id,
            parcel.text,
            message_id=bare_id,
            reply_to=parcel.reply_to,
            begun_at=begun_at,
        )
    except SendOutcomeUnknown as error:
        return _later(runtime, parcel, token, error, OutboxState.SENDING)
    except Transient as error:
        return _later(runtime, parcel, token, error, before, unsent=True)
    except TextTooLong as error:
        return _halve(runtime, parcel, token, error)
    except Permanent as error:
        with transaction(runtime.database) as session:
            return outcomes.mark_dead(session, parcel.id, token, str(error), clock.now(session))
    failpoint("after_send_before_mark")
    ring = persist(runtime.database, lambda session: _mark_sent(session, parcel, token, sent))
    failpoint("after_mark_sent")
    return ring


def _halve(runtime: Runtime, parcel: Parcel, token: str, error: TextTooLong) -> Ring | None:
    failpoint("before_halved")
    # Not `persist`: if a commit's answer is lost, what is halved already would be halved once more.
    with transaction(runtime.database) as session:
        now = clock.now(session)
        ring = halving.halve(session, parcel, token, now)
        ring = ring or outcomes.mark_dead(session, parcel.id, token, str(error), now)
    failpoint("after_halved")
    return ring


def _mark_sent(session: Session, parcel: Parcel, token: str, sent: SentMessage) -> Ring | None:
    ring = outcomes.mark_sent(session, parcel.id, token, sent, clock.now(session))
    failpoint("before_sent_committed")
    return ring


def _later(
    runtime: Runtime,
    parcel: Parcel,
    token: str | None,
    error: Transient,
    state: OutboxState,
    *,
    unsent: bool = False,
) -> Ring | None:
    """Park it: as QUEUED when surely nothing was sent, as SENDING while that is not known."""
    seconds = error.retry_after_seconds
    if isinstance(error, SendOutcomeUnknown):
        seconds = FIRST_LOOK_SECONDS
    elif isinstance(error, GatewayUnauthorized):
        seconds = UNAUTHORIZED_SECONDS
    with transaction(runtime.database) as session:
        now = clock.now(session)
        ring = outcomes.park(session, parcel, token, state, str(error), now, seconds, unsent=unsent)
    failpoint("after_park")
    return ring


def _look_later(runtime: Runtime, parcel: Parcel, token: str, error: Transient) -> Ring | None:
    """WAHA cannot be asked now. Past its deadline the bubble is a dead letter: its chat must go on."""
    with transaction(runtime.database) as session:
        now = clock.now(session)
        if now >= parcel.deadline_at:
            return outcomes.mark_dead(session, parcel.id, token, UNKNOWN, now)
    return _later(runtime, parcel, token, error, OutboxState.SENDING)


def _find_out(runtime: Runtime, parcel: Parcel) -> Ring | None:
    with transaction(runtime.database) as session:
        token = outbox.claim_doubtful(session, parcel, clock.now(session))
    if token is None:
        return None
    with runtime.leases.holding(OutboxMessage, parcel.id, token):
        try:
            sighting = reconcile.look(runtime.gateway, parcel)
        except Transient as error:
            return _look_later(runtime, parcel, token, error)
        failpoint("in_reconcile_after_look")
        begun_at = uptime()
        with transaction(runtime.database) as session:
            ids = [candidate.bare_id for candidate in sighting.candidates]
            owned = outbox.owned_ids(session, parcel.waha_session, ids) - {parcel.bare_id}
            verdict, sent = reconcile.decide(parcel, sighting, owned)
            now = clock.now(session)
            if verdict is Verdict.SENT:
                return outcomes.mark_sent(session, parcel.id, token, sent, now)
            if verdict is Verdict.UNKNOWN or (verdict is Verdict.LOOK_AGAIN and now >= parcel.deadline_at):
                return outcomes.mark_dead(session, parcel.id, token, UNKNOWN, now)
            if verdict is Verdict.LOOK_AGAIN:
                seconds = reconcile.look_again_seconds(parcel)
                return outcomes.park(session, parcel, token, OutboxState.SENDING, UNKNOWN, now, seconds, looked=True)
            again = outbox.begin_resend(session, parcel, token, now)
    failpoint("after_resend_begun")
    return _send(runtime, again, token, again.bare_id, begun_at)
