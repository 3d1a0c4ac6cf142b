"""Messages that WAHA shows but sent no webhook for: how far each session was read back, and what is new in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import bindparam, select, true
from sqlalchemy.orm import Session

from balas.conversations import letters, policy, unread_chats
from balas.conversations.policy import Rules
from balas.conversations.unread_chats import Looked, Unread
from balas.database.claims import change, claim
from balas.database.insertions import insert_once
from balas.models import CatchUp, InboxMessage, InboxState
from balas.values import InboundMessage, MessageKind, WebhookEvent
from balas.waha.events import dedupe_key

EVERY_SECONDS = 60.0
SOON_SECONDS = 15.0
LOOK_EVERY_SECONDS = 5.0  # several processes: the first that finds a session due reads it
OVERLAP = timedelta(minutes=10)
FRESH = timedelta(seconds=15)  # the webhook of a younger message may still be on its way
READ_BACK = "catch-up"  # the request id of letters that no webhook brought
_KEYS = 500
_SECOND = timedelta(seconds=1)
# Through the index of the books, whose columns are the first three: by id, all that was read back would be looked at.
_HEARD_SINCE = (
    select(InboxMessage.id)
    .where(
        InboxMessage.counted == true(),
        InboxMessage.state.in_(list(InboxState)),
        InboxMessage.received_at > bindparam("moment"),
        InboxMessage.waha_session == bindparam("waha_session"),
        InboxMessage.kind == "message",
        InboxMessage.request_id != READ_BACK,
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One session, held by us until it is read."""

    row_id: int
    token: str
    waha_session: str
    since: datetime
    began_at: datetime  # this reading
    unread: Mapping[str, Unread]  # chats that earlier readings could not read
    deaf_since: datetime | None


def begin(session: Session, waha_session: str, now: datetime, *, at_once: bool = False) -> Reading | None:
    """Take the session if it is due and nobody else reads it. What is older than its first reading is left alone."""
    first = {"waha_session": waha_session, "began_at": now, "read_until": now, "missed": 0, "attempts": 0}
    insert_once(session, CatchUp, [first])
    row = session.scalars(select(CatchUp).where(CatchUp.waha_session == waha_session)).one()
    if not at_once and row.next_attempt_at is not None and row.next_attempt_at > now:
        return None
    token = claim(session, CatchUp, row.id, now)
    if token is None:
        return None
    session.refresh(row)  # as the last reader left it, who may have finished since we looked
    since = max(row.read_until - OVERLAP, row.began_at)
    unread = unread_chats.of_session(session, waha_session, now, at_once=at_once)
    return Reading(row.id, token, waha_session, since, now, unread, row.deaf_since)


@dataclass(frozen=True, slots=True)
class Missed:
    """What a chat shows and the inbox lacks: events to store now, and whether younger ones were left for later."""

    events: tuple[WebhookEvent, ...]
    fresh: bool


def missed_in(session: Session, reading: Reading, shown: Iterable[InboundMessage], older_than: datetime) -> Missed:
    """The unseen messages. Entries that WAHA lists for its own purposes, without text or file, are nobody's message."""
    events = {
        dedupe_key(event, b""): event
        for event in (_event(reading.waha_session, message) for message in shown if _is_said(message))
    }
    known = _known(session, list(events))
    unseen, latest = [], None
    for key, event in events.items():
        if key in known:
            latest = known[key]
        else:
            unseen.append(_after(event, latest))
    old = tuple(event for event in unseen if (event.happened_at or older_than) <= older_than)
    return Missed(old, fresh=len(old) < len(unseen))


def rows(events: Sequence[WebhookEvent], rules: Rules, now: datetime) -> list[dict[str, Any]]:
    """The rows of missed messages, by the same rules as those that a webhook brings."""
    return [
        letters.of_event(event, policy.screen(event, rules, now), dedupe_key(event, b""), now, READ_BACK)
        for event in events
    ]


def _is_said(message: InboundMessage) -> bool:
    return message.kind not in (MessageKind.EMPTY, MessageKind.WAITING)


def _event(waha_session: str, message: InboundMessage) -> WebhookEvent:
    return WebhookEvent("message", waha_session, None, message.sent_at, None, None, message)


def _after(event: WebhookEvent, latest: datetime | None) -> WebhookEvent:
    """Lists hold whole seconds, webhooks milliseconds: what follows a message in the list must also come after it."""
    if event.happened_at is None or latest is None or not event.happened_at < latest < event.happened_at + _SECOND:
        return event
    return replace(event, happened_at=latest)


def _known(session: Session, keys: list[str]) -> dict[str, datetime]:
    """When those of the messages were sent that are in the inbox."""
    known: dict[str, datetime] = {}
    for start in range(0, len(keys), _KEYS):
        wanted = InboxMessage.dedupe_key.in_(keys[start : start + _KEYS])
        known.update(
            (key, at)
            for key, at in session.execute(select(InboxMessage.dedupe_key, InboxMessage.sent_at).where(wanted))
        )
    return known


def finish(
    session: Session,
    reading: Reading,
    looked: Looked,
    missed_since: Sequence[datetime],
    now: datetime,
    *,
    whole: bool,
    soon: bool,
) -> datetime | None:
    """Let go of the session. `missed_since`: when those were said whose webhook should have come.

    `whole`: every chat that WAHA listed was read, or is written down as unread. Any other reading moves nothing,
    however often it is tried: what was said meanwhile would never be looked at.
    Returns since when no webhook has come although people write, or None.
    """
    deaf_since = reading.deaf_since
    if deaf_since is None and missed_since:
        deaf_since = min(missed_since)
    if deaf_since is not None and _heard_since(session, reading.waha_session, deaf_since):
        deaf_since = None
    progress = {"read_until": reading.began_at} if whole else {}
    # First, since it is refused to who lost the session: then nothing that follows is written.
    change(
        session,
        CatchUp,
        reading.row_id,
        reading.token,
        missed=CatchUp.missed + len(missed_since),
        deaf_since=deaf_since,
        next_attempt_at=now + timedelta(seconds=SOON_SECONDS if soon else EVERY_SECONDS),
        lease_until=None,
        attempts=0,
        **progress,
    )
    unread_chats.note(session, reading.waha_session, reading.unread, looked, reading.since, reading.began_at)
    return deaf_since


def _heard_since(session: Session, waha_session: str, moment: datetime) -> bool:
    """Whether a webhook brought a message after then."""
    return session.scalars(_HEARD_SINCE, {"waha_session": waha_session, "moment": moment}).first() is not None


def deaf_sessions(session: Session, waha_sessions: Sequence[str]) -> dict[str, datetime]:
    """Sessions in which people write and whose webhooks do not come, by the moment since when."""
    query = select(CatchUp.waha_session, CatchUp.deaf_since).where(CatchUp.waha_session.in_(waha_sessions))
    return {
        name: since
        for name, since in session.execute(query)
        if since is not None and not _heard_since(session, name, since)
    }


def missed_totals(session: Session) -> dict[str, int]:
    """How many messages had no webhook, by session."""
    return {name: missed for name, missed in session.execute(select(CatchUp.waha_session, CatchUp.missed))}  # noqa: C416 rows, not pairs
