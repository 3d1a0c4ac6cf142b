"""WAHA's own record -> inbox rows for what no webhook brought."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from balas.conversations import catching_up, inbox, tombstones, unread_chats
from balas.conversations.catching_up import Reading
from balas.conversations.policy import Rules
from balas.conversations.unread_chats import Looked
from balas.database import clock
from balas.database.session import reading, transaction
from balas.errors import BalasError, LeaseLost, Permanent, Transient
from balas.models import CatchUp
from balas.ports import JobName, Ring
from balas.runtime import Runtime
from balas.telemetry import logger
from balas.values import ChatKind, InboundMessage
from balas.waha.addresses import chat_kind

FAILURES_IN_A_ROW = 3  # then WAHA is away, not one chat unreadable
WHOLE_SECONDS = timedelta(seconds=1)  # as WAHA tells times

log = logger("catch_up")


@dataclass(slots=True)
class _Round:
    """What came of reading one session."""

    rings: list[Ring] = field(default_factory=list)
    stored: int = 0
    untold: list[datetime] = field(default_factory=list)  # when that was said which we should have been told of
    soon: bool = False  # younger messages were left to their webhooks: look again
    error: BalasError | None = None
    looked: Looked = field(default_factory=Looked)
    whole: bool = False


class Reader:
    """One a process; it remembers what it complained of, so that a WAHA that cannot list is named once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._up_since = datetime.now(UTC)
        self._complaints: dict[str, str] = {}
        self._unread = set(runtime.settings.waha_sessions)
        stale_after = timedelta(seconds=runtime.settings.balas_stale_after_seconds)
        self._rules = Rules(frozenset(runtime.settings.waha_sessions), stale_after)

    def run(self, stopped: Callable[[], bool] = lambda: False) -> list[Ring]:
        """Read every session that is due; the caller rings what is returned.

        A process reads each session once when it starts, due or not, and then the youngest messages too: WAHA gives
        up on a webhook after half a minute.
        """
        rings: list[Ring] = []
        for name in self._runtime.settings.waha_sessions:
            at_once = name in self._unread
            with transaction(self._runtime.database) as session:
                found = catching_up.begin(session, name, clock.now(session), at_once=at_once)
            if found is None or stopped():
                continue
            self._unread.discard(name)
            with self._runtime.leases.holding(CatchUp, found.row_id, found.token):
                rings += self._read(found, found.began_at if at_once else found.began_at - catching_up.FRESH, stopped)
        return rings

    def _read(self, found: Reading, older_than: datetime, stopped: Callable[[], bool]) -> list[Ring]:
        done = _Round()
        for shown in self._shown(found, done, stopped):
            with reading(self._runtime.database) as session:
                missed = catching_up.missed_in(session, found, shown, older_than)
            done.soon |= missed.fresh
            if missed.events:
                self._store(found, shown, older_than, done)
        self._tell(found, done)
        try:
            with transaction(self._runtime.database) as session:
                now = clock.now(session)
                self._forget_erased(session, found, done.looked)
                soon = done.soon or bool(done.looked.partly)
                soon |= not done.whole and isinstance(done.error, Transient)
                deaf_since = catching_up.finish(
                    session, found, done.looked, done.untold, now, whole=done.whole, soon=soon
                )
                stale = found.began_at - self._rules.stale_after
                given_up = unread_chats.give_up(session, found.waha_session, done.looked, stale)
        except LeaseLost:
            return done.rings  # what was stored is stored; somebody else reads on
        if done.looked.partly:
            log.warning("chats_read_in_part", waha_session=found.waha_session, chats=len(done.looked.partly))
        if given_up:
            log.warning("unread_chats_given_up", waha_session=found.waha_session, chats=given_up)
        if deaf_since is not None and found.deaf_since is not None:
            log.warning("webhooks_do_not_arrive", waha_session=found.waha_session, since=deaf_since.isoformat())
        return done.rings

    def _forget_erased(self, session: Session, found: Reading, looked: Looked) -> None:
        """WAHA lists an erased person's chat for a while; what is said later than we read again is noted anew."""
        keys = self._runtime.secrets.hmac_keys
        for chat_id in [*looked.failed, *looked.partly]:
            if tombstones.refuses_chat(session, keys, chat_id, found.since):
                looked.failed.discard(chat_id)
                looked.partly.pop(chat_id, None)

    def _shown(self, found: Reading, done: _Round, stopped: Callable[[], bool]) -> Iterator[list[InboundMessage]]:
        """The messages of each active chat; one that cannot be read keeps us neither from the others nor from itself:
        it is written down as unread, and tried again."""
        try:
            listed = self._runtime.gateway.chats_since(found.waha_session, found.since)
        except (Permanent, Transient) as error:
            done.error = error
            return
        # Of groups and channels every message is ignored, and some never stop talking.
        done.looked.listed = {chat_id for chat_id in listed if chat_kind(chat_id) is ChatKind.PERSON}
        active = sorted(done.looked.listed - found.unread.keys())
        random.shuffle(active)  # else chats that cannot be read would hide the same others each time
        owed = [chat_id for chat_id, unread in found.unread.items() if unread.is_due]
        failures = 0
        for chat_id in [*active, *owed]:
            if stopped() or failures >= FAILURES_IN_A_ROW:
                return
            known = found.unread.get(chat_id)
            shown, fault = self._messages(found.waha_session, chat_id, known.since if known else found.since, done)
            if shown:
                yield shown
            if fault is None:
                failures = 0
            elif isinstance(fault, Transient) and known is None:
                failures += 1
        # Where no chat at all can be read, the fault may be WAHA's, and nothing is passed over.
        done.whole = failures < FAILURES_IN_A_ROW and (bool(done.looked.read) or done.error is None)

    def _messages(
        self, waha_session: str, chat_id: str, since: datetime, done: _Round
    ) -> tuple[list[InboundMessage], BalasError | None]:
        try:
            shown = self._runtime.gateway.messages_since(waha_session, chat_id, since)
        except (Permanent, Transient) as error:
            done.error = error
            done.looked.failed.add(chat_id)
            return [], error
        done.looked.read.add(chat_id)
        if not shown.is_whole:
            done.looked.partly[chat_id] = max((one.sent_at for one in shown.messages if one.sent_at), default=since)
        return shown.messages, None

    def _store(self, found: Reading, shown: list[InboundMessage], older_than: datetime, done: _Round) -> None:
        with transaction(self._runtime.database) as session:
            now = clock.now(session)
            keys = self._runtime.secrets.hmac_keys
            # Looked at once more: what a webhook brought meanwhile has its place in the order.
            events = catching_up.missed_in(session, found, shown, older_than).events
            wanted = [event for event in events if not tombstones.refuses_event(session, keys, event)]
            letters = catching_up.rows(wanted, self._rules, now)
            stored = inbox.store(session, letters) if letters else []
        for event, letter, kept in zip(wanted, letters, stored, strict=True):
            if not kept.is_new:
                continue
            done.stored += 1
            if letter["pending"]:
                done.rings.append(Ring(JobName.PROCESS_MESSAGE, kept.row_id))
            if event.happened_at is not None and event.happened_at > self._up_since + WHOLE_SECONDS:
                done.untold.append(event.happened_at)

    def _tell(self, found: Reading, done: _Round) -> None:
        if done.stored:
            log.info("missed_messages_fetched", waha_session=found.waha_session, messages=done.stored)
        complaint = str(done.error) if done.error else ""
        if not complaint and found.unread.keys() - done.looked.read:
            return  # not tried this time
        if complaint != self._complaints.get(found.waha_session, ""):
            self._complaints[found.waha_session] = complaint
            if complaint:
                log.warning("catch_up_put_off", waha_session=found.waha_session, reason=complaint)
            else:
                log.info("catch_up_works_again", waha_session=found.waha_session)
